"""A link that compares scenarios has their keys, so that it holds when they are renamed; once it had their names."""

from __future__ import annotations

from uuid import UUID

from app.ui.sizing_scenarios import linked
from maestro_core.reports.scenarios import MOST

SMALL, LARGE = UUID(int=1), UUID(int=2)
NAMES = {SMALL: "small", LARGE: "large"}


def test_keys_are_found_in_the_order_of_the_link_whatever_their_scenarios_are_called() -> None:
    assert linked([str(LARGE), str(SMALL)], NAMES) == ([LARGE, SMALL], [])


def test_an_old_link_with_names_still_works() -> None:
    assert linked(["large", str(SMALL)], NAMES) == ([LARGE, SMALL], [])


def test_what_is_no_scenario_here_is_told() -> None:
    assert linked(["renamed", "small", str(UUID(int=9))], NAMES) == ([SMALL], ["renamed", str(UUID(int=9))])


def test_a_scenario_that_is_told_twice_or_too_many_count_once_or_not_at_all() -> None:
    assert linked(["small", str(SMALL), "small"], NAMES) == ([SMALL], [])
    many = {UUID(int=place): f"{place}" for place in range(1, 9)}
    assert len(linked([str(key) for key in many], many)[0]) == MOST
