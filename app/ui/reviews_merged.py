"""The merged pull requests of a period, each with what is measured of it and its link; never whose it is."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

import pandas as pd
import streamlit as st

from app.ui import links, tables
from app.ui.ask import ask
from app.ui.forms import counted
from maestro_core.reports import reviews
from maestro_core.reports.reviews import Merged
from maestro_core.terms import Period

IN_HOURS = {"merge": "merge_hours", "response": "response_hours"}
"""What a file calls what the page tells with its unit."""
SHOWN = {"All": None, "Unreviewed": "is_unreviewed", "Self-merges": "is_self_merged"}


def merged(*, projects: Collection[UUID], period: Period) -> None:
    """What coverage, self-merges, merge time and size are made of, the longest to the merge first."""
    chosen = st.segmented_control(
        "Merged ones", list(SHOWN), default="All", key="merged_ones", required=True, bind="query-params"
    )
    answer = ask(reviews.merged, projects=projects, period=period)
    flag = SHOWN[chosen or "All"]
    rows = answer.rows[answer.rows[flag]] if flag else answer.rows
    if rows.empty:
        st.info("No such pull request was merged in this period.", icon=":material/filter_alt_off:")
        return
    linked = rows.assign(link=rows["url"].map(links.safe))
    alt = "Merged pull requests, the longest to the merge first"
    tables.show(linked, _columns(answer), key="merged", height=min(38 + 35 * len(linked), 458), alt=alt)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_told(answer, rows), width="stretch")
        tables.download(rows, name="reviews-merged", key="merged_csv", called=IN_HOURS)


def _columns(answer: Merged) -> dict[str, Any]:
    hours = "Hours" if answer.working_hours is None else "Working hours"
    return {
        "link": st.column_config.LinkColumn("Open", display_text="Open", width=60),
        "title": st.column_config.TextColumn("Pull request", width=215),
        "merge": _number("Merge, h", "%.1f", "Hours from opening, of a draft from when it was ready, to the merge."),
        "response": _number("Response, h", "%.1f", f"{hours} to the first answer by another person, a note too."),
        "lines": _number("Lines", None, "Added and deleted."),
        "is_unreviewed": st.column_config.CheckboxColumn(
            "Unreviewed", width=90, help="No review by another person up to the merge; a note is none."
        ),
        "is_self_merged": st.column_config.CheckboxColumn(
            "Self-merge", width=85, help="Merged by its author without a review by another person."
        ),
        "project": st.column_config.TextColumn("Project", width=205),
        "merged_at": st.column_config.DatetimeColumn("Merged", width=95, format="D MMM YYYY"),
        "number": st.column_config.TextColumn("Number", width=75),
    }


def _told(answer: Merged, rows: pd.DataFrame) -> str:
    """How many there are, and what is not among these rows."""
    kept = "" if len(answer.rows) == answer.total else f" The {len(answer.rows):,} slowest are looked at."
    return (
        f"{len(rows):,} of {counted(answer.total, 'merged pull request')}, the longest to the merge first: "
        f"{answer.unreviewed:,} unreviewed, {answer.self_merged:,} of them merged by their author.{kept} "
        "Days are those of UTC. The tile of first responses tells of those opened in the period, merged or not."
    )


def _number(title: str, form: str | None, about: str) -> Any:
    return st.column_config.NumberColumn(title, width=95 if len(title) > 8 else 70, format=form, help=about)
