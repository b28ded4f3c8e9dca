"""The views of the reviews page: what waits now, where time goes, weeks, and how the team shares the reading."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app.ui import charts, links, reviews_charts, row_charts, tables, tiles
from app.ui.ask import ask
from app.ui.drawing import draw
from app.ui.forms import counted
from app.ui.reviews_merged import IN_HOURS
from maestro_core.reports import collaboration
from maestro_core.reports.reviews import Reviews
from maestro_core.terms import percent

LEGEND = {"orientation": "h", "y": -0.18, "x": 0, "traceorder": "normal"}
WAITS = {
    "a first response": ("a first response", charts.RED),
    "the next review": ("the next review", charts.ORANGE),
    "its author": ("its author", charts.GREY),
    "the merge": ("the merge", charts.BLUE),
}
STAGES = {
    "coding": "first commit to opening",
    "pickup": "opening to first answer",
    "review": "first answer to last approval",
    "merge": "last approval to merge",
    "without review": "opening to merge, unanswered",
}
CALLED = IN_HOURS | {
    "waited": "waited_days",
    "age": "age_days",
    "median": "median_hours",
    "p90": "p90_hours",
    "value": "merge_hours",
    "low": "merge_hours_first_quartile",
    "high": "merge_hours_third_quartile",
}


def waiting(answer: Reviews) -> None:
    """The open pull requests: for what they wait and how long, with their links."""
    if answer.waiting.empty:
        st.success("Nothing waits: no pull request is open.", icon=":material/check_circle:")
        return
    figure = row_charts.stacked_rows(
        answer.waiting_ages,
        label="age",
        parts=WAITS,
        title="Open now, by how long they wait for what",
        unit="pull requests",
    )
    draw(figure, key="waiting_ages", alt="Open pull requests by the length of their wait, and for what")
    columns = {
        "link": st.column_config.LinkColumn("Open", display_text="Open", width=60),
        "title": st.column_config.TextColumn("Pull request", width=235),
        "wait": st.column_config.TextColumn("Waits for", width=120),
        "waited": _number("Days waiting", "%.1f", "Since what it waits for began."),
        "age": _number("Days open", "%.1f", "Since it was opened."),
        "lines": _number("Lines", None, "Added and deleted."),
        "project": st.column_config.TextColumn("Project", width=205),
        "number": st.column_config.TextColumn("Number", width=70),
    }
    linked = answer.waiting.assign(link=answer.waiting["url"].map(links.safe))
    tables.show(
        linked, columns, key="waiting", height=_height(linked), alt="Open pull requests, the longest wait first"
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        shown = f"{len(linked)} of " if answer.waiting_total > len(linked) else ""
        st.caption(
            f"{shown}{counted(answer.waiting_total, 'open pull request')} as of the last refresh, whatever the period; "
            "the longest wait first, drafts last.",
            width="stretch",
        )
        tables.download(answer.waiting, name="reviews-waiting", key="waiting_csv", called=CALLED)


def time(answer: Reviews) -> None:
    """In which stage the time of merged pull requests went, and whether small ones are faster."""
    stages = answer.stages.assign(share=100 * answer.stages["share"], about=answer.stages["stage"].map(STAGES))
    left, right = st.columns(2)
    with left:
        waits = stages.dropna(subset="share")
        parts = {"share": ("share of all hours", charts.BLUE)}
        figure = row_charts.stacked_rows(
            waits, label="stage", parts=parts, title="Where the hours from opening to merge went", unit="per cent"
        )
        draw(figure, key="stages", alt="The share of each stage in all hours from opening to merge")
    with right:
        sizes = answer.by_size.assign(name=answer.by_size["size"].astype(str) + " lines")
        figure = row_charts.spans(
            sizes,
            label="name",
            title="Hours to the merge by size: median, quartiles",
            unit="hours",
            colour=charts.GREEN,
        )
        draw(figure, key="by_size", alt="Median hours to the merge by lines changed, with quartiles")
    _headed("Stages of a merged pull request", answer.stages, name="reviews-stages")
    columns = {
        "stage": st.column_config.TextColumn("Stage", width=120),
        "about": st.column_config.TextColumn("From … to", width=220),
        "n": _number("n", None, "Merged pull requests that had this stage."),
        "median": _number("Median, h", "%.1f", "Hours."),
        "p90": _number("90th pct., h", "%.1f", "Hours that nine in ten stay under."),
        "share": st.column_config.ProgressColumn(
            "Share of all time", width=140, min_value=0, max_value=100, format="%.0f %%", help="Since opening."
        ),
    }
    tables.show(stages, columns, key="stage_table", alt="Stages with their hours and their share of all time")
    _headed("Are small ones faster?", answer.by_size, name="reviews-sizes")
    hours = "hours" if answer.working_hours is None else "working hours"
    columns = {
        "size": st.column_config.TextColumn("Lines", width=120),
        "n": _number("n", None, "Merged in the period."),
        "value": _number("Merge, h", "%.1f", "Median hours from opening to the merge."),
        "low": _number("25th pct., h", "%.1f", "Hours: a quarter is faster."),
        "high": _number("75th pct., h", "%.1f", "Hours: a quarter is slower."),
        "response": _number("Response, h", "%.1f", f"Median {hours} to the first answer."),
        "rounds": _number("Rounds", "%.2f", "Mean rounds of review."),
    }
    tables.show(answer.by_size, columns, key="size_table", alt="Pull requests by size with their hours and rounds")
    st.caption(
        "Of pull requests merged in the period. Size is one reason among many: large ones are also the harder ones."
    )


def weeks(answer: Reviews) -> None:
    """What came and went each week, and how long it took."""
    weekly = answer.weekly
    left, right = st.columns(2)
    with left:
        figure = charts.lines(
            weekly, x="week", y=["opened", "merged", "closed"], title="Pull requests per week", unit="pull requests"
        )
        figure.update_layout(legend=LEGEND).update_yaxes(rangemode="tozero")
        draw(figure, key="per_week", alt="Pull requests opened, merged and closed unmerged each week")
    with right:
        figure = reviews_charts.hours_per_week(weekly, working_hours=answer.working_hours)
        figure.update_layout(legend=LEGEND).update_yaxes(rangemode="tozero")
        draw(figure, key="hours_per_week", alt="Median hours to the first response and to the merge each week")
    st.caption("Complete weeks only. Closed: without a merge. A week without pull requests has no hours.")
    tables.download(weekly.assign(week=weekly["week"].dt.date), name="reviews-weekly", key="weekly_csv", called=CALLED)


def team(answer: Reviews) -> None:
    """How the team shares the reading, with numbers for names unless names are asked for."""
    with st.grid(3, min_column_width=220):
        tiles.show("review_evenness", answer.now.review_evenness, before=answer.before.review_evenness)
        tiles.show("largest_pair_share", answer.now.largest_pair_share, before=answer.before.largest_pair_share)
        tiles.show("rubber_stamps", answer.now.rubber_stamps, before=answer.before.rubber_stamps)
    if (answer.now.largest_pair_share.value or 0) > answer.one_pair:
        st.warning(
            f"More than {percent(answer.one_pair)} of the reviews are between two people.", icon=":material/group:"
        )
    if not answer.is_broken_down:
        st.info(
            f"Fewer than {answer.minimum_people} people opened or reviewed pull requests: anything broken down would "
            "tell of single persons."
        )
        return
    if answer.who_reviews_whom.empty:
        st.info("Nobody reviewed in this period.", icon=":material/filter_alt_off:")
        return
    is_named = st.toggle("Show names", key="reviewers_named", bind="query-params")
    left, right = st.columns([3, 2])
    with left:
        _matrix(answer.who_reviews_whom, is_named=is_named)
    with right:
        _load(answer.load)


def _matrix(pairs: pd.DataFrame, *, is_named: bool) -> None:
    people = reviews_charts.busiest(pairs)
    names = dict.fromkeys(people, "Person")
    if is_named:
        told: dict[Any, str] = ask(collaboration.names, people=tuple(people))  # type: ignore[arg-type]
        names = {person: told.get(person, "–") for person in people}
    figure = reviews_charts.who_reviews_whom(pairs, names, title="Who reviews whom")
    draw(figure, key="who", alt="How many pull requests of each author each reviewer reviewed")
    everybody = len(set(pairs["reviewer"]) | set(pairs["author"]))
    st.caption(
        (f"The {len(people)} of {everybody} people with most reviews. " if everybody > len(people) else "")
        + "One team, not a ranking: rows stand in no order of merit."
        + ("" if is_named else " Numbers are given for this page only.")
    )
    tables.download(who_reviewed(pairs, names), name="reviews-who", key="who_csv")


def who_reviewed(pairs: pd.DataFrame, names: dict[Any, str]) -> pd.DataFrame:
    """The cells of the matrix as rows: reviewer, author, reviews; people called as there, in the order of its rows."""
    places = {person: place for place, person in enumerate(names, start=1)}
    shown = pairs[pairs["reviewer"].isin(places) & pairs["author"].isin(places)]
    numbers = shown.assign(**{side: shown[side].map(places) for side in ("reviewer", "author")})
    rows = numbers.sort_values(["reviewer", "author"], ignore_index=True)
    called = {place: f"{names[person]} {place}" for person, place in places.items()}
    return rows.assign(**{side: rows[side].map(called) for side in ("reviewer", "author")})


def _load(load: pd.DataFrame) -> None:
    """How uneven the load is, without saying whose it is."""
    figure = charts.bars(
        load.assign(share=100 * load["share"]),
        x="place",
        y="share",
        title="Share of reviews, most first",
        unit="per cent",
    )
    figure.update_xaxes(title="people, in the order of their load", rangemode="tozero")
    draw(figure, key="load", alt="The share of reviews that each person gave, without names")
    even = percent(1 / len(load)) if len(load) else "–"
    st.caption(f"{counted(len(load), 'active person').replace('persons', 'people')}; alike, each would give {even}.")
    tables.download(load, name="reviews-load", key="load_csv")


def _headed(title: str, rows: pd.DataFrame, *, name: str) -> None:
    """A heading of a table, with its rows as a file."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.subheader(title, width="content")
        tables.download(rows, name=name, key=name, called=CALLED)


def _number(title: str, form: str | None, about: str) -> Any:
    return st.column_config.NumberColumn(title, width=95, format=form, help=about)


def _height(rows: pd.DataFrame) -> int:
    return min(38 + 35 * len(rows), 458)
