"""The inputs of Team sizing live in the address, and so does the version of the scenario that they were filled from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from streamlit.testing.v1 import AppTest

from app.ui import filters, plans, sizing_scenarios
from maestro_core.learning.team_size import Utility
from maestro_core.reports.scenarios import StoredScenario
from maestro_core.reports.team_sizing_plan import Plan

KEY = UUID(int=1)
WHEN = datetime(2026, 11, 1, tzinfo=UTC)


class Shelf:
    """One scenario, as the portfolio holds it; what is put there has another version."""

    def __init__(self) -> None:
        self.put(4)

    def put(self, size: int) -> None:
        plan = Plan(5.0, size)
        who: dict[str, Any] = {"created_by": "A", "created_at": WHEN, "changed_by": "A", "changed_at": WHEN}
        self.stored = StoredScenario(
            scenario_id=KEY, version=f"of {size}", name="two", plan=plan, baseline=plan, utility=Utility(success=1.0),
            expected={}, project_id=None, project=None, **who,
        )  # fmt: skip


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """The scenario that every address names is on it."""
    shelf = Shelf()
    monkeypatch.setattr(filters, "project_names", dict)
    monkeypatch.setattr(plans, "_stored", lambda: shelf.stored)
    return shelf


def what_if() -> None:
    """As the page of Team sizing, without what is expected."""
    import streamlit as st

    from app.ui import plans, sizing_scenarios
    from maestro_core.reports.team_sizing_plan import Plan, Range
    from tests.doors.test_sizing_versions import KEY

    if sizing_scenarios.are_asked_for():
        st.button("Open scenario", on_click=sizing_scenarios._open, args=(KEY,))
        st.stop()
    around = dict.fromkeys(("complexity", "team_size", "experience", "artifacts"), (0.0, 10.0))
    seen = Range(**around, domains=(), typical=Plan(3.0, 3), outcomes=20, missing=0, is_learned=True)
    start = plans.start(seen)
    plans.begin(start)
    plans.utility()
    plan = plans.inputs(seen, start, role_box=st.container())
    st.text(f"{plan.team_size} over {plans.version_that_was_read(start)}")


def opened(address: dict[str, Any]) -> AppTest:
    """A browser's tab that goes to an address."""
    tab = AppTest.from_function(what_if, default_timeout=20)
    tab.query_params.update(address)
    return tab.run()


def move(tab: AppTest, size: int) -> None:
    """Move the slider; in a browser it is that which writes to the address."""
    tab.query_params["plan_size"] = str(size)
    tab.slider(key="plan_size").set_value(size).run()


def told(tab: AppTest) -> str:
    """The size that the inputs say, and the version that a Save would replace."""
    assert not tab.exception
    return str(tab.text[0].value)


def test_a_reload_keeps_the_version_that_the_inputs_were_filled_from(shelf: Shelf) -> None:
    tab = opened({plans.SCENARIO: str(KEY)})
    assert told(tab) == "4 over of 4"
    move(tab, 6)
    shelf.put(9)
    assert told(opened(tab.query_params)) == "6 over of 4"


def test_a_scenario_that_is_opened_again_is_read_anew(shelf: Shelf) -> None:
    tab = opened({plans.SCENARIO: str(KEY)})
    move(tab, 6)
    shelf.put(9)
    assert told(tab.run()) == "6 over of 4"
    tab.segmented_control(key=sizing_scenarios.VIEW).set_value(sizing_scenarios.KEPT).run()
    tab.button[0].click().run()
    assert told(tab) == "9 over of 9"


def test_inputs_that_are_filled_anew_go_with_the_version_that_they_are_filled_from(shelf: Shelf) -> None:
    tab = opened({plans.SCENARIO: str(KEY)})
    shelf.put(9)
    for view in (sizing_scenarios.KEPT, sizing_scenarios.WHAT_IF):
        tab.segmented_control(key=sizing_scenarios.VIEW).set_value(view).run()
    size, _, version = told(tab).partition(" over ")
    assert version == f"of {size}"


def test_what_was_saved_from_here_is_what_was_read(shelf: Shelf) -> None:
    tab = opened({plans.SCENARIO: str(KEY)})
    move(tab, 6)
    shelf.put(6)
    assert told(tab.run()) == "6 over of 4"
    del tab.query_params[plans.READ]
    assert told(tab.run()) == "6 over of 6"
