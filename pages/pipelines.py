"""Where do minutes and failures go? For managers."""

from __future__ import annotations

import streamlit as st

from app.ui import empty, filters, pipelines_views, tiles
from app.ui.ask import ask
from app.ui.forms import counted
from app.ui.pipelines_views import Scope
from maestro_core.reports import pipelines

VIEWS = ("Weeks", "Minutes", "Failures", "Flaky jobs", "Runs")
FEW = 10

st.title("Pipelines")
if not filters.project_names():
    empty.no_projects()
    st.stop()
with filters.bar():
    projects = filters.projects()
    offered = ask(pipelines.names, projects=projects)
    filters.hold("pipelines", offered)
    chosen = st.multiselect(
        "Pipelines",
        offered,
        key="pipelines",
        placeholder="All pipelines",
        bind="query-params",
    )
    period = filters.period()
scope = Scope(projects, period, tuple(chosen))
answer = ask(pipelines.pipelines, **scope.asked)
now, before = answer.now, answer.before
if now.runs.value is None:
    empty.nothing_seen(answer.coverage, what="pipeline run", tools="GitHub, GitLab, Jenkins or CircleCI")
    st.stop()

empty.freshness(answer.coverage, notes=f"{counted(now.runs.value, 'run')}, each attempt is one · compare with the past")
if now.runs.value < FEW:
    st.info(f"Only {counted(now.runs.value, 'run')}: read these numbers as examples.", icon=":material/hourglass:")
if answer.backwards:
    st.caption(f"The times of {counted(answer.backwards, 'run')} run backwards in the tool: they count as 0 minutes.")

with st.grid(4, min_column_width=210):
    tiles.show("pipeline_success_rate", now.success_rate, before=before.success_rate)
    tiles.show("pipeline_duration", now.duration, before=before.duration, unit="min")
    tiles.show("pipeline_duration_p90", now.duration_p90, before=before.duration_p90, unit="min")
    tiles.show("pipeline_queue_time", now.queue_time, before=before.queue_time, unit="min")
    tiles.show("failed_pipeline_runs", now.failed_runs, before=before.failed_runs)
    tiles.show("pipeline_rerun_rate", now.rerun_rate, before=before.rerun_rate)
    tiles.show("pipeline_minutes", now.minutes, before=before.minutes, unit="min")
    tiles.show("wasted_pipeline_minutes", now.wasted, before=before.wasted)

view = st.segmented_control(
    "View",
    VIEWS,
    default=VIEWS[0],
    key="pipelines_view",
    required=True,
    bind="query-params",
    label_visibility="collapsed",
)
if view == "Weeks":
    pipelines_views.weeks(answer)
elif view == "Minutes":
    pipelines_views.minutes(answer)
elif view == "Failures":
    pipelines_views.failures(answer, scope)
elif view == "Flaky jobs":
    pipelines_views.flaky(answer, scope)
else:
    pipelines_views.runs(scope)
