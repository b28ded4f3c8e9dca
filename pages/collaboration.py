"""How teams work together: for managers, told of teams and never of one person."""

from __future__ import annotations

import streamlit as st

from app.ui import charts, empty, filters, links, tables, team_score, tiles
from app.ui.ask import ask
from app.ui.network_layout import MOST_PEOPLE, network_layout
from app.ui.text import plain
from app.ui.times import ago
from maestro_core.reports import collaboration
from maestro_core.reports.collaboration import MINIMUM_PEOPLE, Collaboration


def no_commits(answer: Collaboration) -> None:
    """Which source is missing, or which period to choose."""
    seen = answer.coverage
    with st.container(border=True):
        if not seen.repositories:
            st.subheader("No Git repository is connected")
            st.markdown("Collaboration is measured from commits. Connect the Git repositories of these projects.")
            links.link("sources", "Connect a Git repository", icon="cable")
        elif seen.last_commit_at is None:
            st.subheader("No commit has been read yet")
            st.markdown("The repositories are connected; see whether their first refresh is still under way.")
            links.link("sources", "See the refreshes", icon="cable")
        else:
            st.subheader("No commit in this period")
            enough = filters.reaching(seen.last_commit_at)
            todo = f"Choose {enough} above to see it." if enough else "That is longer ago than any period here."
            st.markdown(f"The last commit was made on {seen.last_commit_at:%-d %B %Y}. {todo}")


def who_works_with_whom(answer: Collaboration) -> None:
    """The network, with numbers for names unless names are asked for."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader("Who works with whom", width="content")
        is_named = st.toggle("Show names", key="names", bind="query-params", disabled=not answer.is_broken_down)
    if not answer.is_broken_down:
        st.info(f"Fewer than {MINIMUM_PEOPLE} people committed: anything broken down would tell of single persons.")
        return
    people = answer.people.assign(name=[f"Person {number}" for number in range(1, len(answer.people) + 1)])
    if is_named:
        names = ask(collaboration.names, people=tuple(people["person_id"]))
        people = people.assign(name=people["person_id"].map(names))
    shown, lines = network_layout(people, answer.pairs)
    st.plotly_chart(charts.network(shown, lines, title=""), alt="Network of people who changed the same files")
    alone = int((people["partners"] == 0).sum())
    st.caption(
        f"{len(shown)} of {len(people)} people{', those with the most partners' if len(people) > MOST_PEOPLE else ''}. "
        "A line joins two who changed the same files, thicker where they share more; each person keeps the three "
        "strongest. A larger circle shares files with more people. "
        + (f"{alone} {'shares' if alone == 1 else 'share'} no file with anybody. " if alone else "")
        + ("" if is_named else "Numbers are given for this page only.")
    )


st.title("Collaboration")
if not filters.project_names():
    empty.no_projects()
    st.stop()
with st.container(horizontal=True, vertical_alignment="bottom"):
    projects = filters.projects()
    period = filters.period()
answer = ask(collaboration.collaboration, projects=projects, period=period)
if answer.now.contributors.value is None:
    no_commits(answer)
    st.stop()

seen = answer.coverage
st.caption(
    f"{seen.repositories} Git {'repository' if seen.repositories == 1 else 'repositories'} · "
    f"{ago('refreshed', seen.refreshed_at)} · bots and merge commits are left out · compare a team with its own past"
)
if seen.without_repository:
    with st.expander(f"{len(seen.without_repository)} of these projects without a repository: not seen here"):
        st.markdown(", ".join(plain(name) for name in seen.without_repository))
        links.link("sources", "Connect a Git repository", icon="cable")

with st.grid(3, min_column_width=220):
    tiles.show("commits_per_week", answer.now.commits_per_week, before=answer.before.commits_per_week, unit="per week")
    for name, now, before in (
        ("contributors", answer.now.contributors, answer.before.contributors),
        ("code_churn", answer.now.code_churn, answer.before.code_churn),
        ("active_branches", answer.now.active_branches, answer.before.active_branches),
        ("night_and_weekend_share", answer.now.night_and_weekend_share, answer.before.night_and_weekend_share),
        ("contributor_absence_factor", answer.now.contributor_absence_factor, answer.before.contributor_absence_factor),
    ):
        tiles.show(name, now, before=before)

st.subheader("What stands out")
team_score.insight_cards(answer)

st.subheader("Collaboration score")
team_score.headline(answer)
team_score.parts_table(answer)
team_score.definition(answer)

st.subheader("When work happens")
weeks, hours = st.columns(2)
with weeks:
    st.plotly_chart(
        charts.bars(answer.weekly, x="week", y="commits", title="Commits per week", unit="commits"),
        alt="Commits of each complete week",
    )
    tables.download(answer.weekly.assign(week=answer.weekly["week"].dt.date), name="collaboration", key="weekly_csv")
with hours:
    if answer.is_broken_down:
        st.plotly_chart(
            charts.week_hours(answer.by_hour, title="Commits by weekday and hour, authors' own clocks"),
            alt="Commits by weekday and hour",
        )
    else:
        st.info(f"Hours are shown for teams of {MINIMUM_PEOPLE} or more: with fewer they would tell of single persons.")

who_works_with_whom(answer)
