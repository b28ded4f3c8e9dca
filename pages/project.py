"""Everything about one project: facts, outcome, team, artifacts, activity, what to expect, where it comes from."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.ui import (
    charts,
    empty,
    filters,
    forms_projects,
    forms_team,
    links,
    recommendations_views,
    states,
    tables,
    tiles,
)
from app.ui.ask import ask
from app.ui.drawing import draw
from app.ui.text import plain
from app.ui.times import ago, day, days_since
from maestro_core.reports import organisation, projects, records
from maestro_core.reports.projects import ProjectFacts, ProjectReport, ProjectState
from maestro_core.terms import Measured, Target

MORE = {
    "collaboration": ("Collaboration", "groups"),
    "code": ("Code", "account_tree"),
    "delivery": ("Delivery", "rocket_launch"),
    "reviews": ("Reviews", "rate_review"),
    "pipelines": ("Pipelines", "conveyor_belt"),
}
PARTS = {"model_performance": "Model performance", "business_impact": "Business impact", "delivery": "Delivery"}
UNITS = {"success": "points", "duration": "days"}


def known(value: float | None, reason: str) -> Measured[float]:
    """A stated number as a tile shows it."""
    return Measured[float].missing(reason) if value is None else Measured[float](value=value, sample=1)


def heading(project: ProjectReport) -> None:
    """Name, state, and what can be done."""
    facts = project.facts
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(plain(facts.name), width="content")
        states.project_badge(facts.state)
    if facts.description:
        st.text(facts.description)
    kind = [plain(word) for word in (facts.problem_type, facts.domain) if word]
    ended = f"finished {day(facts.finished_at)}" if facts.finished_at else "not finished"
    started = f"started {day(facts.started_at)}" if facts.started_at else "start not known"
    st.caption(" · ".join([*kind, started, ended]))
    with st.container(horizontal=True, vertical_alignment="center"):
        is_open = facts.outcome is None
        label = "Tell the outcome" if is_open else "Change the outcome"
        if st.button(label, icon=":material/flag:", type="primary" if is_open else "secondary"):
            forms_projects.tell_outcome(project)
        if st.button("Edit", icon=":material/edit:"):
            forms_projects.edit(project)
        if st.button("Delete", icon=":material/delete:"):
            forms_projects.delete(project)
        links.link("team_sizing", "What if this team were larger?", icon="tune", project=facts.name)


def numbers(facts: ProjectFacts, currency: str) -> None:
    """What is known of it, each with its unit."""
    without = "No outcome yet." if facts.outcome is None else "No part is known."
    grid = st.grid(6, min_column_width=150, border=True)
    told = (
        ("Success", known(facts.success, without), "points", "Weighted mean of the known parts, 0 to 100."),
        ("Duration", known(facts.duration, lasts_so_far(facts)), "days", "From start to finish."),
        ("Cost", known(facts.cost, "Not entered."), currency, "Compute cost, as entered."),
        ("Team", known(facts.team_size, "Not known."), "people", "As stated, else the number of members."),
        ("Complexity", known(facts.complexity, "Not entered."), "of 10", "1 is routine, 10 is research."),
        ("Experiments", known(facts.experiments, "None tracked."), "runs", "As stated, else the tracked runs."),
    )
    for title, value, unit, about in told:
        with grid.cell():
            st.metric(title, tiles.number(value.value, ""), help=f"{about} Unit: {plain(unit)}.")
            st.caption(plain(value.reason or unit))


def lasts_so_far(facts: ProjectFacts) -> str:
    """Why there is no duration: of what runs, how long it has lasted."""
    if facts.started_at is None:
        return "No start is known."
    lasted = days_since(facts.started_at)
    return f"Not finished; so far {lasted} {'day' if lasted == 1 else 'days'}."


def parts(facts: ProjectFacts, weights: organisation.Organisation) -> None:
    """What the success score is made of."""
    st.subheader("Success and its parts")
    columns = st.columns(len(PARTS), gap="medium")
    for column, (part, title) in zip(columns, PARTS.items(), strict=True):
        value, weight = getattr(facts, part), getattr(weights, f"weight_{part}")
        told = "not known" if value is None else f"**{value:.0f}** of 100"
        column.progress(0.0 if value is None else value / 100, text=f"{title}: {told} · weight {weight:g}")
    if facts.outcome is None:
        st.caption("The score counts once the outcome is told.")


def expectations(project: ProjectReport, currency: str) -> None:
    """The predictions of a running project, with their intervals."""
    st.subheader("What to expect")
    if project.predictions.empty:
        st.caption("No prediction yet: every training predicts what is running, once enough outcomes are known.")
        empty.outcomes_to_go(ask(projects.outcomes_missing))
        return
    grid = st.grid(3, min_column_width=200, border=True)
    told = {row["target"]: row for row in records(project.predictions)}
    for row in (told[target] for target in Target if target in told):
        with grid.cell():
            expectation(row, UNITS.get(row["target"], currency))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(ago("predicted", project.predictions["predicted_at"].max()).capitalize(), width="content")
        links.link("predictions", "How good are these predictions?", icon="insights")


def expectation(row: dict[str, Any], unit: str) -> None:
    """One prediction: value, interval, and whether it goes beyond what was seen."""
    low, high = row["low"], row["high"]
    st.metric(row["target"].capitalize(), tiles.as_sure(row["value"], low, high, unit))
    st.caption(f"80 % interval: {plain(tiles.span(low, high, unit))}")
    if row["outside"]:
        beyond = plain(", ".join(row["outside"]).replace("_", " "))
        st.caption(f":material/warning: Beyond what past projects show: {beyond}")


def team(project: ProjectReport) -> None:
    """The members, each with a button to change them."""
    if st.button("Add a member", icon=":material/person_add:"):
        forms_team.add(project.facts.project_id)
    if project.members.empty:
        st.caption("Nobody is on it yet. Members give a project its team size and its experience.")
        return
    column = st.column_config
    tables.show(
        project.members.assign(change="Change"),
        {
            "person": column.TextColumn("Name", width="medium"),
            "role": column.TextColumn("Role", width="medium"),
            "experience_years": column.NumberColumn("Experience", format="%.1f years", width="small"),
            "joined_at": column.DateColumn("Joined", width="small", format="YYYY-MM-DD"),
            "left_at": column.DateColumn("Left", width="small", format="YYYY-MM-DD"),
            "change": column.ButtonColumn("", key="change-member", type="tertiary", width="small"),
        },
        key="members",
        alt="Members with role, experience and dates",
    )
    clicked = st.session_state.get("change-member")
    if clicked:
        forms_team.edit(records(project.members)[clicked["row"]])


def used_artifacts(project: ProjectReport) -> None:
    """What it uses, with what that is worth; a click opens the artifact."""
    if st.button("Record a use", icon=":material/add:"):
        forms_team.use(project.facts.project_id)
    if project.artifacts.empty:
        st.caption("No use of an artifact is recorded.")
        links.link("artifacts", "What is worth reusing?", icon="library_music")
        return
    column = st.column_config
    chosen = tables.choose(
        project.artifacts,
        {
            "name": column.TextColumn("Artifact", width="medium"),
            "kind": column.TextColumn("Type", width="small"),
            "version": column.TextColumn("Version", width="small"),
            "score": column.ProgressColumn(
                "Impact", format="%.0f", min_value=0, max_value=100, width="small", help="0 to 100; 50 is unproven."
            ),
            "effect": column.NumberColumn(
                "Effect", format="%+.1f points", width="small", help="On success, against an average artifact."
            ),
            "first_used_at": column.DateColumn("First used", width="small", format="YYYY-MM-DD"),
            "last_used_at": column.DateColumn("Last used", width="small", format="YYYY-MM-DD"),
        },
        key="artifacts",
        alt="Artifacts used, with impact and effect",
    )
    st.caption("Select an artifact to see why it has its score.")
    if chosen is not None:
        links.go("artifact", artifact=project.artifacts.iloc[chosen]["artifact_id"])
    recommendations_views.newer_versions(project.facts.project_id)


def activity(project: ProjectReport) -> None:
    """One count per week, chosen among those that the sources give."""
    weekly = project.activity
    if weekly.empty:
        st.caption("No source has counted anything for this project.")
        links.link("sources", "Connect its repository or experiments", icon="cable")
        return
    measures = sorted(weekly["measure"].unique())
    first = "commits" if "commits" in measures else measures[0]
    measure = st.selectbox("Measure", measures, index=measures.index(first), key="measure", bind="query-params")
    rows = weekly[weekly["measure"] == measure]
    figure = charts.bars(rows, x="week", y="value", title=f"{measure} per week".capitalize(), unit=measure)
    draw(figure, key="activity", alt=f"{measure} of this project in each week")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("More of this project:", width="content")
        for page, (title, icon) in MORE.items():
            links.link(page, title, icon=icon, projects=project.facts.name)


def where_from(project: ProjectReport) -> None:
    """The sources that tell about it, and how fresh they are."""
    if project.sources.empty:
        st.caption("No source is connected: everything here was entered or imported.")
    for row in records(project.sources):
        st.markdown(f"**{plain(row['name'])}** · {row['kind']} · {ago('refreshed', row['refreshed_at'])}")
    links.link("sources", "Open sources", icon="cable")


project_id = filters.chosen_key("project")
if project_id is None:
    empty.nothing_chosen("project", "projects")
    st.stop()
links.link("projects", "All projects", icon="arrow_back")
project = ask(projects.project, project_id=project_id)
decided = ask(organisation.organisation)
heading(project)
numbers(project.facts, decided.currency)
if project.facts.state is ProjectState.RUNNING:
    expectations(project, decided.currency)
    recommendations_views.recommended(project_id)
else:
    parts(project.facts, decided)

titles = ["Artifacts", "Team", "Activity", "Sources"]
tabs = st.tabs(titles, key="about", on_change="rerun", bind="query-params")
for tab, part in zip(tabs, (used_artifacts, team, activity, where_from), strict=True):
    if tab.open:
        with tab:
            part(project)
