"""What a team could change: rules over its reviews, pipelines, deliveries and code, and what of it was dismissed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import select

from maestro_core.access import Permission
from maestro_core.errors import NotFound
from maestro_core.models import DismissedRecommendation, Membership, Project, User
from maestro_core.reports import Frame, Report, report
from maestro_core.reports.team_recommendation_rows import Part, parts
from maestro_core.scoring.team_recommendations import (
    Rule,
    TeamRecommendation,
    comes_back_at,
    is_clearly_worse,
    place,
    recommendation,
)
from maestro_core.scoring.team_rules import BY_KEY, RULES
from maestro_core.terms import Measured, Period
from maestro_core.workspace import Workspace

LOOKED_AT = ("project", "key", "title", "topic", "value", "unit", "limit", "sample", "reason")


class Dismissal(Report):
    """Who did not want to see a recommendation, since when and why, and when it comes back."""

    value: float
    """The number as it was then."""
    comes_back_at: float
    """It is told again when the number has come to this, beyond what chance moves."""
    why: str
    until: datetime | None
    dismissed_by: str
    dismissed_at: datetime
    is_over: bool
    """Whether its time is over."""
    is_outgrown: bool
    """Whether the number is clearly worse now."""


class ForTeam(Report):
    """One recommendation for the team of one project, with the rows under it."""

    project_id: UUID
    project: str
    told: TeamRecommendation
    rows: Frame
    """What the number rests on, the worst first; its columns depend on the rule."""
    outgrown_at: float
    """Dismissed now, it would be told again at this number."""
    dismissal: Dismissal | None

    @property
    def is_away(self) -> bool:
        """Whether it was dismissed, and stays away."""
        return self.dismissal is not None and not (self.dismissal.is_over or self.dismissal.is_outgrown)


class TeamRecommendations(Report):
    """What is recommended to the teams of these projects, the well supported first; what they dismissed apart."""

    recommendations: tuple[ForTeam, ...]
    dismissed: tuple[ForTeam, ...]
    looked_at: Frame
    """Every rule for every project: what its number is, with its limit, or why there is none."""


@report(Permission.VIEW_DELIVERY)
def team_recommendations(ws: Workspace, *, projects: Collection[UUID], period: Period) -> TeamRecommendations:
    """What the numbers of each of these projects suggest to its team; never of one person.

    A team is that of one project: each is looked at by itself, which takes as long for each as its pages do.
    """
    named = select(Project.id, Project.name).where(Project.id.in_(projects)).order_by(Project.name, Project.id)
    looked = {
        (project_id, name): parts(ws, project_id=project_id, period=period)
        for project_id, name in ws.session.execute(named)
    }
    dismissed = _dismissed(ws, projects)
    told = [_of_project(ws, *whose, found, dismissed) for whose, found in looked.items()]
    ordered = sorted(chain.from_iterable(told), key=lambda one: place(one.told))
    return TeamRecommendations(
        recommendations=tuple(one for one in ordered if not one.is_away),
        dismissed=tuple(one for one in ordered if one.is_away),
        looked_at=pd.DataFrame(
            [_looked(name, rule, found[rule.key]) for (_, name), found in looked.items() for rule in RULES],
            columns=LOOKED_AT,
        ),
    )


@report(Permission.VIEW_DELIVERY)
def recommended(ws: Workspace, *, project_id: UUID, rule: str, period: Period) -> ForTeam:
    """One recommendation to the team of a project, dismissed or not; `NotFound` where this is not recommended."""
    refuse_unknown_rule(rule)
    name = ws.get(Project, project_id).name
    told = team_recommendations(ws, projects=[project_id], period=period)
    for one in (*told.recommendations, *told.dismissed):
        if one.told.key == rule:
            return one
    raise NotFound(f"{rule} is not recommended to {name} now.", advice="Look at the recommendations again.")


def refuse_unknown_rule(rule: str) -> None:
    """Raise `NotFound` where no rule has this key."""
    if rule not in BY_KEY:
        raise NotFound(f"There is no rule {rule}.", advice=f"There are {', '.join(BY_KEY)}.")


def _of_project(
    ws: Workspace,
    project_id: UUID,
    name: str,
    found: dict[str, Part],
    dismissed: dict[tuple[UUID, str], dict[str, Any]],
) -> Iterator[ForTeam]:
    for rule in RULES:
        part = found[rule.key]
        told = recommendation(rule, part.measured, detail=part.detail)
        if told is not None:
            row = dismissed.get((project_id, rule.key))
            dismissal = None if row is None else _dismissal(rule, part.measured, row, now=ws.now)
            yield ForTeam(
                project_id=project_id,
                project=name,
                told=told,
                rows=part.rows,
                outgrown_at=comes_back_at(rule, told.value),
                dismissal=dismissal,
            )


def _dismissal(rule: Rule, measured: Measured[Any], row: dict[str, Any], *, now: datetime) -> Dismissal:
    return Dismissal(
        **row,
        comes_back_at=comes_back_at(rule, row["value"]),
        is_over=row["until"] is not None and row["until"] <= now,
        is_outgrown=is_clearly_worse(rule, measured, then=row["value"]),
    )


def _dismissed(ws: Workspace, projects: Collection[UUID]) -> dict[tuple[UUID, str], dict[str, Any]]:
    """What was dismissed, by project and rule."""
    gone = DismissedRecommendation
    columns = (gone.project_id, gone.rule, gone.value, gone.why, gone.until, gone.dismissed_at)
    rows = (
        select(*columns, User.name.label("dismissed_by"))
        .outerjoin(Membership, Membership.id == gone.dismissed_by)
        .outerjoin(User, User.id == Membership.user_id)
        .where(gone.project_id.in_(projects))
    )
    told = [dict(row._mapping) for row in ws.session.execute(rows)]
    return {
        (row.pop("project_id"), row.pop("rule")): row | {"dismissed_by": row["dismissed_by"] or "somebody"}
        for row in told
    }


def _looked(project: str, rule: Rule, part: Part) -> dict[str, Any]:
    measured, measure = part.measured, rule.measure
    value = None if measured.value is None else float(measured.value)
    reason = measured.reason or (f"fewer than {rule.fewest}" if measured.sample < rule.fewest else "")
    return dict(
        zip(
            LOOKED_AT,
            (project, rule.key, measure.title, rule.topic, value, measure.unit, rule.limit, measured.sample, reason),
            strict=True,
        )
    )
