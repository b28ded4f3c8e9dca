"""The organisation: what it decides for all its projects."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import select

from maestro_core.access import Permission
from maestro_core.models import DataSource, Project
from maestro_core.reports import Frame, Report, report
from maestro_core.reports.facts import project_facts
from maestro_core.scoring.success import SuccessWeights, success_scores
from maestro_core.scoring.working_hours import WorkingHours
from maestro_core.terms import Measured
from maestro_core.workspace import Workspace

MOST_CHANGED = 5
SMALLEST_CHANGE = 0.05
"""In points: less would not show."""


class Organisation(Report):
    """Name, currency (ISO 4217), time zone (IANA), first weekday (0 is Monday) and what counts as success."""

    name: str
    is_sample: bool
    currency: str
    time_zone: str
    week_starts_on: int
    weight_model_performance: float
    weight_business_impact: float
    weight_delivery: float
    left_out_paths: list[str] | None
    """Globs of vendored and generated files; None: the usual ones."""
    working_hours: WorkingHours | None
    """Which hours a first response is told in; None: those of the calendar."""


@report(Permission.VIEW)
def organisation(ws: Workspace) -> Organisation:
    """What this organisation has decided."""
    return Organisation.model_validate(ws.tenant, from_attributes=True)


@report(Permission.VIEW)
def is_empty(ws: Workspace) -> bool:
    """Whether nothing is known yet: there is neither a project nor a source."""
    return not any(ws.session.scalar(select(table.id).limit(1)) for table in (Project, DataSource))


class WeightsEffect(Report):
    """What other weights would do to the projects that have a success score: their mean score, and who moves most."""

    projects: int
    mean_before: Measured[float]
    mean_after: Measured[float]
    most_changed: Frame
    """project_id, name, before, after: at most five, the largest differences first, without those too small to show."""


@report(Permission.VIEW)
def weights_effect(
    ws: Workspace, *, model_performance: float, business_impact: float, delivery: float
) -> WeightsEffect:
    """The success scores under these weights beside those of today."""
    facts = project_facts(ws)
    weights = SuccessWeights(model_performance, business_impact, delivery)
    after = success_scores(facts, weights)
    compared = facts[["project_id", "name"]].assign(before=facts["success"], after=after)
    return WeightsEffect(
        projects=int(compared["after"].notna().sum()),
        mean_before=_mean(compared["before"]),
        mean_after=_mean(compared["after"]),
        most_changed=_most_changed(compared),
    )


def _mean(scores: pd.Series[float]) -> Measured[float]:
    known = scores.dropna()
    if known.empty:
        return Measured[float].missing("no project has a success score")
    return Measured[float](value=float(known.mean()), sample=len(known))


def _most_changed(compared: pd.DataFrame) -> pd.DataFrame:
    difference = (compared["after"] - compared["before"]).abs()
    order = difference[difference >= SMALLEST_CHANGE].sort_values(ascending=False, kind="stable").index
    return compared.loc[order].head(MOST_CHANGED).reset_index(drop=True)
