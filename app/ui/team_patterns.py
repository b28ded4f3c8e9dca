"""Patterns of working together, one view each: a measure, what it means and what it does not, and the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

import pandas as pd
import streamlit as st

from app.ui import charts, links, tables, team_network, tiles
from app.ui.ask import ask
from app.ui.drawing import draw
from maestro_core.reports import patterns
from maestro_core.reports.collaboration import MINIMUM_PEOPLE
from maestro_core.terms import Measured, Period, with_sign

column = st.column_config
VIEW = "patterns"
"""The key of the choice of a view, in the page's state and address."""


@dataclass(frozen=True)
class Asked:
    """What the page is about, and what people are called on it."""

    projects: tuple[UUID, ...]
    period: Period
    called: dict[UUID, str]
    is_named: bool

    def names(self, people: Iterable[UUID]) -> dict[UUID, str]:
        """What these people are called; who signed but did not commit is numbered after those who did."""
        others = sorted(set(people) - set(self.called))
        return self.called | team_network.names(others, is_named=self.is_named, first=len(self.called) + 1)


def show(about: Asked) -> None:
    """The chosen pattern; the others are not asked for."""
    st.subheader("Patterns")
    view = st.segmented_control(
        "Pattern", list(VIEWS), default=next(iter(VIEWS)), key=VIEW, required=True, bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    VIEWS[view or next(iter(VIEWS))](about)


def open_view(rows: str) -> None:
    """Choose the view that an insight's rows stand in."""
    st.session_state[VIEW] = ROWS[rows]


def _side_by_side(about: Asked) -> None:
    answer = ask(patterns.side_by_side, projects=about.projects, period=about.period)
    with st.grid(3, min_column_width=220):
        tiles.show("side_by_side", answer.side_by_side)
        tiles.show("signed_together", answer.signed_together)
    st.caption(
        "Working on the same files within days is a sign of pairing, of handing over, or of getting in each other's "
        "way: ask which. Who pairs without signing both names is not seen in the second number."
    )
    sides = ("person_a", "person_b")
    names = about.names(pd.concat([answer.pairs[side] for side in sides]))
    called = {side: answer.pairs[side].map(names) for side in sides}
    tables.show(
        answer.pairs.assign(**called),
        {
            "person_a": column.TextColumn("Of the pair, one", width=150),
            "person_b": column.TextColumn("and the other", width=150),
            "days": column.NumberColumn("Days they met", width=120, help="Days with both on a file within three days"),
            "files": column.NumberColumn("Files they met in", width=130),
            "signed": column.NumberColumn("Commits signed by both", width=170),
        },
        key="pairs",
        height=300,
        alt="Pairs of people who worked on the same files within days",
    )
    tables.download(answer.pairs.assign(**called), name="side-by-side", key="pairs_csv")


def _silos(about: Asked) -> None:
    answer = ask(patterns.silos, projects=about.projects, period=about.period)
    with st.grid(3, min_column_width=220):
        tiles.show("files_of_one_author", answer.files_of_one_author)
        tiles.show("people_apart", answer.people_apart)
    st.caption(
        "Folders with ten person-days of work or more, those that one person alone worked in first, of projects to "
        f"which at least {MINIMUM_PEOPLE} people committed. One person is enough for something small or finished; it "
        "is a risk where much still changes."
    )
    tables.show(
        answer.folders,
        {
            "folder": column.TextColumn("Folder", width="large"),
            "people": column.NumberColumn("People", width=90),
            "days": column.NumberColumn("Person-days", width=110),
            "files": column.NumberColumn("Files", width=90),
        },
        key="folders",
        height=min(38 + 35 * len(answer.folders), 300),
        alt="Folders with the number of people who worked in them",
    )
    tables.download(answer.folders, name="silos", key="folders_csv")


def _hours(about: Asked) -> None:
    answer = ask(patterns.hours, projects=about.projects, period=about.period)
    tile, months = st.columns([1, 2.2], vertical_alignment="center")
    with tile:
        tiles.show("night_and_weekend_share", answer.share)
        st.caption(trend(answer.trend))
    with months:
        if not answer.by_month.empty:
            rows = answer.by_month.assign(**{name: 100 * answer.by_month[source] for name, source in SHARES.items()})
            draw(
                charts.banded_line(rows, x="month", title="Night and weekend, by month", unit="% of commits"),
                alt="Share of commits at night and at weekends for each month, with its interval",
            )
    st.caption(
        "By the clocks of those who commit, 22 to 6 o'clock and at weekends. It does not tell pressure from choice, "
        "nor part-time and flexible hours from overtime, and says nothing of any person."
    )
    tables.download(answer.by_month, name="hours", key="hours_csv")


SHARES = {"value": "share", "low": "low", "high": "high"}


def trend(change: Measured[float]) -> str:
    """How a share changed from the first half of the period to the second, in words."""
    if change.value is None or change.low is None or change.high is None:
        return f"No trend: {change.reason}."
    span = f"90 % interval {with_sign(100 * change.low)} to {with_sign(100 * change.high)}"
    told = f"{with_sign(100 * change.value)} points from the first half of the period to the second ({span})"
    return f"{told}: no change beyond chance." if change.low <= 0 <= change.high else f"{told}."


def _reviewing(about: Asked) -> None:
    answer = ask(patterns.reviewing, projects=about.projects, period=about.period)
    tile, reading = st.columns([1, 2], vertical_alignment="center")
    with tile:
        tiles.show("busiest_reviewer_share", answer.busiest_reviewer_share)
    with reading:
        st.caption(
            "Who knows the code best is asked most, and becomes the one for whom everybody waits. Over several "
            "projects the share of one person is small by itself: the rows tell each project."
        )
    if answer.by_project.empty:
        st.caption("No project had four active people and ten reviews in this period.")
    else:
        st.caption(
            "Projects with four active people and ten reviews or more. Where all review alike, the share is one over "
            "the people."
        )
        tables.show(
            answer.by_project.assign(
                per_cent=100 * answer.by_project["share"],
                interval=[
                    f"{100 * low:.0f} to {100 * high:.0f} %"
                    for low, high in zip(answer.by_project["low"], answer.by_project["high"], strict=True)
                ],
            ),
            {
                "project": column.TextColumn("Project", width="medium"),
                "per_cent": column.ProgressColumn(
                    "By one person", min_value=0, max_value=100, format="%.0f %%", width=150
                ),
                "interval": column.TextColumn("90 % interval", width=110),
                "reviews": column.NumberColumn("Reviews", width=90),
                "reviewers": column.NumberColumn("Reviewers", width=90),
                "people": column.NumberColumn("Active people", width=110),
            },
            key="reviewing",
            alt="The share of reviews that one person gave, by project",
        )
    with st.container(horizontal=True):
        tables.download(answer.by_project, name="reviewing", key="reviewing_csv")
        links.link("reviews", "Where changes wait, and who reviews", icon="rate_review")


def _newcomers(about: Asked) -> None:
    answer = ask(patterns.arriving, projects=about.projects, period=about.period)
    with st.grid(3, min_column_width=220):
        tiles.show("days_to_first_merge", answer.days_to_first_merge)
        tiles.show("days_to_tenth", answer.days_to_tenth)
        tiles.show("staying_share", answer.staying_share)
    st.caption(
        "New is who had never committed to these projects. The medians look at the year before the end of the period, "
        "staying at those who came 6 to 18 months before it. Projects end and people move on: leaving is no failure."
    )
    if answer.by_quarter.empty:
        st.caption("No quarter had four newcomers: fewer are not broken down.")
        return
    tables.show(
        answer.by_quarter,
        {
            "quarter": column.TextColumn("Arrived in", width=110),
            "people": column.NumberColumn("Newcomers", width=110),
            "merged": column.NumberColumn("With a merged pull request", width=190),
            "tenth": column.NumberColumn("With ten commits", width=140),
            "settled": column.NumberColumn("Six months over", width=130),
            "stayed": column.NumberColumn("Of these, stayed", width=130),
        },
        key="newcomers",
        alt="Newcomers by the quarter in which they arrived",
    )
    tables.download(answer.by_quarter, name="newcomers", key="newcomers_csv")


VIEWS: dict[str, Callable[[Asked], None]] = {
    "Side by side": _side_by_side,
    "Silos": _silos,
    "Hours": _hours,
    "Reviewing": _reviewing,
    "Newcomers": _newcomers,
}
ROWS = {"silos": "Silos", "hours": "Hours", "reviewing": "Reviewing"}
