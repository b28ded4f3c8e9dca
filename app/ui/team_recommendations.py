"""What a team could try next: each recommendation with its number, how sure it is, and the rows under it."""

from __future__ import annotations

from uuid import UUID

import pandas as pd
import streamlit as st

from app.ui import filters, links, tables
from app.ui.ask import ask, tell
from app.ui.forms import counted, done, note_on_sample
from app.ui.text import plain
from app.ui.times import ago, day
from maestro_core.actions.team_recommendations import dismiss_recommendation, restore_recommendation
from maestro_core.reports import team_recommendations as reports
from maestro_core.reports.team_recommendations import Dismissal, ForTeam, TeamRecommendations
from maestro_core.scoring.team_recommendations import Support, in_words
from maestro_core.terms import Period

column = st.column_config
PLACES = {
    "reviews": ("reviews", "Reviews", "rate_review"),
    "pipelines": ("pipelines", "Pipelines", "play_circle"),
    "delivery": ("delivery", "Delivery", "rocket_launch"),
    "code": ("code", "Code", "folder_code"),
    "collaboration": ("collaboration", "Silos, below", "groups"),
}
"""Where a number lives: the page, what it is called, and its sign."""

SPANS = {"Until it gets clearly worse": None, "For 30 days": 30, "For 90 days": 90, "For a year": 365}


def show(*, projects: tuple[UUID, ...], period: Period) -> None:
    """The section, of one team at a time; nothing is asked until it is wanted."""
    st.subheader("What to try next")
    about = "Look for recommendations in reviews, pipelines, deliveries and code"
    if st.toggle(about, key="try", bind="query-params"):
        project_id = _team(projects)
        if project_id is not None:
            _of_team(project_id, period)


def _team(projects: tuple[UUID, ...]) -> UUID | None:
    """The project whose team is meant, where several are chosen above."""
    names = {name: key for name, key in filters.project_names().items() if key in projects}
    if len(names) == 1:
        return next(iter(names.values()))
    chosen = st.selectbox(
        "Team", list(names), index=None, key="team", bind="query-params", placeholder="Choose the project of a team",
        help="Limits are for the numbers of one team: a mean over several would hide what each could try.",
    )  # fmt: skip
    return names.get(chosen or "")


def _of_team(project_id: UUID, period: Period) -> None:
    answer = ask(reports.team_recommendations, projects=[project_id], period=period)
    _summary(answer)
    for one in answer.recommendations:
        with st.container(border=True):
            _card(one, period)
    _dismissed(answer)
    _looked_at(answer)


def _summary(answer: TeamRecommendations) -> None:
    numbers = answer.looked_at["reason"].eq("").sum()
    told = f"{counted(len(answer.recommendations), 'recommendation')} from {numbers} of {len(answer.looked_at)} rules"
    st.caption(
        f"{told}; the others have too little to look at. Told of the team, never of one person. With so many looks "
        "chance finds something now and then: what is weak is a hint."
    )


def _card(one: ForTeam, period: Period) -> None:
    """What stands out, what to try, how sure it is, and the rows under it."""
    told = one.told
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(told.sentence)}**", width="stretch")
        _badge(told.support)
    st.markdown(f":material/lightbulb: {plain(told.try_this)}")
    limit = f"{in_words(told.limit, told.unit)} ({told.limit_source})"
    st.caption(f"{plain(told.title)} · how sure: {plain(told.why)} · limit: {plain(limit)}")
    if one.dismissal is not None:
        st.caption(f":material/history: {_came_back(one.dismissal, told.unit)}")
    _rows(one)
    with st.container(horizontal=True, vertical_alignment="center"):
        page, title, sign = PLACES[told.topic]
        where = {"patterns": "Silos"} if page == "collaboration" else {}
        links.link(page, title, icon=sign, projects=one.project, **where)
        _dismiss(one, period)


