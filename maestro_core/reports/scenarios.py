"""Plans that somebody kept: which there are, one of them, and two to four of them side by side."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import aliased

from maestro_core.access import Permission
from maestro_core.errors import InvalidInput, NotEnoughData, NotFound
from maestro_core.learning import team_size
from maestro_core.learning.team_size import Recommendation, TeamSizeModel, Utility
from maestro_core.models import Membership, Project, Scenario, User
from maestro_core.reports import Frame, Report, records, report, team_sizing
from maestro_core.reports.team_sizing_plan import Plan, latest_fit
from maestro_core.workspace import MAYBE_DELETED, Workspace

KEPT = timedelta(days=30)
"""How long a removed scenario can be brought back."""

FEWEST, MOST = 2, 4


class Scenarios(Report):
    """All scenarios by name, and those that were removed in the last 30 days, the latest first.

    scenario_id, name, complexity, team_size, experience, domain, artifacts, project (that it started from, where that
    is still there), created_by, created_at, changed_by, changed_at, removed_at.
    """

    scenarios: Frame
    removed: Frame


class StoredScenario(Report):
    """One scenario: its plan, what it is compared with, what matters, who keeps it, and what was expected then."""

    scenario_id: UUID
    version: str
    """Another one when it holds another plan, baseline or utility: who replaces these tells which version was read."""
    name: str
    plan: Plan
    baseline: Plan
    utility: Utility
    expected: dict[str, dict[str, float]]
    project_id: UUID | None
    project: str | None
    created_by: str
    created_at: datetime
    changed_by: str
    changed_at: datetime


class Comparison(Report):
    """Scenarios side by side, in the order asked for; the first is what the others are compared with.

    `plans`: one row for each, with its inputs, the recommended size, and the sizes as good. `outcomes`: one row for
    each scenario and target with value, low, high at its own size, supported, and against the first scenario
    difference, difference_low, difference_high and better, the probability that it is the better one. `curves`:
    scenario_id, name and the columns of a what-if's curves.
    """

    plans: Frame
    outcomes: Frame
    curves: Frame
    trained_at: datetime
    currency: str


@report(Permission.VIEW)
def scenarios(ws: Workspace) -> Scenarios:
    """All scenarios of this portfolio with who made and changed them, and those that can be brought back."""
    found = _scenarios(ws)
    plans = pd.DataFrame(list(found["plan"]), columns=["complexity", "team_size", "experience", "domain", "artifacts"])
    rows = pd.concat([found.drop(columns=["plan", "baseline", "utility", "expected"]), plans], axis="columns")
    removed = rows[rows["removed_at"] >= ws.now - KEPT].sort_values("removed_at", ascending=False)
    kept = rows[rows["removed_at"].isna()]
    kept = kept.sort_values("name", key=lambda names: names.str.casefold())
    return Scenarios(scenarios=kept.reset_index(drop=True), removed=removed.reset_index(drop=True))


@report(Permission.VIEW)
def scenario(ws: Workspace, *, scenario_id: UUID) -> StoredScenario:
    """One scenario; `NotFound` where it was removed."""
    found = _scenarios(ws)
    rows = found[(found["scenario_id"] == scenario_id) & found["removed_at"].isna()]
    if rows.empty:
        raise NotFound("There is no such scenario here.", advice=MAYBE_DELETED)
    row = records(rows)[0]
    parts = {"plan": Plan(**row["plan"]), "baseline": Plan(**row["baseline"]), "utility": Utility(**row["utility"])}
    return StoredScenario(**(row | parts), version=version_of(row["plan"], row["baseline"], row["utility"]))


def version_of(*held: dict[str, Any]) -> str:
    """A short name for what a scenario holds.

    >>> version_of({"team_size": 4}, {}) == version_of({"team_size": 4}, {}) != version_of({"team_size": 5}, {})
    True
    """
    return hashlib.sha256(json.dumps(held, sort_keys=True).encode()).hexdigest()[:16]


@report(Permission.VIEW)
def compare(ws: Workspace, *, scenario_ids: Collection[UUID]) -> Comparison:
    """Two to four scenarios side by side, by the latest fit."""
    if not FEWEST <= len(set(scenario_ids)) <= MOST:
        raise InvalidInput(f"Choose {FEWEST} to {MOST} scenarios to compare.")
    run, model = latest_fit(ws)
    sides = [_side(model, scenario(ws, scenario_id=each)) for each in dict.fromkeys(scenario_ids)]
    return Comparison(
        plans=pd.DataFrame([_plan_row(side) for side in sides]),
        outcomes=pd.concat([_outcomes(model, side, sides[0].stored) for side in sides], ignore_index=True),
        curves=pd.concat([side.curves for side in sides], ignore_index=True),
        trained_at=run.trained_at,
        currency=ws.tenant.currency,
    )


class Expected(Report):
    """What is expected of a plan by a fit; where team sizes are not learned there is neither."""

    trained_at: datetime | None
    targets: dict[str, dict[str, float]]
    """value, low and high by target."""


@report(Permission.VIEW)
def expected(ws: Workspace, *, plan: Plan) -> Expected:
    """What is expected of a plan now: to keep with a scenario, so that later one sees what has become of it."""
    try:
        told = team_sizing.what_if(ws, plan=plan)
    except NotEnoughData:
        return Expected(trained_at=None, targets={})
    spans = {
        str(row["target"]): {name: float(row[name]) for name in ("value", "low", "high")}
        for row in records(told.at_size)
    }
    return Expected(trained_at=told.trained_at, targets=spans)


@dataclass(frozen=True)
class _Side:
    stored: StoredScenario
    curves: pd.DataFrame
    advice: Recommendation


def _scenarios(ws: Workspace) -> pd.DataFrame:
    maker, changer = aliased(User), aliased(User)
    made, changed = aliased(Membership), aliased(Membership)
    statement = (
        select(
            Scenario.id.label("scenario_id"),
            *(Scenario.name, Scenario.plan, Scenario.baseline, Scenario.utility, Scenario.expected),
            Scenario.project_id,
            Project.name.label("project"),
            maker.name.label("created_by"),
            Scenario.created_at,
            changer.name.label("changed_by"),
            Scenario.changed_at,
            Scenario.removed_at,
        )
        .outerjoin(Project, Project.id == Scenario.project_id)
        .outerjoin(made, made.id == Scenario.created_by)
        .outerjoin(maker, maker.id == made.user_id)
        .outerjoin(changed, changed.id == Scenario.changed_by)
        .outerjoin(changer, changer.id == changed.user_id)
    )
    return ws.frame(statement).fillna({"created_by": "somebody", "changed_by": "somebody"})


def _side(model: TeamSizeModel, stored: StoredScenario) -> _Side:
    expected = team_size.expect(model, stored.plan)
    curves = team_size.summary(expected)
    whose: dict[str, Any] = {"scenario_id": [stored.scenario_id] * len(curves), "name": stored.name}
    return _Side(stored, curves.assign(**whose), team_size.recommend(expected, stored.utility))


def _plan_row(side: _Side) -> dict[str, object]:
    inputs = {name: value for name, value in asdict(side.stored.plan).items() if name != "roles"}
    told = {"recommended": side.advice.size, "as_good": list(side.advice.sizes)}
    return {"scenario_id": side.stored.scenario_id, "name": side.stored.name} | inputs | told


def _outcomes(model: TeamSizeModel, side: _Side, first: StoredScenario) -> pd.DataFrame:
    """What is expected of one scenario, and how it differs from the first."""
    plan, columns = (
        side.stored.plan,
        ["scenario_id", "name", "target", "team_size", "value", "low", "high", "supported"],
    )
    against = team_size.difference(model, plan, first.plan)[["target", "difference", "low", "high", "better"]]
    against = against.rename(columns={"low": "difference_low", "high": "difference_high"})
    return side.curves.loc[side.curves["team_size"] == plan.team_size, columns].merge(against, on="target")
