"""What CI pipelines do: how often they succeed, how long they take, how long they wait and what they cost.

Runs arrive as columns: outcome, rerun (1 or 0, missing where the tool does not tell), created_at, started_at,
finished_at; every attempt is a run. Minutes arrive summed by job: minutes, failed_minutes, cancelled_minutes,
rerun_minutes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from maestro_core.scoring.catalogue import measure
from maestro_core.scoring.git_activity import Calendar
from maestro_core.scoring.samples import mean, median, percentile_90, share, wilson
from maestro_core.terms import FAILED, Better, Measured, Period, PipelineOutcome

DECIDED = (PipelineOutcome.SUCCESS, *FAILED)
"""What tells whether the code is sound; cancelled, skipped and neutral runs say nothing of it."""

NO_RUN = "no pipeline ran in the period"
NONE_DECIDED = "no run succeeded or failed in the period"
NO_RERUN_TOLD = "Jenkins tells a re-run as a new build: which runs are re-runs is not known"
NO_TIME = "no run with a start and an end in the period"
NO_MINUTES = "no minute was measured in the period"
WASTED = ("failed_minutes", "cancelled_minutes", "rerun_minutes")


def duration_minutes(runs: pd.DataFrame) -> pd.Series[float]:
    """From start to end in minutes; missing where either is. Below 0, a known fault of some tools, it is 0."""
    return _minutes(runs["started_at"], runs["finished_at"])


def queue_minutes(runs: pd.DataFrame) -> pd.Series[float]:
    """From creation to start in minutes; missing where either is; never below 0.

    Missing too where both are one moment: a tool that does not tell how long a run waited, as Jenkins without its
    Metrics plugin, tells it as created when it started.
    """
    waited = _minutes(runs["created_at"], runs["started_at"])
    return waited.where(runs["created_at"] != runs["started_at"])


def backwards(runs: pd.DataFrame) -> int:
    """How many runs end before they start, or start before they are created: their times count as 0 minutes."""
    ends = runs["finished_at"] < runs["started_at"]
    starts = runs["started_at"] < runs["created_at"]
    return int((ends | starts).sum())


@measure("Pipeline runs", unit="runs", better=Better.NEITHER, source="our own")
def pipeline_runs(runs: pd.DataFrame) -> Measured[int]:
    """Runs created in the period, each attempt once, whatever their outcome.

    None without a run.
    """
    if runs.empty:
        return Measured[int].missing(NO_RUN)
    return Measured[int](value=len(runs), sample=len(runs))


@measure("Failed runs", unit="runs", better=Better.NEITHER, source="our own")
def failed_pipeline_runs(runs: pd.DataFrame) -> Measured[int]:
    """Runs that failed, timed out or could not start. The sample is the runs that succeeded or failed.

    More runs fail where more run: the success rate tells whether that is worse. None without such a run.
    """
    decided = _decided(runs)
    if decided.empty:
        return Measured[int].missing(NONE_DECIDED)
    return Measured[int](value=int(_failed(decided).sum()), sample=len(decided))


@measure(
    "Success rate", unit="share", better=Better.HIGHER, source="DORA, continuous integration; cancelled is neither"
)
def pipeline_success_rate(runs: pd.DataFrame) -> Measured[float]:
    """Successful runs / (successful + failed + timed out + start-up failures).

    Cancelled, skipped and neutral runs are outside and told apart: tools differ here. Each attempt is a run, so that a
    re-run does not hide a failure. The interval is Wilson's at 90 %. None without a run that succeeded or failed.
    """
    decided = _decided(runs)
    return share(int((~_failed(decided)).sum()), len(decided), nothing=NONE_DECIDED)


@measure("Duration", unit="minutes", better=Better.LOWER, source="our own; DORA asks for ten minutes at most")
def pipeline_duration(runs: pd.DataFrame) -> Measured[float]:
    """Median time from start to end of the runs that succeeded or failed, in minutes.

    The interval is a 90 % one from order statistics. Times below 0 count as 0. None without a run that has both times.
    """
    return median(duration_minutes(_decided(runs)), nothing=NO_TIME)


@measure("Mean duration", unit="minutes", better=Better.LOWER, source="our own")
def mean_pipeline_duration(runs: pd.DataFrame) -> Measured[float]:
    """Mean time from start to end of the runs that succeeded or failed, in minutes.

    A few long runs pull it up: read the median beside it. None without a run that has both times.
    """
    return mean(duration_minutes(_decided(runs)), nothing=NO_TIME)


@measure("Duration, 90th percentile", unit="minutes", better=Better.LOWER, source="our own")
def pipeline_duration_p90(runs: pd.DataFrame) -> Measured[float]:
    """The time that nine in ten of the runs that succeeded or failed stay under, in minutes.

    None without a run that has both times.
    """
    return percentile_90(duration_minutes(_decided(runs)), nothing=NO_TIME)


@measure("Queue time", unit="minutes", better=Better.LOWER, source="our own")
def pipeline_queue_time(runs: pd.DataFrame) -> Measured[float]:
    """Median time from creation to start in minutes: how long runs wait for a machine.

    Runs that started the moment they were created are left out: their tool does not tell how long they waited. The
    interval is a 90 % one from order statistics. None without a run that has both times.
    """
    return median(queue_minutes(runs), nothing="no run with the time of its creation and its start in the period")


@measure("Re-runs", unit="share", better=Better.LOWER, source="our own")
def pipeline_rerun_rate(runs: pd.DataFrame) -> Measured[float]:
    """Runs that are a second or later attempt, or in which GitLab retried a job / runs.

    People press the button again when they do not believe a failure. Runs of Jenkins are outside, where a re-run is a
    build as any other. None without a run of another tool.
    """
    told = runs["rerun"].dropna()
    return share(int(told.sum()), len(told), nothing=NO_RUN if runs.empty else NO_RERUN_TOLD)


@measure("Pipeline minutes", unit="minutes", better=Better.NEITHER, source="our own: what hosted CI bills by")
def pipeline_minutes(minutes: pd.DataFrame) -> Measured[float]:
    """Sum of the minutes of all jobs; a run whose jobs are not known counts its own duration.

    The sample is the jobs and runs that were summed. None where none has both times.
    """
    measured = int(minutes["measured"].sum())
    if not measured:
        return Measured[float].missing(NO_MINUTES)
    return Measured[float](value=float(minutes["minutes"].sum()), sample=measured)


@measure("Wasted minutes", unit="share", better=Better.LOWER, source="our own")
def wasted_pipeline_minutes(minutes: pd.DataFrame) -> Measured[float]:
    """Minutes of failed and cancelled runs and of re-runs / all minutes; each minute once.

    Where GitLab retried a job within a run, the minutes of all but its first execution are those of a re-run. Jenkins
    does not tell re-runs: of its runs, only failed and cancelled ones are counted. Not all of it could be saved: a
    failure that stops a fault was worth its minutes. None without a minute.
    """
    total, measured = float(minutes["minutes"].sum()), int(minutes["measured"].sum())
    if not total:
        return Measured[float].missing(NO_MINUTES, sample=measured)
    return Measured[float](value=float(minutes[list(WASTED)].to_numpy().sum()) / total, sample=measured)


def by_outcome(runs: pd.DataFrame) -> pd.DataFrame:
    """Runs by how they ended: outcome, runs, mean, median and p90 (minutes); unfinished ones last, without minutes."""
    named = runs["outcome"].astype(object).where(runs["outcome"].notna(), "unfinished").astype(str)
    summary = _summary(duration_minutes(runs).groupby(named))
    order = [str(outcome) for outcome in PipelineOutcome] + ["unfinished"]
    counts = named.value_counts().rename("runs")
    table = summary.join(counts, how="right").reindex([name for name in order if name in counts.index])
    return table.rename_axis("outcome").reset_index()[["outcome", "runs", "mean", "median", "p90"]]


def weekly(runs: pd.DataFrame, *, period: Period, calendar: Calendar) -> pd.DataFrame:
    """Each complete week, oldest first, quiet ones too: counts, success rate and durations.

    week, succeeded, failed, other (cancelled, skipped, neutral, unfinished), value with low and high (success rate and
    its interval), median and p90 (minutes of runs that succeeded or failed), queue (median minutes). Where nothing ran,
    counts are 0 and the rest is missing.
    """
    edges = calendar.week_edges(period)
    weeks = edges[:-1].tz_localize(None).normalize()
    week = pd.Series(edges.searchsorted(pd.DatetimeIndex(runs["created_at"]), side="right") - 1, index=runs.index)
    failed, decided = _failed(runs), runs["outcome"].isin(DECIDED)
    kinds = pd.DataFrame({"succeeded": decided & ~failed, "failed": failed, "other": ~decided})
    counts = kinds.groupby(week).sum().reindex(range(len(weeks)), fill_value=0).astype("int64")
    times = _summary(duration_minutes(runs)[decided].groupby(week[decided]))[["median", "p90"]]
    queue = queue_minutes(runs).groupby(week).median().rename("queue")
    table = _with_rate(counts).join([times, queue])
    return table.set_axis(weeks, axis="index").rename_axis("week").reset_index()


def by_pipeline(runs: pd.DataFrame, minutes: pd.DataFrame) -> pd.DataFrame:
    """Each pipeline of each project, the one with most minutes first.

    project, pipeline, runs, succeeded, failed, other, value, low and high (success rate), median and p90 (minutes),
    minutes, wasted (share of them; missing without minutes).
    """
    keys = ["project", "pipeline"]
    failed, decided = _failed(runs), runs["outcome"].isin(DECIDED)
    kinds = {"succeeded": decided & ~failed, "failed": failed, "other": ~decided}
    told = pd.DataFrame(kinds | {"minutes": duration_minutes(runs).where(decided)})
    grouped = told.groupby([runs["project"], runs["pipeline"]])
    counts = grouped[list(kinds)].sum().astype("int64")
    times = _summary(grouped["minutes"])[["median", "p90"]]
    spent = minutes.assign(wasted=minutes[list(WASTED)].sum(axis="columns")).groupby(keys)[["minutes", "wasted"]].sum()
    table = _with_rate(counts).join([times, spent]).reset_index()
    wasted = (table["wasted"] / table["minutes"]).where(table["minutes"] > 0)
    table = table.assign(runs=table[["succeeded", "failed", "other"]].sum(axis="columns"), wasted=wasted)
    return table.sort_values(["minutes", "runs", *keys], ascending=[False, False, True, True], ignore_index=True)


def _with_rate(counts: pd.DataFrame) -> pd.DataFrame:
    """Counts of succeeded and failed runs with their success rate and its interval."""
    decided = (counts["succeeded"] + counts["failed"]).astype("float64")
    low, high = wilson(counts["succeeded"], decided)
    return counts.assign(value=counts["succeeded"] / decided.where(decided > 0), low=low, high=high)


def _summary(minutes: Any) -> pd.DataFrame:
    """Mean, median and p90 of grouped minutes."""
    return pd.DataFrame({"mean": minutes.mean(), "median": minutes.median(), "p90": minutes.quantile(0.9)})


def _decided(runs: pd.DataFrame) -> pd.DataFrame:
    return runs[runs["outcome"].isin(DECIDED)]


def _failed(runs: pd.DataFrame) -> pd.Series[bool]:
    return runs["outcome"].isin(FAILED)


def _minutes(start: pd.Series[Any], end: pd.Series[Any]) -> pd.Series[float]:
    seconds = (end - start).dt.total_seconds()
    return pd.Series(np.maximum(seconds.to_numpy(np.float64), 0.0) / 60, index=start.index)
