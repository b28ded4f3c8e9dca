"""The state of the portfolio: what changed and what needs attention."""

from __future__ import annotations

import streamlit as st

from app.ui import charts, correlation_card, empty, links, tables, tiles
from app.ui.ask import ask
from app.ui.drawing import draw
from app.ui.forms import counted
from app.ui.text import plain
from app.ui.times import ago
from maestro_core.reports import organisation, overview
from maestro_core.reports.projects import ProjectState

OUTCOMES = {"success": charts.GREEN, "failure": charts.RED, "cancelled": charts.GREY}
STATES = {ProjectState.SUCCESS: "succeeded", ProjectState.FAILURE: "failed"}
FIXED_ON = {"source failing": "sources", "source stale": "sources"}

st.title("Overview")
state = ask(overview.overview)
if not state.projects:
    empty.no_projects()
    st.stop()
currency = ask(organisation.organisation).currency

states = ", ".join(f"{count} {STATES.get(name, plain(name))}" for name, count in state.states.items() if count)
st.caption(
    f"{counted(state.projects, 'project')}: {states}"
    f" · {counted(state.artifacts, 'artifact')} · {ago('refreshed', state.freshness.oldest_refresh)}"
    f" · {ago('learned', state.freshness.trained_at)}"
)
st.caption("Of the last 12 months, against the 12 before:")
with st.grid(4, min_column_width=190):
    tiles.show("project_success_rate", state.success_rate.present, before=state.success_rate.before)
    tiles.show("median_project_duration", state.duration.present, before=state.duration.before)
    tiles.show("median_project_cost", state.cost.present, before=state.cost.before, unit=currency)
    tiles.show("reuse_among_new_uses", state.reuse.present, before=state.reuse.before)

if state.ended.drop(columns="quarter").to_numpy().any():
    draw(
        charts.stacked_bars(
            state.ended, x="quarter", y=OUTCOMES, title="Projects that ended, per quarter", unit="projects"
        ),
        key="ended",
        alt="Projects that ended in success, failure or were cancelled, per quarter",
    )
attention, changes = st.columns([1, 1], gap="large")
with attention:
    st.subheader("Needs attention")
    if not state.attention:
        sources = "every source is fresh and " if state.freshness.sources else ""
        st.success(f"Nothing: {sources}every finished project has its outcome.")
    if not state.freshness.sources:
        st.caption("No source is connected: nothing comes by itself, and code, reviews and pipelines stay empty.")
        links.link("sources", "Connect the tools that the teams use", icon="cable")
    for item in state.attention:
        with st.container(border=True):
            st.markdown(f"**{plain(item.message)}**")
            st.caption(plain(item.advice))
            if item.kind in FIXED_ON:
                links.link("sources", "Open sources", icon="cable")
            else:
                links.link("projects", "Enter what is missing", icon="edit", missing=item.kind)
    empty.outcomes_to_go(state.outcomes)
with changes:
    st.subheader("What changed in 30 days")
    if state.changes.empty:
        st.caption("No project started or finished, and no artifact was added.")
    else:
        row = tables.choose(
            state.changes,
            {
                "at": st.column_config.DateColumn("When", width=90),
                "change": st.column_config.TextColumn("What", width=120),
                "name": st.column_config.TextColumn("Name", width=240),
            },
            key="changes",
            alt="Projects that started or finished and artifacts that were added",
        )
        st.caption("Select a row to open it.")
        if row is not None:
            chosen = state.changes.iloc[row]
            about = "artifact" if chosen["change"] == "artifact added" else "project"
            links.go(about, **{about: chosen[f"{about}_id"]})

correlation_card.show()

st.subheader("Where to go from here")
with st.container(horizontal=True):
    links.link("artifacts", "What should my project reuse?", icon="library_music")
    links.link("collaboration", "How do we work together?", icon="groups")
    links.link("delivery", "How fast and how safely do we ship?", icon="rocket_launch")
    links.link("reviews", "Where do changes wait?", icon="rate_review")
    links.link("predictions", "What to expect of what is running?", icon="insights")
    links.link("team_sizing", "How big should the next team be?", icon="tune")
