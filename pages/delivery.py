"""How safely and how fast does software ship? For managers, told of services and never of persons."""

from __future__ import annotations

from uuid import UUID

import pandas as pd
import streamlit as st

from app.ui import delivery_cards, delivery_rules, delivery_views, empty, filters
from app.ui.ask import ask
from app.ui.text import plain
from maestro_core.reports import delivery
from maestro_core.reports import delivery_rules as rule_reports

TOGETHER = "All services together"


def service_choice(found: pd.DataFrame) -> tuple[tuple[UUID, ...], str | None]:
    """The chosen service as what is asked for; all of them together are the last choice."""
    names = [" / ".join(filter(None, pair)) for pair in zip(found["project"], found["service"], strict=True)]
    offered = [*names, *([TOGETHER] if len(names) > 1 else [])]
    filters.hold("service", offered)
    chosen = st.selectbox(
        "Service",
        offered,
        key="service",
        bind="query-params",
        help="Those with the most deployments in the period first.",
    )
    if chosen not in names:
        return tuple(found["project_id"].unique()), None
    row = found.iloc[names.index(chosen)]
    return (row["project_id"],), row["service"]


st.title("Delivery")
if not filters.project_names():
    empty.no_projects()
    st.stop()
with filters.bar():
    projects = filters.projects()
    period = filters.period()
coverage = ask(rule_reports.coverage, projects=projects)
found = ask(delivery.services, projects=projects, period=period).services
if found.empty:
    delivery_rules.nothing_to_show(coverage)
    st.stop()
chosen, service = service_choice(found)
keys = ask(delivery.dora_keys, projects=chosen, period=period, service=service)
# One service is as fresh as its own tools, whatever those of other projects are.
watched = coverage if service is None else ask(rule_reports.coverage, projects=chosen)
empty.freshness(watched.seen, notes=plain(keys.scope))
if keys.deployments.empty:
    mine = found[found["project_id"].isin(chosen)]
    delivery_rules.nothing_lately((mine if service is None else mine[mine["service"] == service])["last_at"].max())

# The cards stand above the choice that they follow.
cards = st.container()
delivery_cards.beside(keys)
delivery_rules.commits_missing(keys)
st.caption(f":material/info: {delivery_views.READING}")

step = st.segmented_control("Per", ["week", "month"], default="week", key="step", required=True, bind="query-params")
with cards:
    delivery_cards.show(keys, step=step)
rows = keys.weekly if step == "week" else keys.monthly
time, stages = st.columns([3, 2])
with time:
    delivery_views.over_time(keys, step=step)
with stages:
    delivery_views.stages(keys)

views = {"Deployments": delivery_views.deployments, "Incidents": delivery_views.incidents}
with st.container(horizontal=True, vertical_alignment="bottom"):
    view = st.segmented_control(
        "Rows", [*views, *(["Services"] if service is None else [])], default="Deployments", key="rows", required=True,
        bind="query-params",
    )  # fmt: skip
    span = delivery_views.choose_span(rows, step=step) if view in views else None
if view in views:
    views[view](keys, step=step, span=span)
else:
    delivery_views.services(keys)
if keys.notes:
    st.caption(plain(" ".join(keys.notes)))

with st.expander("DORA's ladder of 2023, which is not one any more", key="ladder", on_change="rerun") as ladder:
    if ladder.open:
        delivery_views.ladder(keys)

st.subheader("What counts")
delivery_rules.of_project(delivery_rules.project_of_rules(coverage.projects, first=chosen[0]))
