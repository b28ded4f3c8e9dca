"""Widgets that return domain values and live in the URL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pandas as pd
import streamlit as st

from app.ui.ask import ask
from maestro_core.reports import projects as project_reports
from maestro_core.terms import Period

PERIODS = {"30 days": 30, "90 days": 90, "6 months": 182, "12 months": 365, "3 years": 1096}


def period(*, default: str = "90 days") -> Period:
    """The last so many whole days, today included: a question with the present second is never found again."""
    chosen = st.segmented_control(
        "Period", list(PERIODS), default=default, key="period", required=True, bind="query-params", wrap=True
    )
    end = datetime.now(UTC).date() + timedelta(days=1)
    return Period.days_between(end - timedelta(days=PERIODS[chosen or default]), end)


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
    chosen = st.multiselect(label, list(names), key="projects", placeholder=placeholder, bind="query-params")
    return tuple(names[name] for name in chosen) or tuple(names.values())


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
