"""What forms share: what was entered, what of it changed, and a word when it is done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NoReturn

import pandas as pd
import streamlit as st

from app.ui.session import shows_sample

DONE = "what was done"
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2199, 12, 31)


def done(message: str) -> NoReturn:
    """Close the dialog, draw the page anew, and say there what was done."""
    will_say(message)
    st.rerun()


def will_say(message: str) -> None:
    """Say what was done on the page that comes next."""
    st.session_state[DONE] = message


def say_what_was_done() -> None:
    """What the last form did, once."""
    message = st.session_state.pop(DONE, None)
    if message:
        st.toast(message, icon=":material/check_circle:")


def learned_within(time: str) -> str:
    """When what was told is learned from; nothing learns from the sample by itself."""
    if shows_sample():
        return "The sample learns from it with “Learn anew” under Predictions."
    return f"Predictions and impact follow within {time}."


def note_on_sample() -> None:
    """In a form that changes the sample portfolio: what becomes of the change."""
    if shows_sample():
        st.caption(":material/science: This changes the sample portfolio, which is made anew every day.")


def changes(told: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that the user changed: what was only shown stays as it is, to the second and the last digit.

    >>> changes({"name": "churn", "complexity": None}, {"name": "churn", "complexity": 3.0})
    {'complexity': None}
    """
    return {name: value for name, value in told.items() if value != shown.get(name)}


def as_date(moment: datetime | None) -> date | None:
    """The day of a moment, as a date field shows it; NaT is no day.

    >>> as_date(datetime(2026, 7, 1, 12)), as_date(None)
    (datetime.date(2026, 7, 1), None)
    """
    return None if moment is None or pd.isna(moment) else moment.date()


def day_field(label: str, shown: date | None, *, key: str, about: str | None = None) -> date | None:
    """A day that may be left empty, as far back as projects go."""
    chosen: date | None = st.date_input(
        label, shown, min_value=FIRST_DAY, max_value=LAST_DAY, key=key, help=about, format="YYYY-MM-DD"
    )
    return chosen


def number_field(
    label: str,
    shown: float | None,
    *,
    key: str,
    within: tuple[float, float],
    step: float = 1.0,
    about: str | None = None,
) -> float | None:
    """A number that may be left empty: what is not known is not 0."""
    value = None if shown is None or pd.isna(shown) else min(max(float(shown), within[0]), within[1])
    return st.number_input(
        label,
        min_value=float(within[0]),
        max_value=float(within[1]),
        value=value,
        step=float(step),
        format="%g",
        key=key,
        help=about,
        placeholder="not known",
    )


def word_field(label: str, shown: str | None, *, known: list[str], key: str, about: str | None = None) -> str | None:
    """One of the words in use, or a new one, or none."""
    options = known if shown is None or shown in known else [shown, *known]
    return st.selectbox(
        label,
        options,
        index=options.index(shown) if shown is not None else None,
        key=key,
        help=about,
        accept_new_options=True,
        placeholder="Choose, or type a new one",
    )


def counted(count: int, what: str) -> str:
    """A number of things.

    >>> counted(1, "repository"), counted(3, "repository"), counted(2, "experiment")
    ('1 repository', '3 repositories', '2 experiments')
    """
    many = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"{count:,} {what if count == 1 else many}"
