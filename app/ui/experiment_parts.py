"""One experiment in pieces: what it is, what can be done with it, what was done and decided."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from app.ui import forms_experiments, links, tables
from app.ui.ask import tell
from app.ui.experiment_words import BETTER, unit_of
from app.ui.forms import done
from app.ui.text import plain
from app.ui.times import day
from maestro_core.actions.experiments import archive_experiment, bring_back_experiment
from maestro_core.reports.experiments import ExperimentReport
from maestro_core.scoring.experiment_metrics import METRICS
from maestro_core.terms import ExperimentState, ExperimentUnit

Colour = Literal["gray", "blue", "green"]
STATES: dict[ExperimentState, tuple[Colour, str]] = {
    ExperimentState.DRAFT: ("gray", "edit_note"),
    ExperimentState.RUNNING: ("blue", "play_circle"),
    ExperimentState.STOPPED: ("green", "stop_circle"),
}


def heading(told: ExperimentReport) -> None:
    """The name, where it stands, what it compares, and what can be done with it."""
    st.title(plain(told.name))
    colour, icon = STATES[told.state]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(told.state.capitalize(), icon=f":material/{icon}:", color=colour)
        if told.archived_at:
            st.badge("Archived", icon=":material/inventory_2:", color="gray")
        st.badge(told.kind.capitalize(), icon=":material/category:", color="gray")
        st.caption(_dates(told), width="stretch")
    if told.hypothesis:
        st.text(told.hypothesis)
    st.caption(plain(_question(told)))
    if told.stop_reason:
        st.caption(f"Stopped because: {plain(told.stop_reason)}")
    if told.artifact_id:
        links.link("artifact", f"About {plain(told.artifact_name)}", icon="library_music", artifact=told.artifact_id)


def buttons(told: ExperimentReport) -> None:
    """What can be done now."""
    with st.container(horizontal=True):
        if told.state is ExperimentState.DRAFT:
            _draft_buttons(told)
        elif told.state is ExperimentState.RUNNING:
            _running_buttons(told)
        else:
            _stopped_buttons(told)


def decided(told: ExperimentReport) -> None:
    """What was decided, by whom and why."""
    if told.decisions.empty:
        if told.state is ExperimentState.STOPPED:
            st.info("Nothing was decided yet.", icon=":material/gavel:")
        return
    last = told.decisions.iloc[0]
    with st.container(border=True):
        st.markdown(f":material/gavel: **Decided: {plain(last['variant'])}**")
        st.text(last["reason"])
        st.caption(f"{plain(last['decided_by'] or 'somebody who left')} · {day(last['decided_at'])}")


def history(told: ExperimentReport) -> None:
    """What was done, by whom, also what was refused; from the audit."""
    tables.show(
        told.history,
        {
            "happened_at": st.column_config.DatetimeColumn("When", width=150, format="YYYY-MM-DD HH:mm", help="UTC."),
            "who": st.column_config.TextColumn("Who"),
            "what": st.column_config.TextColumn("What"),
            "told": st.column_config.TextColumn("Told", width="large"),
            "refused": st.column_config.CheckboxColumn("Refused", width="small"),
        },
        key="history",
        alt="History of the experiment",
    )
    tables.download(told.history, name="history", key="download_history")


def _draft_buttons(told: ExperimentReport) -> None:
    if st.button("Start …", icon=":material/play_arrow:", type="primary"):
        forms_experiments.start(told)
    if st.button("Enrol projects", icon=":material/group_add:"):
        forms_experiments.join(told)
    if st.button("Change the design", icon=":material/edit:"):
        forms_experiments.redesign(told)
    if st.button("Remove the draft", icon=":material/delete:"):
        forms_experiments.remove(told)


def _running_buttons(told: ExperimentReport) -> None:
    if st.button("Enrol late", icon=":material/group_add:"):
        forms_experiments.join(told)
    if st.button("Stop …", icon=":material/stop:"):
        forms_experiments.stop(told)


def _stopped_buttons(told: ExperimentReport) -> None:
    if st.button("Decide", icon=":material/gavel:", type="primary" if told.decisions.empty else "secondary"):
        forms_experiments.decision(told)
    if told.archived_at:
        if st.button("Bring back", icon=":material/unarchive:"):
            tell(bring_back_experiment, experiment_id=told.experiment_id)
            done("It is in the list again.")
    elif st.button("Archive", icon=":material/inventory_2:"):
        tell(archive_experiment, experiment_id=told.experiment_id)
        done("Archived: the list shows it with all archived ones.")


def _dates(told: ExperimentReport) -> str:
    spans = {"started": told.started_at, "stopped": told.stopped_at}
    parts = [f"designed by {plain(told.created_by)}"]
    return " · ".join([*parts, *(f"{what} {day(at)}" for what, at in spans.items() if at)])


def _question(told: ExperimentReport) -> str:
    """What is compared with what, and by what it is judged, in a sentence each."""
    names = " and ".join(f"“{variant.name}”" for variant in told.variants[1:])
    metric = METRICS[told.primary_metric]
    unit = {"share": "", "per week": ""}.get(metric.unit, f"{unit_of(metric.name, told.currency)}, ")
    what = "Whole teams" if told.unit is ExperimentUnit.TEAM else "Projects within teams"
    return (
        f"{names} against “{told.variants[0].name}”, judged by {metric.title.lower()} ({unit}{BETTER[metric.better]}). "
        f"{what} are assigned."
    )
