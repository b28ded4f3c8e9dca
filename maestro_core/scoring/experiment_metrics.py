"""What an experiment may be judged by: each metric with its unit, and which direction is good news."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from maestro_core.terms import Better, Target

SUCCEEDED = "succeeded"
WEEK = 7.0


@dataclass(frozen=True)
class ExperimentMetric:
    """A number that each project of an experiment has in the end."""

    name: str
    title: str
    unit: str
    better: Better
    is_share: bool = False
    """Each project has it or not."""
    is_weekly: bool = False
    """Counted per project and day, told per week: from the assignment until the end of the project."""


_OUTCOMES = (
    ExperimentMetric(Target.SUCCESS, "Success score", "points", Better.HIGHER),
    ExperimentMetric(Target.DURATION, "Duration", "days", Better.LOWER),
    ExperimentMetric(Target.COST, "Cost", "currency", Better.LOWER),
    ExperimentMetric(SUCCEEDED, "Share that succeeded", "share", Better.HIGHER, is_share=True),
)
_COUNTS = {
    "commits": ("Commits per week", Better.NEITHER),
    "lines_added": ("Lines added per week", Better.NEITHER),
    "lines_deleted": ("Lines deleted per week", Better.NEITHER),
    "merges": ("Merges per week", Better.NEITHER),
    "pull_requests_opened": ("Pull requests opened per week", Better.NEITHER),
    "pull_requests_merged": ("Pull requests merged per week", Better.HIGHER),
    "reviews": ("Reviews per week", Better.HIGHER),
    "pipeline_runs": ("Pipeline runs per week", Better.NEITHER),
    "pipeline_failures": ("Failed pipeline runs per week", Better.LOWER),
    "experiments": ("Tracked training runs per week", Better.NEITHER),
}

METRICS: dict[str, ExperimentMetric] = {str(metric.name): metric for metric in _OUTCOMES} | {
    name: ExperimentMetric(name, title, "per week", better, is_weekly=True) for name, (title, better) in _COUNTS.items()
}


def per_week(counts: pd.DataFrame, spans: pd.DataFrame) -> pd.Series[float]:
    """What was counted of each project within its own days, per week; missing where that is less than a week.

    counts: project_id, day, value. spans: project_id, first, last (dates; the last is in). A project of which the
    measure was never counted has none, which is not 0.

    >>> counts = pd.DataFrame({"project_id": [1], "day": [pd.Timestamp("2026-01-02")], "value": [6.0]})
    >>> first, last = pd.Timestamp("2026-01-01"), pd.Timestamp("2026-01-14")
    >>> spans = pd.DataFrame({"project_id": [1], "first": [first], "last": [last]})
    >>> per_week(counts, spans).to_dict()
    {1: 3.0}
    """
    days = (spans["last"] - spans["first"]).dt.days + 1
    weeks = pd.Series((days / WEEK).to_numpy(float), index=pd.Index(spans["project_id"]))
    told = counts.merge(spans, on="project_id")
    within = told[(told["day"] >= told["first"]) & (told["day"] <= told["last"])]
    totals = within.groupby("project_id")["value"].sum().reindex(weeks.index)
    counted = weeks.index.isin(counts["project_id"])
    totals = totals.mask(totals.isna() & counted, 0.0)
    return totals.astype(float) / weeks.where(weeks >= 1, np.nan)
