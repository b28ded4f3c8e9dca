"""Where do changes wait? For managers, told of teams and never of one person."""

from __future__ import annotations

import streamlit as st

from app.ui import empty, filters, reviews_merged, reviews_views, tiles
from app.ui.ask import ask
from app.ui.text import plain
from maestro_core.reports import reviews

VIEWS = {
    "Waiting now": reviews_views.waiting,
    "Where time goes": reviews_views.time,
    "Weeks": reviews_views.weeks,
    "Who reviews": reviews_views.team,
}
MERGED = "Merged"
FEW = 10
CARDS = (
    "time_to_first_response",
    "merge_time",
    "merge_time_p90",
    "review_duration",
    "closure_ratio",
    "review_coverage",
    "self_merge_rate",
    "pull_request_size",
)

st.title("Reviews")
if not filters.project_names():
    empty.no_projects()
    st.stop()
with filters.bar():
    projects = filters.projects()
    period = filters.period()
answer = ask(reviews.reviews, projects=projects, period=period)
merged = answer.now.merge_time.sample
if not answer.waiting_total and not merged and answer.now.closure_ratio.value is None:
    empty.nothing_seen(answer.coverage, what="pull request", tools="GitHub or GitLab", can_be_pushed=False)
    st.stop()

empty.freshness(
    answer.coverage, notes="bots are left out, drafts wait from when they are ready · compare a team with its own past"
)
if merged < FEW:
    st.info(f"Only {merged} merged in this period: read these numbers as examples.", icon=":material/hourglass:")

with st.grid(4, min_column_width=210):
    for name in CARDS:
        is_worked = answer.working_hours is not None and name == "time_to_first_response"
        unit = "working h" if is_worked else None
        tiles.show(name, getattr(answer.now, name), before=getattr(answer.before, name), unit=unit)
if answer.working_hours:
    st.caption(
        f"First responses count working hours only, {plain(answer.working_hours.in_words())}; "
        "all other times are those of the calendar."
    )

view = st.segmented_control(
    "View", [*VIEWS, MERGED], default="Waiting now", key="reviews_view", required=True, bind="query-params",
    label_visibility="collapsed",
)  # fmt: skip
if view == MERGED:
    reviews_merged.merged(projects=projects, period=period)
else:
    VIEWS[view or "Waiting now"](answer)
