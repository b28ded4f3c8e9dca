"""Widgets that return domain values and live in the URL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pandas as pd
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.ui.ask import ask
from maestro_core.reports import projects as project_reports
from maestro_core.terms import Period

ARRIVED, BAR_OF = "has come from another page", "page of the bar"
CHOSEN = {"period": "chosen period", "projects": "chosen projects"}
PERIODS = {"30 days": 30, "90 days": 90, "6 months": 182, "12 months": 365, "3 years": 1096}


@contextmanager
def bar() -> Iterator[None]:
    """Where the choices of a page stand. What is chosen here stays, in the address too, where another page is opened.

    They belong to the app: what belongs to a page, Streamlit drops from the address where it is left, which makes steps
    of the way back of their own.
    """
    context = get_script_run_ctx()
    if context is None:
        raise RuntimeError("A bar of filters stands on a page.")
    page = context.page_script_hash
    with context.run_with_active_hash(context.pages_manager.main_script_hash):
        st.session_state[ARRIVED] = st.session_state.get(BAR_OF, page) != page
        st.session_state[BAR_OF] = page
        with st.container(horizontal=True, vertical_alignment="bottom"):
            yield


def period(*, default: str = "90 days") -> Period:
    """The last so many whole days, today included: a question with the present second is never found again."""
    told = st.query_params.get("period")
    _say_again("period", told if told in PERIODS else st.session_state.get(CHOSEN["period"]) or default)
    chosen = st.segmented_control(
        "Period", list(PERIODS), default=default, key="period", required=True, bind="query-params", wrap=True
    )
    st.session_state[CHOSEN["period"]] = None if chosen == default else chosen
    end = datetime.now(UTC).date() + timedelta(days=1)
    return Period.days_between(end - timedelta(days=PERIODS[chosen or default]), end)


def _say_again(key: str, held: str | list[str]) -> None:
    """On another page, tell the browser what is chosen: it may forget that while it changes pages."""
    if st.session_state[ARRIVED]:
        st.session_state[key] = held


def reaching(moment: datetime, *, now: datetime | None = None) -> str | None:
    """The shortest period that still holds a moment; None where it is older than all of them.

    >>> noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    >>> reaching(datetime(2026, 4, 9, tzinfo=UTC), now=noon), reaching(datetime(2019, 1, 1, tzinfo=UTC), now=noon)
    ('12 months', None)
    """
    passed = (now or datetime.now(UTC)).date() - moment.astimezone(UTC).date()
    return next((name for name, days in PERIODS.items() if passed.days < days), None)


def hold(key: str, offered: Sequence[str]) -> None:
    """Say again what was chosen, before the widget that offers it: else the address tells of another time.

    What a service, a week or a pipeline is chosen from changes with the period. The browser writes the address where
    somebody chooses; where the choice is gone, or stands no longer where none is told, it follows only if it is told.
    """
    if key not in st.session_state:
        return
    held = st.session_state[key]
    if isinstance(held, list):
        st.session_state[key] = [each for each in held if each in offered]
    else:
        st.session_state[key] = held if held in offered else offered[0]


def projects(*, label: str = "Projects", placeholder: str = "All projects") -> tuple[UUID, ...]:
    """The chosen projects, in the order of their names; none means all."""
    names = project_names()
    told = st.query_params.get_all("projects")
    # A link about one of those that were chosen on the page before names it after all of them.
    told = told[-1:] if len(set(told)) < len(told) else told
    held = told or st.session_state.get(CHOSEN["projects"], [])
    _say_again("projects", [name for name in held if name in names])
    chosen = st.multiselect(label, list(names), key="projects", placeholder=placeholder, bind="query-params")
    st.session_state[CHOSEN["projects"]] = chosen
    return tuple(names[name] for name in chosen) or tuple(names.values())


def forget_projects() -> None:
    """Let none be chosen: those of one portfolio say nothing in another."""
    for key in ("projects", CHOSEN["projects"]):
        if key in st.session_state:
            st.session_state[key] = []


def project(*, label: str = "Project", blank: str | None = None) -> UUID | None:
    """One project; with `blank`, or none under that name."""
    names = project_names()
    options = [blank, *names] if blank else list(names)
    chosen = st.selectbox(label, options, key="project", bind="query-params")
    return names.get(chosen or "")


def project_names() -> dict[str, UUID]:
    """The key of each project by its name."""
    rows = ask(project_reports.projects).projects
    return dict(zip(rows["name"], rows["project_id"], strict=True))


def chosen_key(name: str) -> UUID | None:
    """A key that the URL names, as on the page of one artifact; None where it is absent or malformed."""
    try:
        return UUID(st.query_params.get(name, ""))
    except ValueError:
        return None


def facet(label: str, values: pd.DataFrame, *, key: str) -> tuple[str, ...]:
    """The chosen ones of some values, with how many there are of each; none means all."""
    counts = dict(zip(values["value"].astype(str), values["artifacts"], strict=True))
    chosen = st.multiselect(
        label,
        list(counts),
        key=key,
        format_func=lambda value: f"{value} ({counts.get(value, 0)})",
        placeholder="All",
        bind="query-params",
    )
    return tuple(chosen)
