"""Dialogs about one scenario: keep it, rename it, delete it; and how it is passed on."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import streamlit as st

from app.ui import plans
from app.ui.ask import ask, tell
from app.ui.forms import done, note_on_sample
from app.ui.plans import Start
from app.ui.session import OWN, PARAMETER, SAMPLE, shows_sample
from app.ui.text import plain
from maestro_core.actions.scenarios import (
    change_scenario,
    keep_scenario,
    remove_scenario,
    rename_scenario,
    restore_scenario,
)
from maestro_core.reports import scenarios
from maestro_core.reports.team_sizing import Plan, Utility

PAGE = "team_sizing"


@st.dialog("Keep this scenario", icon=":material/bookmark_add:")
def keep(start: Start, plan: Plan, *, baseline: Plan, utility: Utility) -> None:
    """A name for the inputs; everybody in this portfolio sees it."""
    note_on_sample()
    with st.form("keep-scenario", border=False):
        name = st.text_input(
            "Name", key="scenario-name", max_chars=200, required=True, placeholder="Two more engineers"
        )
        st.caption("Kept with its baseline, with what matters, and with what is expected now.")
        sent = st.form_submit_button("Keep", type="primary")
    if sent:
        told: dict[str, Any] = {"plan": plan, "baseline": baseline, "utility": utility, "project_id": start.project_id}
        st.query_params[plans.SCENARIO] = str(
            tell(keep_scenario, name=name, expected=ask(scenarios.expected, plan=plan), **told)
        )
        done(f"Kept {plain(name)}. Its link is under Share.")


def save(start: Start, plan: Plan, *, baseline: Plan, utility: Utility) -> None:
    """Let the scenario that is open hold what the inputs say."""
    if start.stored is None:
        return
    told: dict[str, Any] = {"plan": plan, "baseline": baseline, "utility": utility}
    known: dict[str, Any] = {"scenario_id": start.stored.scenario_id, "version": plans.version_that_was_read(start)}
    tell(change_scenario, expected=ask(scenarios.expected, plan=plan), **known, **told)
    plans.forget_version()
    done(f"Saved {plain(start.stored.name)}.")


@st.dialog("Rename the scenario", icon=":material/edit:")
def rename(scenario: dict[str, Any]) -> None:
    """Another name; the link stays the same."""
    note_on_sample()
    with st.form("rename-scenario", border=False):
        name = st.text_input("Name", scenario["name"], key="scenario-rename", max_chars=200, required=True)
        sent = st.form_submit_button("Rename", type="primary")
    if sent:
        tell(rename_scenario, scenario_id=scenario["scenario_id"], name=name)
        done(f"Renamed to {plain(name)}. Its link stays the same.")


@st.dialog("Delete this scenario?", icon=":material/delete:")
def delete(scenario: dict[str, Any]) -> None:
    """Take a scenario off the list, after a question."""
    st.markdown(
        f"**{plain(scenario['name'])}** goes from every list, and its link ends. It can be brought back for 30 days."
    )
    note_on_sample()
    if st.button("Delete scenario", type="primary", icon=":material/delete:", key="delete-scenario"):
        tell(remove_scenario, scenario_id=scenario["scenario_id"])
        if st.query_params.get(plans.SCENARIO) == str(scenario["scenario_id"]):
            plans.close_scenario()
        done(f"Deleted {plain(scenario['name'])}. Undo it below the list.")


def bring_back(scenario: dict[str, Any]) -> None:
    """Undo a deletion."""
    tell(restore_scenario, scenario_id=scenario["scenario_id"])
    done(f"{plain(scenario['name'])} is back.")


def share(start: Start, *, changed: bool) -> None:
    """Addresses to copy: of the scenario as it is kept, and of the inputs as they are."""
    with st.popover("Share", icon=":material/link:"):
        if start.stored is not None:
            st.markdown(f"**{plain(start.stored.name)}** as it is kept, also when it changes")
            st.code(permalink(start.stored.scenario_id), language=None, wrap_lines=True)
        if start.stored is None or changed:
            st.markdown("What the inputs say now")
            st.code(address_of_inputs(), language=None, wrap_lines=True)
        st.caption("Whoever opens it needs this portfolio too.")


def permalink(scenario_id: UUID) -> str:
    """The address of a scenario, which stays when it is renamed."""
    return _address({PARAMETER: _portfolio(), plans.SCENARIO: str(scenario_id)})


def address_of_inputs() -> str:
    """The address of this page with all that its inputs say."""
    told = {name: st.query_params.get_all(name) for name in st.query_params}
    return _address(told | {PARAMETER: [_portfolio()]})


def _address(parameters: dict[str, Any]) -> str:
    place = (st.context.url or "").rstrip("/").removesuffix(f"/{PAGE}")
    return f"{place}/{PAGE}?{urlencode(parameters, doseq=True)}"


def _portfolio() -> str:
    return SAMPLE if shows_sample() else OWN
