"""What became of the projects of an experiment: each metric of each, counted only from its assignment on."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pandas as pd
from sqlalchemy import func, select

from maestro_core.models import ArtifactUsage, Assignment, Experiment, ProcessMetric, Variant
from maestro_core.scoring.experiment_metrics import METRICS, SUCCEEDED, per_week
from maestro_core.terms import Outcome, Target
from maestro_core.workspace import Workspace

NOTHING = pd.Timestamp("NaT", tz="UTC")


def metrics_of(experiment: Experiment) -> list[str]:
    """The primary metric, then the further ones."""
    return [experiment.primary_metric, *experiment.further_metrics]


def assigned(ws: Workspace, experiment: Experiment) -> pd.DataFrame:
    """Who takes part: project_id, project, team, variant, stratum, is_late, enrolled_at, assigned_at, forecasts."""
    return ws.frame(
        select(
            Assignment.project_id,
            Assignment.project_name.label("project"),
            Assignment.team,
            Variant.name.label("variant"),
            Assignment.stratum,
            Assignment.is_late,
            Assignment.enrolled_at,
            Assignment.assigned_at,
            Assignment.forecasts,
        )
        .outerjoin(Variant, Variant.id == Assignment.variant_id)
        .where(Assignment.experiment_id == experiment.id)
        .order_by(Assignment.assigned_at.nulls_first(), Assignment.project_name)
    )


def with_outcomes(
    ws: Workspace,
    experiment: Experiment,
    rows: pd.DataFrame,
    facts: pd.DataFrame,
    *,
    until: datetime | None = None,
) -> pd.DataFrame:
    """The rows of `assigned` with ended_at and a column for each metric; what is not known yet is missing.

    An outcome counts where the project ended between its assignment and `until`, else the stop or today. What is
    counted per week is one too: from the day after the assignment until the end of the project. Before its end it
    would change at every look, and nobody could tell when as many were known as were planned.
    """
    last = pd.Timestamp(until or experiment.stopped_at or ws.now)
    known = rows[["project_id", "assigned_at"]].merge(facts, on="project_id", how="left")
    counts = (known["finished_at"] >= known["assigned_at"]) & (known["finished_at"] <= last) & known["outcome"].notna()
    told = rows.assign(ended_at=known["finished_at"].where(counts, NOTHING))
    for metric in metrics_of(experiment):
        if METRICS[metric].is_weekly:
            told[metric] = _weekly(ws, metric, told)
        else:
            values = _succeeded(known) if metric == SUCCEEDED else known[metric]
            told[metric] = values.where(counts).astype(float)
    return told


def past_spread(facts: pd.DataFrame, metric: str) -> float | None:
    """The standard deviation of a metric among ended projects; None where it is not kept or there are too few."""
    if METRICS[metric].is_weekly:
        return None
    ended = facts[facts["outcome"].notna()]
    values = _succeeded(ended) if metric == SUCCEEDED else ended[metric]
    return float(values.std()) if values.notna().sum() > 2 and values.std() > 0 else None


def counted_rows(rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    """What `scoring.experiment_results.units_of` asks for, of one metric."""
    is_target = metric in set(Target)
    forecast = [told.get(metric) if is_target else None for told in rows["forecasts"]]
    told = rows[["project_id", "team", "variant", "stratum", "ended_at"]]
    return told.assign(value=rows[metric], forecast=pd.Series(forecast, index=rows.index, dtype=float))


def users_of(ws: Workspace, artifact_id: UUID) -> pd.DataFrame:
    """Who used an artifact, and when last: project_id, last_used_at."""
    last = func.max(ArtifactUsage.used_at).label("last_used_at")
    of_it = ArtifactUsage.artifact_id == artifact_id
    return ws.frame(select(ArtifactUsage.project_id, last).where(of_it).group_by(ArtifactUsage.project_id))


def _succeeded(facts: pd.DataFrame) -> pd.Series[float]:
    return (facts["outcome"] == Outcome.SUCCESS).astype(float).where(facts["outcome"].notna())


def _weekly(ws: Workspace, metric: str, rows: pd.DataFrame) -> pd.Series[float]:
    spans = pd.DataFrame(
        {
            "project_id": rows["project_id"],
            "first": rows["assigned_at"].dt.tz_localize(None).dt.normalize() + pd.Timedelta(days=1),
            "last": rows["ended_at"].dt.tz_localize(None).dt.normalize(),
        }
    )
    mine = (ProcessMetric.measure == metric, ProcessMetric.project_id.in_(list(rows["project_id"])))
    counted = ws.frame(select(ProcessMetric.project_id, ProcessMetric.day, ProcessMetric.value).where(*mine))
    told = per_week(counted.assign(day=pd.to_datetime(counted["day"])), spans)
    return rows["project_id"].map(told).astype(float)
