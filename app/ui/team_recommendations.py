"""What a team could try next: each recommendation with its number, how sure it is, and the rows under it."""

from __future__ import annotations

from typing import Any
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
            _card(one)
    _dismissed(answer)
    _looked_at(answer)


def _summary(answer: TeamRecommendations) -> None:
    numbers = answer.looked_at["reason"].eq("").sum()
    told = f"{counted(len(answer.recommendations), 'recommendation')} from {numbers} of {len(answer.looked_at)} rules"
    st.caption(
        f"{told}; the others have too little to look at. Told of the team, never of one person. With so many looks "
        "chance finds something now and then: what is weak is a hint."
    )


def _card(one: ForTeam) -> None:
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
        _place(one)
        _dismiss(one)


def _place(one: ForTeam) -> None:
    page, title, sign = PLACES[one.told.topic]
    if page != "collaboration":
        links.link(page, title, icon=sign, projects=one.project)
        return
    # A link to the page that is open would change its address, but not what is chosen in it.
    key = f"place-{one.project}-{one.told.key}"
    st.button(title, icon=f":material/{sign}:", type="tertiary", key=key, on_click=_show_silos, args=(one.project,))


def _show_silos(project: str) -> None:
    st.session_state["projects"], st.session_state["patterns"] = [project], "Silos"


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
            known = columns_of(rows)
            columns = {str(name): known[name] for name in rows if name in known}
            tables.show(rows, columns, key=f"try-table-{name}", alt=f"What {one.told.title} rests on")
            tables.download(one.rows, name=f"recommendation-{name.replace('_', '-')}", key=f"try-csv-{name}")


def _linked(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with their addresses as links that are safe to follow."""
    if "url" not in rows:
        return rows
    linked = rows.assign(link=rows["url"].map(links.safe))
    return linked[["link", *(name for name in rows if name != "url")]]


def columns_of(rows: pd.DataFrame) -> dict[str, Any]:
    """What any of the rows may have; runs take minutes, reviews hours."""
    unit = "minutes" if "pipeline" in rows else "hours"
    return COLUMNS | {
        "median": column.NumberColumn(f"Median, {unit}", format="%.1f", width=120),
        "p90": column.NumberColumn(f"Nine in ten, {unit}", format="%.1f", width=140),
    }


def _dismiss(one: ForTeam) -> None:
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
        tell(dismiss_recommendation, project_id=one.project_id, rule=key, value=one.told.value, why=why, days=days)
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
TEXTS = {
    "number": ("Number", 75),
    "title": ("Pull request", 300),
    "wait": ("Waits for", 130),
    "size": ("Lines", 110),
    "stage": ("Stage", 130),
    "pipeline": ("Pipeline", 150),
    "job": ("Job", 150),
    "step": ("Step", 150),
    "cause": ("Cause", 110),
    "service": ("Service", 120),
    "name": ("Name", 180),
    "reason": ("Why it counts as failed", 250),
    "path": ("File", 340),
    "folder": ("Folder", 260),
}
COUNTS = {
    "reviews": ("Reviews", 80),
    "n": ("Pull requests", 100),
    "succeeded": ("Succeeded", 90),
    "failed": ("Failed", 80),
    "failures": ("Failures", 80),
    "runs": ("Runs", 70),
    "commits": ("Failed on commits", 120),
    "changes": ("Changes", 80),
    "lines": ("Lines", 80),
    "files": ("Files", 70),
    "days": ("Person-days", 90),
    "people": ("People", 70),
}
TENTHS = {
    "response": ("Hours to the answer", 140),
    "waited": ("Days waiting", 100),
    "hours": ("Median, hours", 110),
    "rounds": ("Rounds", 80),
    "queue": ("Queue, minutes", 110),
    "lead_hours": ("Lead time, hours", 110),
    "recovery_hours": ("Recovery, hours", 110),
}
WHOLE = {"wasted_minutes": ("Wasted minutes", 120), "minutes": ("All minutes", 100)}
TIMES = {"last_at": ("Last", 130), "finished_at": ("Deployed", 130)}
COLUMNS = {
    **{name: column.TextColumn(title, width=width) for name, (title, width) in TEXTS.items()},
    **{name: column.NumberColumn(title, width=width) for name, (title, width) in COUNTS.items()},
    **{name: column.NumberColumn(title, format="%.1f", width=width) for name, (title, width) in TENTHS.items()},
    **{name: column.NumberColumn(title, format="%.0f", width=width) for name, (title, width) in WHOLE.items()},
    **{
        name: column.DatetimeColumn(title, format="YYYY-MM-DD HH:mm", width=width)
        for name, (title, width) in TIMES.items()
    },
    "link": column.LinkColumn("Open", display_text="Open", width=60),
    "place": column.NumberColumn("Place", width=70, help="1 reviews most; nobody is named."),
    "share": column.NumberColumn("Share", format="percent", width=80),
    "week": column.DateColumn("Week", format="YYYY-MM-DD", width=100),
    "flaky": column.NumberColumn("Failed and passed", width=120, help="Commits on which it did both."),
}
"""What the rows of all rules may have; a table shows those that it has."""
