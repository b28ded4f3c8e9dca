"""One experiment in pieces: what it is, what it can find, who takes part, what was done and decided."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from app.ui import experiment_charts, forms_experiments, links, tables, tiles
from app.ui.ask import tell
from app.ui.experiment_words import METRIC_TITLES
from app.ui.forms import done
from app.ui.text import plain
from app.ui.times import day
from maestro_core.actions.experiments import archive_experiment, bring_back_experiment, withdraw
from maestro_core.reports.experiments import ExperimentReport
from maestro_core.scoring.experiment_metrics import METRICS
from maestro_core.terms import ExperimentState, ExperimentUnit, Measured

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
    st.caption(_question(told))
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


def design(told: ExperimentReport) -> None:
    """What so many units can find, and what speaks against it."""
    power, unit = told.power, unit_of(told)
    with st.container(horizontal=True):
        tiles.tile(
            "Planned units", Measured(value=told.planned_units, sample=told.enrolled_units), unit=units_word(told),
            about=f"{power.control} in the control and {power.treatment} in the smallest other variant; n take part.",
        )  # fmt: skip
        tiles.tile(
            "Detectable effect", _detectable(told), unit="d",
            about="The smallest effect, in standard deviations (Cohen's d), found with a chance of 80 % at p < .05.",
        )  # fmt: skip
        tiles.tile(
            "In the metric's unit", _of_metric(told, power.detectable_effect), unit=unit,
            about="The same, with the spread that past projects had; between teams 30 % of the spread is assumed.",
        )  # fmt: skip
        if told.worthwhile:
            tiles.tile(
                "Chance to find what matters", _of_metric(told, power.of_worthwhile), unit="share",
                about=f"An effect of {told.worthwhile:g} {plain(unit)} would matter; 80 % needs {power.needed} an arm.",
            )  # fmt: skip
    for warning in told.warnings:
        st.markdown(f":material/warning: {plain(warning)}")
    if power.detectable is not None:
        sentence = f"{power.control} {units_word(told)} an arm detect d ≥ {power.detectable:.1f}"
        st.plotly_chart(
            experiment_charts.power(told.power_curve, spread=power.spread, unit=unit, worthwhile=told.worthwhile),
            key="power",
            alt=f"Chance to find an effect by its size: {sentence}",
        )
        st.caption(f"{sentence}.")


def participants(told: ExperimentReport) -> None:
    """Who takes part, before the start; a row can be withdrawn."""
    st.subheader("Who takes part")
    if told.assignments.empty:
        st.caption("Nobody yet: enrol projects that have no outcome.")
        return
    rows = told.assignments
    chosen = tables.choose(
        rows,
        {"project": st.column_config.TextColumn("Project"), "team": st.column_config.TextColumn("Team"),
         "enrolled_at": st.column_config.DateColumn("Enrolled", width="small")},
        key="participants", alt="Projects that take part",
    )  # fmt: skip
    if chosen is not None and st.button(
        f"Withdraw {plain(rows.iloc[chosen]['project'])}", icon=":material/person_remove:"
    ):
        tell(withdraw, experiment_id=told.experiment_id, project_id=rows.iloc[chosen]["project_id"])
        done("Withdrawn.")


def assignment(told: ExperimentReport) -> None:
    """Who was assigned to what, as recorded at the moment of the draw."""
    metrics = [told.primary_metric, *told.further_metrics]
    st.caption(
        f"Drawn from seed {told.seed}, stratified {plain(_strata(told))}. Neither people nor programs can change it: "
        "the database refuses."
    )
    tables.show(
        told.assignments,
        {
            "project": st.column_config.TextColumn("Project", pinned=True),
            "team": st.column_config.TextColumn("Team"),
            "variant": st.column_config.TextColumn("Variant"),
            "stratum": st.column_config.TextColumn("Stratum"),
            "is_late": st.column_config.CheckboxColumn("Late", width="small", help="Joined after the start."),
            "assigned_at": st.column_config.DateColumn("Assigned", width="small"),
            "ended_at": st.column_config.DateColumn("Ended", width="small"),
            **{name: st.column_config.NumberColumn(METRIC_TITLES[name], format="localized") for name in metrics},
        },
        key="assignment",
        alt="Assignment of each project with its outcome",
    )
    exported = told.assignments.assign(forecasts=told.assignments["forecasts"].astype(str))
    tables.download(exported, name="assignment", key="download_assignment")


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
            "happened_at": st.column_config.DatetimeColumn("When", width="medium"),
            "who": st.column_config.TextColumn("Who"),
            "what": st.column_config.TextColumn("What"),
            "told": st.column_config.TextColumn("Told", width="large"),
            "refused": st.column_config.CheckboxColumn("Refused", width="small"),
        },
        key="history",
        alt="History of the experiment",
    )
    tables.download(told.history, name="history", key="download_history")


def units_word(told: ExperimentReport) -> str:
    """What is counted."""
    return "teams" if told.unit is ExperimentUnit.TEAM else "projects"


def unit_of(told: ExperimentReport) -> str:
    """The unit of the primary metric."""
    unit = METRICS[told.primary_metric].unit
    return told.currency if unit == "currency" else unit


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
    names = " against ".join(plain(variant.name) for variant in told.variants[1:])
    control = plain(told.variants[0].name)
    what = "whole teams" if told.unit is ExperimentUnit.TEAM else "projects within teams"
    return f"{names} against {control}, judged by {METRIC_TITLES[told.primary_metric].lower()}; {what} are assigned."


def _strata(told: ExperimentReport) -> str:
    cuts = " and ".join(f"{cut:.3g}" for cut in told.complexity_cuts)
    return f"by complexity at {cuts}" if cuts else "by nothing: for strata there are too few units"


def _detectable(told: ExperimentReport) -> Measured[float]:
    smallest = told.power.detectable
    if smallest is None:
        return Measured[float].missing("Too few units.", sample=told.planned_units)
    return Measured(value=round(smallest, 1), sample=told.planned_units)


def _of_metric(told: ExperimentReport, value: float | None) -> Measured[float]:
    if value is None:
        return Measured[float].missing("How much past projects differ is not known.", sample=told.planned_units)
    return Measured(value=value, sample=told.planned_units)
