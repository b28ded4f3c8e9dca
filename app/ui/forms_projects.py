"""Forms about one project: add it, change it, tell its outcome, remove it."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.ui import links
from app.ui.ask import ask, tell
from app.ui.forms import (
    as_date,
    changes,
    counted,
    day_field,
    done,
    learned_within,
    note_on_sample,
    number_field,
    will_say,
    word_field,
)
from app.ui.text import is_same, plain
from maestro_core.actions.projects import add_project, change_project, record_outcome, remove_project
from maestro_core.reports import organisation
from maestro_core.reports import projects as reports
from maestro_core.reports.projects import ProjectReport
from maestro_core.terms import Outcome

PARTS_ABOUT = {
    "model_performance": "How well the model did, 0 to 100: for example its accuracy or AUC times 100.",
    "business_impact": "How much of the hoped-for benefit came, 0 to 100.",
    "delivery": "How well time, budget and scope were kept, 0 to 100.",
}


@st.dialog("Add a project", width="medium", icon=":material/add:")
def add() -> None:
    """A new project; its page opens when it is there."""
    note_on_sample()
    with st.form("add-project", border=False):
        told = _project_fields({}, key="new")
        sent = st.form_submit_button("Add project", type="primary")
    if sent:
        project_id = tell(add_project, **told)
        will_say(f"Added {plain(told['name'])}.")
        links.go("project", project=project_id)


@st.dialog("Change the project", width="medium", icon=":material/edit:")
def edit(project: ProjectReport) -> None:
    """Change what is known of a project."""
    note_on_sample()
    shown = _shown(project)
    with st.form("edit-project", border=False):
        told = _project_fields(shown, key="edit")
        sent = st.form_submit_button("Save", type="primary")
    if sent:
        tell(change_project, project_id=project.facts.project_id, **changes(told, shown))
        done(f"Saved {plain(told['name'])}.")


@st.dialog("How did it end?", width="medium", icon=":material/flag:")
def tell_outcome(project: ProjectReport) -> None:
    """The outcome, its day, and the parts of success that are known."""
    note_on_sample()
    shown = _shown_outcome(project)
    with st.form("outcome", border=False):
        told = _outcome_fields(shown)
        sent = st.form_submit_button("Save outcome", type="primary")
    if sent:
        tell(record_outcome, project_id=project.facts.project_id, **changes(told, shown))
        done(f"Outcome saved. {learned_within('seconds')}")


@st.dialog("Delete this project?", icon=":material/delete:")
def delete(project: ProjectReport) -> None:
    """Remove a project, once its name was typed."""
    facts = project.facts
    gone = [counted(len(project.members), "member"), counted(len(project.artifacts), "used artifact")]
    st.markdown(
        f"**{plain(facts.name)}** goes with its outcome, its predictions, its team ({gone[0]}), the record of what it "
        f"used ({gone[1]}), and all that its sources brought to it. A Git source of this project is disconnected. "
        "Artifacts and people stay, and so do your repositories and servers. **It cannot be undone.**"
    )
    note_on_sample()
    with st.form("delete-project", border=False):
        typed = st.text_input("Type the project's name to confirm", key="delete-name", autocomplete="off")
        sent = st.form_submit_button("Delete project", type="primary", icon=":material/delete:")
    if sent and not is_same(typed, facts.name):
        st.error("This is not the project's name: nothing was deleted.")
    elif sent:
        tell(remove_project, project_id=facts.project_id)
        will_say(f"Deleted {plain(facts.name)}.")
        links.go("projects")


def _project_fields(shown: dict[str, Any], *, key: str) -> dict[str, Any]:
    name = st.text_input("Name", shown.get("name", ""), key=f"{key}-name", max_chars=200, required=True)
    about = st.text_area("Description", shown.get("description", ""), key=f"{key}-description", height=80)
    return {"name": name, "description": about} | _kind_fields(shown, key) | _measured_fields(shown, key)


def _kind_fields(shown: dict[str, Any], key: str) -> dict[str, Any]:
    left, right = st.columns(2)
    with left:
        problem = word_field(
            "Problem type", shown.get("problem_type"), known=_in_use("problem_type"), key=f"{key}-problem"
        )
        started = day_field("Started", shown.get("started_at"), key=f"{key}-started")
    with right:
        domain = word_field("Domain", shown.get("domain"), known=_in_use("domain"), key=f"{key}-domain")
        finished = day_field("Finished", shown.get("finished_at"), key=f"{key}-finished", about="Empty while it runs.")
    return {"problem_type": problem, "domain": domain, "started_at": started, "finished_at": finished}


def _measured_fields(shown: dict[str, Any], key: str) -> dict[str, Any]:
    currency = ask(organisation.organisation).currency
    left, right = st.columns(2)
    with left:
        complexity = number_field(
            "Complexity, 1 to 10", shown.get("complexity"), key=f"{key}-complexity", within=(1, 10),
            about="1 is routine, 10 is research. Without it, hard projects look like bad ones.",
        )  # fmt: skip
        title = f"Compute cost in {plain(currency)}"
        cost = number_field(title, shown.get("compute_cost"), key=f"{key}-cost", within=(0, 1e12), step=100)
    with right:
        size = number_field(
            "Team size, people", shown.get("team_size"), key=f"{key}-size", within=(0.1, 10_000), step=0.5,
            about="Full-time people on average. Left empty, the members are counted.",
        )  # fmt: skip
        runs = number_field(
            "Experiments, runs", shown.get("experiments"), key=f"{key}-experiments", within=(0, 1e9),
            about="Left empty, the runs of connected MLflow experiments are counted.",
        )  # fmt: skip
    return {"complexity": complexity, "compute_cost": cost, "team_size": size, "experiments": runs}


def _outcome_fields(shown: dict[str, Any]) -> dict[str, Any]:
    outcome = st.segmented_control(
        "Outcome", list(Outcome), default=shown["outcome"], key="outcome-word", help="Choose none to withdraw it."
    )
    finished = day_field("Finished", shown["finished_at"], key="outcome-finished")
    st.markdown("**Parts of success**, each 0 to 100; leave empty what nobody knows")
    columns = zip(st.columns(len(PARTS_ABOUT)), PARTS_ABOUT.items(), strict=True)
    parts = {part: _part_field(column, part, about, shown[part]) for column, (part, about) in columns}
    st.caption("The success score is the weighted mean of the known parts; the weights are under Settings.")
    return {"outcome": outcome, "finished_at": finished} | parts


def _part_field(column: DeltaGenerator, part: str, about: str, shown: float | None) -> float | None:
    title = part.replace("_", " ").capitalize()
    with column:
        return number_field(title, shown, key=f"outcome-{part}", within=(0, 100), about=about)


def _shown(project: ProjectReport) -> dict[str, Any]:
    """The project as its form shows it: what was stated, not what was counted in its place."""
    facts = project.facts
    words = ("name", "description", "problem_type", "domain", "complexity")
    return {name: getattr(facts, name) for name in words} | {
        "started_at": as_date(facts.started_at),
        "finished_at": as_date(facts.finished_at),
        "compute_cost": facts.cost,
        "team_size": project.stated_team_size,
        "experiments": project.stated_experiments,
    }


def _shown_outcome(project: ProjectReport) -> dict[str, Any]:
    facts = project.facts
    parts = {part: getattr(facts, part) for part in PARTS_ABOUT}
    return {"outcome": facts.outcome, "finished_at": as_date(facts.finished_at)} | parts


def _in_use(column: str) -> list[str]:
    return sorted(ask(reports.projects).projects[column].dropna().unique())
