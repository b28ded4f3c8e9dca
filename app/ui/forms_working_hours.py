"""When the organisation works: first responses are told in these hours."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

import streamlit as st

from app.ui.ask import tell
from app.ui.forms import done, note_on_sample
from app.ui.forms_settings import WEEKDAYS
from maestro_core.actions.working_hours import set_working_hours
from maestro_core.reports.organisation import Organisation
from maestro_core.scoring.working_hours import WorkingHours


def working_hours(known: Organisation) -> None:
    """Days, from, to and time zone; "None" takes them away."""
    usual = WorkingHours((0, 1, 2, 3, 4), 9, 17, known.time_zone)
    with st.form("working-hours"):
        told = _fields(known.working_hours or usual)
        with st.container(horizontal=True):
            saves = st.form_submit_button("Save working hours", type="primary")
            none = st.form_submit_button("None: count the calendar", disabled=known.working_hours is None)
        note_on_sample()
    if saves or none:
        tell(set_working_hours, working_hours=None if none else told)
        done("Saved: first responses count " + ("the hours of the calendar." if none else "working hours only."))


def _fields(shown: WorkingHours) -> dict[str, Any]:
    zones = sorted(available_timezones())
    # Fields of their own for each hours that were saved: else a browser goes on showing the former ones.
    saved = shown.in_words()
    days = st.pills(
        "Days", range(7), selection_mode="multi", default=list(shown.days), format_func=WEEKDAYS.__getitem__,
        key=f"worked-days {saved}",
    )  # fmt: skip
    left, middle, right = st.columns(3)
    opens = left.number_input("From (hour)", min_value=0, max_value=23, value=shown.opens, key=f"worked-from {saved}")
    closes = middle.number_input("To (hour)", min_value=1, max_value=24, value=shown.closes, key=f"worked-to {saved}")
    zone = right.selectbox("Their time zone", zones, index=zones.index(shown.zone), key=f"worked-zone {saved}")
    return {"days": days, "opens": opens, "closes": closes, "zone": zone}
