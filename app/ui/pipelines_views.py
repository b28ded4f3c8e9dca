"""The views of the pipelines page: weeks, minutes, failures, flaky jobs and the runs themselves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pandas as pd
import streamlit as st

from app.ui import charts, links, row_charts, tables, tiles
from app.ui.ask import ask
from app.ui.drawing import draw
from app.ui.forms import counted
from app.ui.text import plain
from maestro_core.reports import pipelines
from maestro_core.reports.pipelines import Pipelines
from maestro_core.scoring.catalogue import CATALOGUE
from maestro_core.terms import FAILED, Period, PipelineOutcome

MOST_BARS = 12
MOST_ROWS = 5_000
WHOLE = "(whole run)"
NINTH = "90th percentile"
MINUTES = {
    "useful": ("succeeded", charts.BLUE),
    "failed_minutes": ("failed", charts.RED),
    "rerun_minutes": ("re-runs", charts.ORANGE),
    "cancelled_minutes": ("cancelled", charts.GREY),
}
SHOWN = {"Failed": FAILED, "Cancelled": (PipelineOutcome.CANCELLED,), "All": ()}

LEGEND = {"orientation": "h", "y": -0.18, "x": 0, "traceorder": "normal"}
PROJECT = st.column_config.TextColumn("Project", width=205)
PIPELINE = st.column_config.TextColumn("Pipeline", width=120)
JOB = st.column_config.TextColumn("Job", width=130)
LINK = st.column_config.LinkColumn("Open", display_text="Open", width=60)
CALLED = {"value": "success_rate", "low": "success_rate_low", "high": "success_rate_high", "wasted": "wasted_share"}
CALLED |= {name: f"{name}_minutes" for name in ("mean", "median", "p90", "queue")}
"""What a file calls what the page tells with its unit."""


@dataclass(frozen=True)
class Scope:
    """What the page looks at."""

    projects: Collection[UUID]
    period: Period
    pipelines: tuple[str, ...]

    @property
    def asked(self) -> dict[str, Any]:
        return {"projects": self.projects, "period": self.period, "pipelines": self.pipelines}


def weeks(answer: Pipelines) -> None:
    """Success and duration of each complete week, and runs by how they ended."""
    weekly = answer.weekly
    counts = {"succeeded": charts.GREEN, "failed": charts.RED, "other": charts.GREY}
    left, right = st.columns(2)
    with left:
        figure = charts.stacked_bars(weekly, x="week", y=counts, title="Runs per week", unit="runs")
        figure.update_layout(legend=LEGEND)
        draw(figure, key="runs_per_week", alt="Runs of each week that succeeded, failed, or neither")
    with right:
        times = weekly.rename(columns={"p90": "90th percentile"})
        figure = charts.lines(
            times, x="week", y=["median", "90th percentile"], title="Duration of runs per week", unit="minutes"
        )
        figure.update_layout(legend=LEGEND).update_yaxes(rangemode="tozero")
        draw(figure, key="duration_per_week", alt="Median and 90th percentile of the duration of runs of each week")
    figure = charts.banded_line(
        weekly, x="week", title="Success rate per week, with its 90 % interval", unit="share of runs"
    )
    figure.update_yaxes(tickformat=".0%", range=[0, 1.02])
    draw(figure, key="success_per_week", alt="Success rate of each week with its interval")
    tables.download(
        weekly.assign(week=weekly["week"].dt.date), name="pipelines-weekly", key="weekly_csv", called=CALLED
    )
    st.subheader("How runs ended")
    columns = {
        "outcome": st.column_config.TextColumn("Outcome", width=140),
        "runs": st.column_config.NumberColumn("Runs", width=80),
        **{name: _minutes_column(title) for name, title in {"mean": "Mean", "median": "Median", "p90": NINTH}.items()},
    }
    tables.show(answer.by_outcome, columns, key="by_outcome", alt="Runs by how they ended, with their minutes")
    st.caption("Cancelled, skipped and neutral runs are outside of the success rate.")
    tables.download(answer.by_outcome, name="pipelines-outcomes", key="outcomes_csv", called=CALLED)


def minutes(answer: Pipelines) -> None:
    """Where minutes go: by pipeline and by job, with what of them was spent in vain."""
    jobs = answer.by_job.assign(job=answer.by_job["pipeline"] + " / " + answer.by_job["job"].replace("", WHOLE))
    jobs = jobs.assign(useful=jobs["minutes"] - jobs[list(MINUTES)[1:]].sum(axis="columns"))
    by = "project" if jobs["project"].nunique() > 1 else "pipeline"
    left, right = st.columns(2)
    with left:
        _minute_bars(jobs, label=by, title=f"Minutes by {by}")
    with right:
        _minute_bars(jobs, label="job", title="Minutes by job")
        tables.download(answer.by_job, name="pipelines-jobs", key="jobs_csv")
    columns = {
        "project": PROJECT,
        "pipeline": PIPELINE,
        "minutes": st.column_config.NumberColumn("Minutes", width=80),
        "wasted": _share_column("Wasted", "wasted_pipeline_minutes"),
        "runs": st.column_config.NumberColumn("Runs", width=70),
        "value": _share_column("Success rate", "pipeline_success_rate"),
        "median": _minutes_column("Median"),
        "p90": _minutes_column(NINTH),
    }
    shown = _percent(answer.by_pipeline, "wasted", "value").round({"minutes": 0})
    tables.show(shown, columns, key="by_pipeline", height=_height(shown), alt="Pipelines, their minutes and success")
    tables.download(answer.by_pipeline, name="pipelines-minutes", key="minutes_csv", called=CALLED)


def failures(answer: Pipelines, scope: Scope) -> None:
    """When, where and why runs fail; a click on a pattern shows its latest failures."""
    if answer.patterns.empty:
        st.success("No job failed in this period.", icon=":material/check_circle:")
        return
    causes = answer.causes[answer.causes["failures"] > 0].sort_values("failures", ascending=False)
    left, right = st.columns(2)
    with left:
        bars = {"failures": ("failures", charts.RED)}
        figure = row_charts.stacked_rows(
            causes, label="cause", parts=bars, title="Failures by cause", unit="failed jobs"
        )
        draw(figure, key="causes", alt="Failed jobs by the class of their cause")
        st.caption("Told from the names of steps and jobs by rules; choose one below to see which decided.")
    with right:
        figure = charts.week_hours(answer.failures_by_hour, title="Failures by hour of their start", what="failures")
        figure.update_xaxes(title="hour of the day")
        draw(figure, key="failures_by_hour", alt="Failed jobs by weekday and hour of their start")
        st.caption(f"Hours of {plain(answer.time_zone)}, the organisation's time zone.")
        by_hour = answer.failures_by_hour.set_axis(list(charts.DAYS)).rename_axis("weekday").reset_index()
        tables.download(by_hour, name="pipelines-failures-by-hour", key="by_hour_csv")
    st.subheader("What fails")
    columns = {
        "project": PROJECT,
        "pipeline": PIPELINE,
        "job": JOB,
        "step": st.column_config.TextColumn("Step", width=150),
        "failures": st.column_config.NumberColumn("Failures", width=75),
        "cause": st.column_config.TextColumn("Cause", width=100),
        "last_at": st.column_config.DatetimeColumn("Last, UTC", width=135, format="D MMM YYYY, HH:mm"),
    }
    shown = answer.patterns.assign(job=answer.patterns["job"].replace("", WHOLE))
    row = tables.choose(shown, columns, key="patterns", height=_height(shown), alt="Failures that look alike")
    if row is None or row >= len(shown):
        st.caption("Select a row to see what decided its cause, and its latest failures.")
    else:
        _latest_failures(answer.patterns.iloc[row], scope)
    tables.download(shown, name="pipelines-failures", key="failures_csv")


def flaky(answer: Pipelines, scope: Scope) -> None:
    """Jobs that failed and passed on the same commit."""
    with st.grid(2, min_column_width=220):
        tiles.show("flaky_jobs", answer.flaky_jobs)
        tiles.show("flakiness", answer.flakiness)
    if answer.flaky.empty:
        st.success("No job failed and passed on the same commit.", icon=":material/check_circle:")
        st.caption("Found only where a job was run again on its commit.")
        return
    columns = {
        "project": PROJECT,
        "pipeline": PIPELINE,
        "job": JOB,
        "flaky": st.column_config.NumberColumn("Flaky commits", width=110, help="Failed and passed there."),
        "commits": st.column_config.NumberColumn("Failed commits", width=110, help="n: failed there at all."),
        "value": _share_column("Flakiness", "flakiness"),
        "low": st.column_config.NumberColumn("At least", width=80, format="%.0f %%", help="Of the 90 % interval."),
        "high": st.column_config.NumberColumn("At most", width=80, format="%.0f %%", help="Of the 90 % interval."),
    }
    shown = _percent(answer.flaky.assign(job=answer.flaky["job"].replace("", WHOLE)), "value", "low", "high")
    row = tables.choose(shown, columns, key="flaky", height=_height(shown), alt="Flaky jobs, the flakiest first")
    if row is None:
        st.caption("Select a row to see its latest failures.")
    else:
        _latest_failures(answer.flaky.iloc[row], scope)
    tables.download(answer.flaky, name="pipelines-flaky", key="flaky_csv", called={"value": "flakiness"})


def runs(scope: Scope) -> None:
    """The latest runs with their links, for the last look and for export."""
    chosen = st.segmented_control(
        "Runs that", list(SHOWN), default="Failed", key="ended", required=True, bind="query-params"
    )
    rows = ask(pipelines.latest_runs, **scope.asked, outcomes=SHOWN[chosen or "Failed"], limit=MOST_ROWS).rows
    if rows.empty:
        st.info("No such run in this period.", icon=":material/filter_alt_off:")
        return
    columns = {
        "link": LINK,
        "created_at": st.column_config.DatetimeColumn("Created, UTC", width=135, format="D MMM YYYY, HH:mm"),
        "project": PROJECT,
        "pipeline": PIPELINE,
        "outcome": st.column_config.TextColumn("Outcome", width=80),
        "minutes": _minutes_column("Minutes"),
        "queue": _minutes_column("Queued"),
        "branch": st.column_config.TextColumn("Branch", width=210),
        "attempt": st.column_config.NumberColumn("Attempt", width=70),
        "retried": st.column_config.NumberColumn(
            "Retried jobs", width=90, help="Jobs that GitLab ran again within the run."
        ),
        "sha": st.column_config.TextColumn("Commit", width=90),
        "trigger": st.column_config.TextColumn("Trigger", width=90),
    }
    linked = rows.assign(link=rows["url"].map(links.safe))
    tables.show(linked, columns, key="latest_runs", height=_height(rows), alt="The latest runs with their links")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_shown(rows, is_whole=len(rows) < MOST_ROWS), width="stretch")
        tables.download(rows, name="pipelines-runs", key="runs_csv", called=CALLED)


def _latest_failures(chosen: pd.Series[Any], scope: Scope) -> None:
    step = chosen.get("step")
    asked = scope.asked | {"pipelines": (chosen["pipeline"],)}
    step = None if pd.isna(step) else step
    found = ask(pipelines.failed_jobs, **asked, job=chosen["job"], step=step, limit=MOST_ROWS).rows
    rows = found[found["project"] == chosen["project"]]
    st.markdown(f"**Latest failures of {plain(chosen['job'] or chosen['pipeline'])}**")
    if chosen.get("rule"):
        st.caption(f"Taken for {plain(chosen['cause'])} by the {plain(chosen['rule'])}.")
    columns = {
        "link": LINK,
        "started_at": st.column_config.DatetimeColumn("Started", width=140, format="D MMM YYYY, HH:mm"),
        "step": st.column_config.TextColumn("Step", width=170),
        "outcome": st.column_config.TextColumn("Outcome", width=100),
        "branch": st.column_config.TextColumn("Branch", width=150),
        "sha": st.column_config.TextColumn("Commit", width=110),
    }
    linked = rows.assign(link=rows["url"].map(links.safe))
    tables.show(linked, columns, key="failed_jobs", height=_height(rows), alt="The latest failures of a job")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_shown(rows, is_whole=len(found) < MOST_ROWS), width="stretch")
        tables.download(rows, name="pipelines-failures-of-a-job", key="failures_of_job_csv")


def _shown(rows: pd.DataFrame, *, is_whole: bool) -> str:
    which = f"All {len(rows):,} of this period" if is_whole else f"The latest {len(rows):,}"
    return f"{which}, newest first; times are UTC."


def _minute_bars(jobs: pd.DataFrame, *, label: str, title: str) -> None:
    """The things that cost most minutes, each with what they were spent on."""
    rows = jobs.groupby(label)[["minutes", *MINUTES]].sum().reset_index()
    most = rows.sort_values("minutes", ascending=False, kind="stable").head(MOST_BARS)
    figure = row_charts.stacked_rows(most, label=label, parts=MINUTES, title=title, unit="minutes")
    draw(figure, key=title, alt=f"{title}: succeeded, failed, run again and cancelled")
    rest = rows["minutes"].sum() - most["minutes"].sum()
    if len(rows) > MOST_BARS:
        st.caption(f"The {MOST_BARS} largest of {len(rows)}; the others took {counted(round(rest), 'minute')}.")


def _minutes_column(title: str) -> Any:
    about = "Minutes that nine in ten stay under." if title == NINTH else "Minutes."
    return st.column_config.NumberColumn(title, width=110 if title == NINTH else 80, format="%.1f min", help=about)


def _share_column(title: str, measure: str) -> Any:
    """A column of per cent: the table's own format for shares tells hundredths of them."""
    about = CATALOGUE[measure].summary
    return st.column_config.ProgressColumn(title, width=115, min_value=0, max_value=100, format="%.0f %%", help=about)


def _percent(rows: pd.DataFrame, *shares: str) -> pd.DataFrame:
    return rows.assign(**{name: 100 * rows[name] for name in shares})


def _height(rows: pd.DataFrame) -> int:
    return min(38 + 35 * len(rows), 458)
