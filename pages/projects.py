"""Every project: find one, add one, import many."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.ui import forms_import, forms_projects, links, tables
from app.ui.ask import ask
from app.ui.text import plain
from maestro_core.reports import organisation, overview, projects
from maestro_core.reports.overview import AttentionKind
from maestro_core.reports.projects import ProjectState

MISSING = [kind for kind in AttentionKind if kind.endswith("missing")]


def none_yet() -> None:
    """The ways to the first project, beside the buttons above."""
    with st.container(border=True):
        st.subheader("No projects yet")
        st.markdown(
            "**Import** past projects from a file, with how they ended: impact and predictions learn from them. "
            "**Add a project** by hand. Or connect a repository or an MLflow server, which brings its projects along."
        )
        links.link("sources", "Connect Git or MLflow", icon="cable")


def asked_for(rows: pd.DataFrame) -> pd.DataFrame:
    """The projects that the words, states, domains and gaps in the URL leave."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input(
            "Search", key="search", bind="query-params", type="search", placeholder="Name or description", width=260
        )
        domains = st.multiselect(
            "Domain",
            sorted(rows["domain"].dropna().unique()),
            key="domain",
            bind="query-params",
            placeholder="All domains",
            width=300,
        )
        missing = st.selectbox(
            "What is missing",
            MISSING,
            index=None,
            key="missing",
            bind="query-params",
            placeholder="Nothing in particular",
            width=240,
        )
    states = st.pills(
        "State",
        list(ProjectState),
        selection_mode="multi",
        key="state",
        bind="query-params",
        format_func=str.capitalize,
    )
    text = rows["name"] + " " + rows["description"].fillna("")
    for word in (words or "").split():
        rows = rows[text.loc[rows.index].str.contains(word, case=False, regex=False)]
    for column, chosen in (("domain", domains), ("state", states)):
        rows = rows[rows[column].isin(chosen)] if chosen else rows
    return rows[rows["project_id"].isin(projects_that_miss(missing))] if missing else rows


def projects_that_miss(what: str) -> set[object]:
    """The projects that lack something, as the overview counts them."""
    return {key for item in ask(overview.overview).attention if item.kind == what for key in item.projects}


def table(rows: pd.DataFrame) -> None:
    """The projects that were asked for; a click opens one."""
    currency = ask(organisation.organisation).currency
    column = st.column_config
    chosen = tables.choose(
        rows.assign(cost=rows["cost"].round(), state=rows["state"].replace(ProjectState.UNDECIDED, "no outcome")),
        {
            "name": column.TextColumn("Project", width=196),
            "state": column.TextColumn("State", width=72),
            "success": column.ProgressColumn(
                "Success", format="%.0f", min_value=0, max_value=100, width=95, help="Points, 0 to 100."
            ),
            "complexity": column.NumberColumn("Complexity", format="%.1f", width=84, help="1 to 10."),
            "team_size": column.NumberColumn("Team", format="%g", width=54, help="People."),
            "duration": column.NumberColumn("Duration", format="%.0f days", width=76, help="From start to finish."),
            "cost": column.NumberColumn("Cost", width=64, help=f"Compute cost in {currency}."),
            "domain": column.TextColumn("Domain", width=118),
            "started_at": column.DateColumn("Started", width=88, format="YYYY-MM-DD"),
            "finished_at": column.DateColumn("Finished", width=88, format="YYYY-MM-DD"),
        },
        key="table",
        height=min(38 + 35 * len(rows), 630),
        alt="Projects with their state, success, complexity, team, duration and cost",
    )
    if chosen is not None:
        links.go("project", project=rows.iloc[chosen]["project_id"])


with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    st.title("Projects", width="content")
    with st.container(horizontal=True, width="content"):
        if st.button("Add a project", icon=":material/add:", type="primary"):
            forms_projects.add()
        if st.button("Import", icon=":material/upload:", help="Projects, members, artifacts and uses from files."):
            forms_import.show()

everything = ask(projects.projects).projects
if everything.empty:
    none_yet()
    st.stop()

found = asked_for(everything)
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    scored = int(found["success"].notna().sum())
    st.caption(
        f"{len(found)} of {len(everything)} projects, {scored} with a success score · "
        f"cost in {plain(ask(organisation.organisation).currency)} · select a row to open it",
        width="content",
    )
    tables.download(found.drop(columns="project_id"), name="projects", key="projects-csv")
if found.empty:
    st.info("No project is like this. Take away a filter above.", icon=":material/search_off:")
else:
    table(found.reset_index(drop=True))
