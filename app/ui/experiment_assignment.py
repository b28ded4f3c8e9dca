"""Who was assigned to what, with what became of each: as it was recorded at the moment of the draw."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app.ui import tables
from app.ui.experiment_words import metric_with_unit
from app.ui.text import plain
from maestro_core.reports.experiments import ExperimentReport
from maestro_core.scoring.experiment_metrics import METRICS

DECIMALS = {"days": 0, "currency": 0}
"""The others are told with one."""
MOST_STRATA = 4


def assignment(told: ExperimentReport) -> None:
    """The variant and outcome of each project, in the units of the metrics."""
    st.caption(
        f"Drawn from seed {told.seed}, {plain(strata(told))}. Neither people nor programs can change it: "
        "the database refuses."
    )
    rows = told.assignments
    tables.show(
        rounded(rows, _metrics(told)),
        columns(told),
        key="assignment",
        alt="Assignment of each project with its outcome",
    )
    exported = rows.assign(forecasts=rows["forecasts"].astype(str))
    tables.download(exported, name="assignment", key="download_assignment")


def columns(told: ExperimentReport) -> dict[str, Any]:
    """What is shown of each project: what is the same for all of them is not."""
    rows, config = told.assignments, st.column_config
    shown: dict[str, Any] = {"project": config.TextColumn("Project", pinned=True, width=200)}
    if rows["team"].ne(rows["project"]).any():
        shown["team"] = config.TextColumn("Team", width=130)
    shown["variant"] = config.TextColumn("Variant", width=130)
    about = "Only what ended between the assignment and the stop counts."
    for name in _metrics(told):
        title = metric_with_unit(name, plain(told.currency))
        shown[name] = config.NumberColumn(title, width=20 + 7 * len(title), help=about)
    shown["ended_at"] = config.DateColumn("Ended", width=95)
    shown["stratum"] = config.TextColumn("Stratum", width=160, help="Variants are balanced within each stratum.")
    shown["assigned_at"] = config.DateColumn("Assigned", width=95)
    if rows["is_late"].any():
        shown["is_late"] = config.CheckboxColumn("Late", width=60, help="Joined after the start.")
    return shown


def rounded(rows: pd.DataFrame, metrics: list[str]) -> pd.DataFrame:
    """The same with as many decimals as the unit of each metric makes sense of."""
    return rows.assign(
        **{name: rows[name].astype(float).round(DECIMALS.get(METRICS[name].unit, 1)) for name in metrics}
    )


def strata(told: ExperimentReport) -> str:
    """Within which strata the draw was balanced."""
    names = sorted({str(name) for name in told.assignments["stratum"].dropna()})
    if len(names) < 2:
        return "not stratified: for strata there are too few units"
    return f"balanced within {len(names)} strata: {', '.join(names[:MOST_STRATA])}{', …' * (len(names) > MOST_STRATA)}"


def _metrics(told: ExperimentReport) -> list[str]:
    return [told.primary_metric, *told.further_metrics]