def _badge(support: Support) -> None:
    if support is Support.WELL:
        st.badge("Well supported", icon=":material/verified:", color="green")
    else:
        st.badge("Weak", icon=":material/help:", color="gray")


def _came_back(dismissal: Dismissal, unit: str) -> str:
    """Why a dismissed recommendation is told again."""
    then = f"Dismissed at {in_words(dismissal.value, unit)} by {dismissal.dismissed_by}"
    if dismissal.is_over:
        return plain(f"{then} until {day(dismissal.until)}; that time is over.")
    return plain(f"{then}, {ago('', dismissal.dismissed_at).strip()}; it is clearly worse now.")


def _rows(one: ForTeam) -> None:
    """The rows under a number, read where they are asked for."""
    name = one.told.key
    if one.rows.empty:
        st.caption("No single rows are told of it.")
        return
    with st.expander(f"Rows: {len(one.rows)}", key=f"try-rows-{name}", on_change="rerun") as place:
        if place.open:
            rows = _linked(one.rows)
            columns = {each: COLUMNS[each] for each in rows if each in COLUMNS}
            tables.show(rows, columns, key=f"try-table-{name}", alt=f"What {one.told.title} rests on")
            tables.download(one.rows, name=f"recommendation-{name.replace('_', '-')}", key=f"try-csv-{name}")


