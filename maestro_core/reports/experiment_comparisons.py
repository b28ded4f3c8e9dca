"""Comparisons without an assignment: who chose something against who did not. Never called an experiment."""

from __future__ import annotations

import math
from typing import Literal
from uuid import UUID

import pandas as pd

from maestro_core.access import Permission
from maestro_core.errors import InvalidInput
from maestro_core.models import Artifact
from maestro_core.reports import Frame, Report, report
from maestro_core.reports.experiment_outcomes import users_of
from maestro_core.reports.facts import project_facts
from maestro_core.scoring.experiment_metrics import METRICS, SUCCEEDED
from maestro_core.scoring.experiment_results import Comparison, compare, units_of
from maestro_core.terms import Better, Outcome
from maestro_core.workspace import Workspace

OBSERVATIONAL = (
    "Observational: nobody was assigned. Who chose this may differ from who did not in ways that nobody recorded, so "
    "that the difference need not come from it. Only an experiment tells."
)
BALANCED = {"complexity": "of 10", "team_size": "people", "experience": "years"}
"""What is known of a project before it ends, with its unit."""
IMBALANCE = 0.25
"""From so many standard deviations on, groups differ visibly (Stuart 2010)."""


class ObservationalComparison(Report):
    """Ended projects that chose something against those that did not, and how else they differ."""

    label: Literal["observational"] = "observational"
    note: str = OBSERVATIONAL
    metric: str
    title: str
    unit: str
    better: Better
    chosen: str
    """What the one group has."""
    others: str
    chosen_short: str
    """The same without a name, for below a figure."""
    others_short: str
    comparison: Comparison
    values: Frame
    """One row for each ended project: unit, variant, stratum, value, forecast, ended_at."""
    balance: Frame
    """How the groups differ before: fact, unit, chosen and others (means), difference (in standard deviations)."""
    warnings: list[str]


@report(Permission.VIEW_EXPERIMENTS)
def comparison(
    ws: Workspace, *, metric: str = "success", artifact_id: UUID | None = None, team_size: float | None = None
) -> ObservationalComparison:
    """Ended projects that used an artifact against the others, or teams of at least a size against smaller ones."""
    known = METRICS.get(metric)
    if known is None or known.is_weekly:
        raise InvalidInput("A comparison without assignment needs success, duration, cost or succeeded as its metric.")
    facts = project_facts(ws)
    ended = facts[facts["outcome"].notna() & (facts["team_size"].notna() | (team_size is None))].reset_index(drop=True)
    is_chosen, chosen, others = _groups(ws, ended, artifact_id, team_size)
    values = ended[metric] if metric != SUCCEEDED else (ended["outcome"] == Outcome.SUCCESS).astype(float)
    named = is_chosen.map({True: chosen, False: others})
    told = ended[["project_id"]].assign(team=ended["name"], variant=named, stratum="all", value=values.astype(float))
    units = units_of(told.assign(forecast=math.nan, ended_at=ended["finished_at"]), by_team=False)
    balance = _balance(ended, is_chosen, [fact for fact in BALANCED if fact != "team_size" or team_size is None])
    return ObservationalComparison(
        metric=metric,
        title=known.title,
        unit=ws.tenant.currency if known.unit == "currency" else known.unit,
        better=known.better,
        chosen=chosen,
        others=others,
        chosen_short="used it" if artifact_id else chosen.removeprefix("had "),
        others_short="did not use it" if artifact_id else others.removeprefix("had "),
        comparison=compare(
            units, control=others, treatment=chosen, planned=max(len(units), 4), better=known.better,
            is_share=known.is_share,
        ),
        values=units,
        balance=balance,
        warnings=_imbalances(balance),
    )  # fmt: skip


def _groups(
    ws: Workspace, ended: pd.DataFrame, artifact_id: UUID | None, team_size: float | None
) -> tuple[pd.Series[bool], str, str]:
    if (artifact_id is None) == (team_size is None):
        raise InvalidInput("Say either which artifact or which team size is compared.")
    if artifact_id is not None:
        name = ws.get(Artifact, artifact_id).name
        used = ended["project_id"].isin(users_of(ws, artifact_id)["project_id"])
        return used, f"used {name}", f"did not use {name}"
    sizes = ended["team_size"].astype(float)
    return sizes >= float(team_size or 0), f"had {team_size:g} people or more", f"had fewer than {team_size:g} people"


def _balance(ended: pd.DataFrame, is_chosen: pd.Series[bool], facts: list[str]) -> pd.DataFrame:
    rows = []
    for fact in facts:
        values = ended[fact].astype(float)
        one, other, spread = values[is_chosen].mean(), values[~is_chosen].mean(), values.std()
        difference = (one - other) / spread if spread and spread > 0 else math.nan
        told = {"fact": fact.replace("_", " "), "unit": BALANCED[fact], "chosen": one, "others": other}
        rows.append(told | {"difference": difference})
    return pd.DataFrame(rows)


def _imbalances(balance: pd.DataFrame) -> list[str]:
    differing = balance[balance["difference"].abs() >= IMBALANCE]
    return [
        f"The groups differed before: {row.fact} was {row.chosen:.3g} {row.unit} on average where it was chosen, "
        f"{row.others:.3g} elsewhere."
        for row in differing.itertuples(index=False)
    ]
