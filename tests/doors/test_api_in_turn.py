"""A report that a writing route asks takes a while: nobody else waits to write meanwhile."""

from __future__ import annotations

import time
from typing import Any

import pytest

from maestro_core.reports import experiments, team_recommendations, team_sizing
from tests.actions.test_team_recommendations import PERIOD, WAIT, a_slow_team
from tests.builders import a_project
from tests.conftest import House
from tests.doors.serving import served
from tests.doors.test_api_team_sizing import PLAN
from tests.experimented import a_design, teams
from tests.reports.test_team_sizing import learned, past_projects

LONGEST = 5.0
"""Seconds; on SQLite, who waits for a writer gives up after 30."""


class OtherWriter:
    """Somebody who writes each time that a report is asked, and how long that takes them."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self.house, self.monkeypatch, self.waited = house, monkeypatch, list[float]()

    def during(self, module: Any, name: str) -> None:
        """Write while this function of a module runs."""
        real = getattr(module, name)

        def slow(*args: Any, **kwargs: Any) -> Any:
            self._write()
            return real(*args, **kwargs)

        self.monkeypatch.setattr(module, name, slow)

    def _write(self) -> None:
        started = time.perf_counter()
        with self.house.open() as ws:
            a_project(ws, f"written meanwhile {len(self.waited)}")
        self.waited.append(time.perf_counter() - started)

    def never_waits(self) -> bool:
        """Whether they wrote at all, and at once."""
        return bool(self.waited) and max(self.waited) < LONGEST


@pytest.fixture
def other(house: House, monkeypatch: pytest.MonkeyPatch) -> OtherWriter:
    return OtherWriter(house, monkeypatch)


def test_nobody_waits_while_a_recommendation_is_looked_at_to_be_dismissed(house: House, other: OtherWriter) -> None:
    with house.open() as ws:
        project_id = a_slow_team(ws)
    other.during(team_recommendations, "parts")
    days = {"first": str(PERIOD.start.date()), "last": str(PERIOD.end.date())}
    with served(house.portfolio) as client:
        address = f"/api/v1/teams/{project_id}/recommendations/{WAIT}/dismissal"
        answer = client.post(address, params=days, json={"why": "we know"})
    assert answer.status_code == 204, answer.text
    assert other.never_waits()


@pytest.mark.parametrize(
    ("path", "body"),
    [("/start", None), ("/projects", "late"), ("", {"hypothesis": "it helps"})],
    ids=["start", "enrol", "change"],
)
def test_nobody_waits_while_an_experiment_is_told_that_was_just_changed(
    house: House, other: OtherWriter, path: str, body: Any
) -> None:
    with house.open() as ws:
        experiment_id = a_design(ws, teams(ws, 4))
        late = a_project(ws, "late")
    other.during(experiments, "project_facts")
    sent = {"project_ids": [str(late)]} if body == "late" else body
    with served(house.portfolio) as client:
        method = "POST" if path else "PATCH"
        answer = client.request(method, f"/api/v1/experiments/{experiment_id}{path}", json=sent)
    assert answer.status_code == 200, answer.text
    assert other.never_waits()


def test_nobody_waits_while_is_computed_what_a_scenario_leads_to_expect(house: House, other: OtherWriter) -> None:
    with house.open() as ws:
        past_projects(ws)
        learned(ws)
    other.during(team_sizing, "what_if")
    with served(house.portfolio) as client:
        kept = client.post("/api/v1/scenarios", json={"name": "small", "plan": PLAN})
        assert kept.status_code == 201, kept.text
        sent = {"plan": PLAN | {"team_size": 5}, "version": kept.json()["version"]}
        changed = client.put(f"/api/v1/scenarios/{kept.json()['scenario_id']}", json=sent)
    assert changed.status_code == 200, changed.text
    assert set(changed.json()["expected"]) == {"success", "duration", "cost"}
    assert other.never_waits()