def _linked(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with their addresses as links that are safe to follow."""
    if "url" not in rows:
        return rows
    linked = rows.assign(link=rows["url"].map(links.safe))
    return linked[["link", *(name for name in rows if name != "url")]]


def _dismiss(one: ForTeam, period: Period) -> None:
    key = one.told.key
    with st.popover("Dismiss", icon=":material/visibility_off:", key=f"dismiss-{key}"):
        note_on_sample()
        with st.form(f"dismissing-{key}", border=False):
            why = st.text_input("Why", key=f"why-{key}", max_chars=500, placeholder="May stay empty")
            span = st.selectbox("How long", list(SPANS), key=f"span-{key}")
            st.caption(
                f"It comes back at {in_words(one.outgrown_at, one.told.unit)}, where that is more than chance, "
                "or when you bring it back."
            )
            sent = st.form_submit_button("Dismiss it", type="primary")
    if sent:
        days = SPANS[span]
        tell(dismiss_recommendation, project_id=one.project_id, rule=key, period=period, why=why, days=days)
        done(f"Dismissed: {plain(one.told.title)}. Undo it below, under Dismissed.")


def _dismissed(answer: TeamRecommendations) -> None:
    if not answer.dismissed:
        return
    st.markdown(f":material/visibility_off: **Dismissed: {len(answer.dismissed)}**")
    for one in answer.dismissed:
        if one.dismissal is None:
            continue
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"{plain(one.told.sentence)}  \n:small[{_why_away(one.dismissal, one.told.unit)}]", width="stretch"
            )
            if st.button("Bring it back", icon=":material/undo:", key=f"restore-{one.told.key}", type="tertiary"):
                tell(restore_recommendation, project_id=one.project_id, rule=one.told.key)
                done(f"{plain(one.told.title)} is told again.")


def _why_away(dismissal: Dismissal, unit: str) -> str:
    """By whom, why, and until when."""
    by = f"by {dismissal.dismissed_by}, {ago('', dismissal.dismissed_at).strip()}"
    why = f": {dismissal.why}" if dismissal.why else ""
    until = f"until {day(dismissal.until)}, or " if dismissal.until else "until "
    back = in_words(dismissal.comes_back_at, unit)
    return plain(f"{by}{why} · at {in_words(dismissal.value, unit)}; away {until}it is clearly worse: {back}")


def _looked_at(answer: TeamRecommendations) -> None:
    """Every rule with its number, or why there is none."""
    with st.expander("What was looked at", key="try-rules", on_change="rerun") as place:
        if place.open:
            rows = answer.looked_at.assign(
                value=[_number(value, unit) for value, unit in answer.looked_at[["value", "unit"]].to_numpy()],
                limit=[in_words(limit, unit) for limit, unit in answer.looked_at[["limit", "unit"]].to_numpy()],
            )
            tables.show(rows, RULE_COLUMNS, key="try-rules-table", alt="Every rule with its number and its limit")
            tables.download(answer.looked_at, name="recommendation-rules", key="try-rules-csv")


def _number(value: float | None, unit: str) -> str:
    return "–" if value is None or pd.isna(value) else in_words(value, unit)


RULE_COLUMNS = {
    "title": column.TextColumn("Number", width=210),
    "value": column.TextColumn("Is", width=100),
    "limit": column.TextColumn("Limit", width=100),
    "sample": column.NumberColumn("Rows", width=70),
    "reason": column.TextColumn("Why nothing is said", width=380),
}
COLUMNS = {
    "link": column.LinkColumn("Open", display_text="Open", width=60),
    "number": column.TextColumn("Number", width=75),
    "title": column.TextColumn("Pull request", width=300),
    "response": column.NumberColumn("Hours to the answer", format="%.1f", width=140),
    "wait": column.TextColumn("Waits for", width=130),
    "waited": column.NumberColumn("Days waiting", format="%.1f", width=100),
    "place": column.NumberColumn("Place", width=70, help="1 reviews most; nobody is named."),
    "reviews": column.NumberColumn("Reviews", width=80),
    "share": column.NumberColumn("Share", format="percent", width=80),
    "size": column.TextColumn("Lines", width=110),
    "stage": column.TextColumn("Stage", width=130),
    "hours": column.NumberColumn("Median, hours", format="%.1f", width=110),
    "n": column.NumberColumn("Pull requests", width=100),
    "rounds": column.NumberColumn("Rounds", format="%.1f", width=80),
    "week": column.DateColumn("Week", format="YYYY-MM-DD", width=100),
    "queue": column.NumberColumn("Queue, minutes", format="%.1f", width=110),
    "succeeded": column.NumberColumn("Succeeded", width=90),
    "failed": column.NumberColumn("Failed", width=80),
    "pipeline": column.TextColumn("Pipeline", width=150),
    "job": column.TextColumn("Job", width=150),
    "step": column.TextColumn("Step", width=150),
    "cause": column.TextColumn("Cause", width=110),
    "failures": column.NumberColumn("Failures", width=80),
    "last_at": column.DatetimeColumn("Last", format="YYYY-MM-DD HH:mm", width=130),
    "runs": column.NumberColumn("Runs", width=70),
    "median": column.NumberColumn("Median", format="%.1f", width=80),
    "p90": column.NumberColumn("Nine in ten", format="%.1f", width=90),
    "flaky": column.NumberColumn("Failed and passed", width=120, help="Commits on which it did both."),
    "commits": column.NumberColumn("Failed on commits", width=120),
    "wasted_minutes": column.NumberColumn("Wasted minutes", format="%.0f", width=120),
    "minutes": column.NumberColumn("All minutes", format="%.0f", width=100),
    "finished_at": column.DatetimeColumn("Deployed", format="YYYY-MM-DD HH:mm", width=130),
    "service": column.TextColumn("Service", width=120),
    "name": column.TextColumn("Name", width=180),
    "changes": column.NumberColumn("Changes", width=80),
    "lead_hours": column.NumberColumn("Lead time, hours", format="%.1f", width=110),
    "recovery_hours": column.NumberColumn("Recovery, hours", format="%.1f", width=110),
    "reason": column.TextColumn("Why it counts as failed", width=250),
    "path": column.TextColumn("File", width=340),
    "lines": column.NumberColumn("Lines", width=80),
    "folder": column.TextColumn("Folder", width=260),
    "files": column.NumberColumn("Files", width=70),
    "days": column.NumberColumn("Person-days", width=90),
    "people": column.NumberColumn("People", width=70),
}
"""What the rows of all rules may have; a table shows those that it has."""
