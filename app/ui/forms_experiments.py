"""Forms about experiments: design, enrol, start, stop, decide, remove."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import streamlit as st

from app.ui import links
from app.ui.ask import ask, tell
from app.ui.experiment_words import METRIC_TITLES, metric_with_unit, units_word
from app.ui.forms import changes, counted, done, note_on_sample, number_field, will_say, word_field
from app.ui.text import plain
from maestro_core.actions.experiment_entries import MOST_VARIANTS
from maestro_core.actions.experiments import (
    change_design,
    decide,
    design_experiment,
    enrol,
    remove_draft,
    start_experiment,
    stop_experiment,
)
from maestro_core.reports import artifacts, organisation
from maestro_core.reports.experiments import ExperimentReport, candidates
from maestro_core.terms import ExperimentKind, ExperimentUnit

UNDECIDED = "none: it stays open"
MOST_ARTIFACTS = 1000
MOST = 1e12
UNITS = {
    ExperimentUnit.TEAM: "whole teams: all projects of a team work alike",
    ExperimentUnit.PROJECT: "projects within teams: some of each team's projects",
}


@st.dialog("Design an experiment", width="large", icon=":material/experiment:")
def design(artifact_id: UUID | None = None) -> None:
    """A new experiment, about an artifact where one is named; its page tells what it can find."""
    note_on_sample()
    known = artifact_names(artifact_id)
    kinds = [str(kind) for kind in ExperimentKind]
    first = kinds.index(ExperimentKind.ARTIFACT_USE) if artifact_id in known else 0
    kind = ExperimentKind(st.selectbox("What is compared", kinds, index=first, key="new-kind"))
    with st.form("design-experiment", border=False):
        told = _fields(
            {"artifact_id": artifact_id if artifact_id in known else None}, kind=kind, known=known, key="new"
        )
        sent = st.form_submit_button("Design it", type="primary")
    if sent:
        experiment_id = tell(design_experiment, kind=kind, **told)
        will_say(f"Designed {plain(told['name'])}: nothing is assigned yet.")
        links.go("experiment", experiment=experiment_id)


@st.dialog("Change the design", width="large", icon=":material/edit:")
def redesign(told: ExperimentReport) -> None:
    """Change a draft."""
    note_on_sample()
    shown = {
        name: getattr(told, name) for name in ("name", "hypothesis", "artifact_id", "primary_metric", "worthwhile")
    }
    shown |= {"planned_units": told.planned_units, "unit": told.unit, "further_metrics": tuple(told.further_metrics)}
    shown["variants"] = tuple({"name": each.name, "description": each.description} for each in told.variants)
    with st.form("change-design", border=False):
        changed = _fields(shown, kind=told.kind, known=artifact_names(told.artifact_id), key="edit")
        sent = st.form_submit_button("Save", type="primary")
    if sent:
        tell(change_design, experiment_id=told.experiment_id, **changes(changed, shown))
        done("Saved the design.")


@st.dialog("Let projects take part", icon=":material/group_add:")
def join(told: ExperimentReport) -> None:
    """Enrol projects; after the start they are assigned at once."""
    note_on_sample()
    found = ask(candidates, experiment_id=told.experiment_id)
    names: dict[str, UUID] = dict(zip(found.candidates["project"], found.candidates["project_id"], strict=True))
    if not names:
        st.info("Every project without an outcome takes part already.")
        links.link("projects", "Add projects", icon="add")
        return
    if told.started_at:
        st.caption("The experiment runs: who joins is assigned at once, by the same seed, and stays so.")
    with st.form("enrol", border=False):
        chosen = st.multiselect("Projects without an outcome", list(names), key="enrol-projects", placeholder="Choose")
        team = word_field(
            "Team", None, known=found.teams, key="enrol-team",
            about="Projects of one team; empty where each project has a team of its own.",
        )  # fmt: skip
        sent = st.form_submit_button("Enrol", type="primary")
    if sent and not chosen:
        st.error("Choose at least one project.")
    elif sent:
        keys = [names[name] for name in chosen]
        tell(enrol, experiment_id=told.experiment_id, project_ids=keys, team=team)
        done(f"{counted(len(chosen), 'project')} take part." if len(chosen) > 1 else f"{plain(chosen[0])} takes part.")


@st.dialog("Start the experiment?", icon=":material/play_arrow:")
def start(told: ExperimentReport) -> None:
    """Assign everybody, once it was said what that means."""
    what = "team" if told.unit is ExperimentUnit.TEAM else "project"
    st.markdown(
        f"{counted(told.enrolled_units, what)} will be assigned by chance from seed {told.seed}. **The assignment and "
        "the design cannot be changed afterwards**, and the experiment stays in the list for good."
    )
    note_on_sample()
    for warning in told.warnings:
        st.markdown(f":material/warning: {plain(warning)}")
    if st.button("Assign and start", type="primary", icon=":material/play_arrow:"):
        tell(start_experiment, experiment_id=told.experiment_id)
        done("Assigned and started.")


@st.dialog("Stop the experiment?", icon=":material/stop:")
def stop(told: ExperimentReport) -> None:
    """Count no more, and say why."""
    measured = sum(variant.measured for variant in told.variants)
    st.markdown(
        f"{measured} of {told.planned_units} planned {units_word(told)} have ended. What ends later is not counted."
    )
    if measured < told.planned_units:
        st.markdown(
            ":material/warning: Before the planned end only the wider interval holds that allows for every look; the "
            "narrower ones of a single look are not told."
        )
    note_on_sample()
    with st.form("stop", border=False):
        reason = st.text_area("Why", key="stop-reason")
        sent = st.form_submit_button("Stop it", type="primary", icon=":material/stop:")
    if sent:
        tell(stop_experiment, experiment_id=told.experiment_id, reason=reason)
        done("Stopped: decide what follows from it.")


@st.dialog("Decide", icon=":material/gavel:")
def decision(told: ExperimentReport) -> None:
    """Adopt a variant or none, and say why."""
    for sentence in told.verdicts:
        st.markdown(plain(sentence))
    note_on_sample()
    with st.form("decide", border=False):
        # By place: a variant may be called like the last choice.
        names = [variant.name for variant in told.variants]
        choices = [*names, UNDECIDED]
        place = st.selectbox(
            "Adopt", list(range(len(choices))), index=None, key="decide-variant", placeholder="Choose",
            format_func=lambda place: choices[place],
        )  # fmt: skip
        reason = st.text_area("Because", key="decide-reason", max_chars=2000)
        sent = st.form_submit_button("Decide", type="primary")
    if not sent:
        return
    if place is None:
        st.error("Choose what is adopted, or that it stays open.")
    else:
        variant = names[place] if place < len(names) else None
        tell(decide, experiment_id=told.experiment_id, variant=variant, reason=reason)
        done("Decided. The reason is kept with your name.")


@st.dialog("Remove this draft?", icon=":material/delete:")
def remove(told: ExperimentReport) -> None:
    """Remove what was never started."""
    st.markdown(f"The draft **{plain(told.name)}** goes with its design. What was started could not be removed.")
    note_on_sample()
    if st.button("Remove the draft", type="primary", icon=":material/delete:"):
        tell(remove_draft, experiment_id=told.experiment_id)
        will_say(f"Removed the draft {plain(told.name)}.")
        links.go("experiments")


def _fields(shown: dict[str, Any], *, kind: ExperimentKind, known: dict[UUID, str], key: str) -> dict[str, Any]:
    """The fields of a design, as they are or as they usually are."""
    told: dict[str, Any] = {"artifact_id": None}
    if kind is ExperimentKind.ARTIFACT_USE:
        told["artifact_id"] = _artifact_field(shown.get("artifact_id"), known, key=key)
    told["name"] = st.text_input("Name", shown.get("name", ""), key=f"{key}-name", placeholder="Reviews in pairs")
    told["hypothesis"] = st.text_area(
        "What you expect, and why", shown.get("hypothesis", ""), key=f"{key}-hypothesis", height=80
    )
    told["variants"] = _variant_fields(shown.get("variants", ()), kind=kind, key=key)
    left, right = st.columns(2)
    units = list(ExperimentUnit)
    with left:
        told["unit"] = st.selectbox(
            "Assign",
            units,
            index=units.index(shown.get("unit", units[0])),
            format_func=lambda unit: UNITS[unit],
            key=f"{key}-unit",
        )
    with right:
        told["planned_units"] = st.number_input(
            "Planned size, teams or projects", 4, 10_000, shown.get("planned_units", 20), key=f"{key}-planned",
            help="Over all variants. Looks before the end are tuned to this number, and only when so many have ended "
            "does the narrower interval of a single look hold.",
        )  # fmt: skip
    return told | _metric_fields(shown, key=key)


def _metric_fields(shown: dict[str, Any], *, key: str) -> dict[str, Any]:
    names, currency = list(METRIC_TITLES), ask(organisation.organisation).currency
    left, right = st.columns(2)
    with left:
        primary = st.selectbox(
            "Judged by", names, index=names.index(shown.get("primary_metric", names[0])), key=f"{key}-metric",
            format_func=lambda name: metric_with_unit(name, currency),
            help="Each project counts once it has ended: until then nothing shows, also of what is told per week.",
        )  # fmt: skip
    with right:
        worthwhile = number_field(
            "Smallest effect that would matter", shown.get("worthwhile"), key=f"{key}-worthwhile", within=(0, MOST),
            about="In the unit beside the metric; of a share 0.1 are ten percentage points. It is a size: which "
            "direction is good follows from the metric. It tells whether so many teams or projects are enough.",
        )  # fmt: skip
    further = st.multiselect(
        "Look at these too", names, default=list(shown.get("further_metrics", ())), key=f"{key}-further",
        format_func=lambda name: metric_with_unit(name, currency), placeholder="None",
        help="Effects on these are corrected for being several. Each project counts once it has ended: until then "
        "nothing shows, also of what is told per week.",
    )  # fmt: skip
    told = {"primary_metric": primary, "further_metrics": tuple(name for name in further if name != primary)}
    return told | {"worthwhile": worthwhile or None}


def _variant_fields(shown: tuple[dict[str, Any], ...], *, kind: ExperimentKind, key: str) -> tuple[dict[str, Any], ...]:
    usual = ("does not use it", "uses it") if kind is ExperimentKind.ARTIFACT_USE else ("as before", "the new way")
    known = [each["name"] for each in shown] or list(usual)
    names = st.multiselect(
        "Variants, the control first", known, default=known, accept_new_options=True, max_selections=MOST_VARIANTS,
        key=f"{key}-variants-{kind}",
        help="The control is the way it was done so far. Type a name and press Enter; two to five.",
    )  # fmt: skip
    told = {each["name"]: each.get("description", "") for each in shown}
    return tuple({"name": name, "description": told.get(name, "")} for name in names)


def _artifact_field(shown: UUID | None, known: dict[UUID, str], *, key: str) -> UUID | None:
    options = list(known)
    return st.selectbox(
        "Artifact", options, index=options.index(shown) if shown in known else None, key=f"{key}-artifact",
        format_func=lambda artifact: known[artifact], placeholder="Choose",
    )  # fmt: skip


def artifact_names(besides: UUID | None = None) -> dict[UUID, str]:
    """The artifacts by name and type; of many the first thousand, and the one that is asked about."""
    rows = list(ask(artifacts.registered, limit=MOST_ARTIFACTS).artifacts)
    if besides and besides not in {row.artifact_id for row in rows}:
        rows.append(ask(artifacts.facts, artifact_id=besides))
    return {row.artifact_id: f"{row.name} ({row.kind})" for row in rows}
