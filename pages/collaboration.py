"""How teams work together: for managers, told of teams and never of one person."""

from __future__ import annotations

import streamlit as st

from app.ui import (
    charts,
    empty,
    filters,
    links,
    tables,
    team_activity,
    team_code,
    team_network,
    team_patterns,
    team_recommendations,
    team_score,
)
from app.ui.ask import ask
from app.ui.drawing import draw
from app.ui.text import plain
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


st.title("Collaboration")
if not filters.project_names():
    empty.no_projects()
    st.stop()
with filters.bar():
    projects = filters.projects()
    period = filters.period()
answer = ask(collaboration.collaboration, projects=projects, period=period)
is_quiet = answer.now.contributors.value is None
# The score looks at its own 90 or 180 days, and at reviews: it may be there where the period has no commit.
if is_quiet and answer.score.score.value is None:
    no_commits(answer)
    st.stop()

seen = answer.coverage
st.caption(
    f"{seen.repositories} Git {'repository' if seen.repositories == 1 else 'repositories'} · "
    f"{empty.age(seen)} · bots and merge commits are left out · compare a team with its own past"
)
empty.since_when(seen)
if seen.without_repository:
    with st.expander(f"{len(seen.without_repository)} of these projects without a repository: not seen here"):
        st.markdown(", ".join(plain(name) for name in seen.without_repository))
        links.link("sources", "Connect a Git repository", icon="cable")

st.subheader("Collaboration score")
team_score.headline(answer)
team_score.parts_table(answer)
team_score.definition(answer)
team_score.beside(answer, projects)

st.subheader("What stands out")
team_score.insight_cards(answer)

team_recommendations.show(projects=projects, period=period)

st.subheader("When work happens")
if is_quiet:
    no_commits(answer)
    st.stop()
team_activity.show(answer)
weeks, hours = st.columns(2)
with weeks:
    draw(
        charts.bars(answer.weekly, x="week", y="commits", title="Commits per week", unit="commits"),
        alt="Commits of each complete week",
    )
    tables.download(answer.weekly.assign(week=answer.weekly["week"].dt.date), name="collaboration", key="weekly_csv")
with hours:
    if answer.is_broken_down:
        draw(
            charts.week_hours(answer.by_hour, title="Commits by weekday and hour, authors' own clocks"),
            alt="Commits by weekday and hour",
        )
        by_hour = answer.by_hour.set_axis(list(charts.DAYS)).rename_axis("weekday").reset_index()
        tables.download(by_hour, name="collaboration-hours", key="by_hour_csv")
    else:
        st.info(f"Hours are shown for teams of {MINIMUM_PEOPLE} or more: with fewer they would tell of single persons.")

team_code.show(projects=projects, period=period)

called = team_network.show(answer, projects=projects, period=period)
if answer.is_broken_down:
    team_patterns.show(team_patterns.Asked(projects, period, called, is_named=bool(st.session_state.get("names"))))
