"""The sample: only in a tenant of its own, whole, and never twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from sqlalchemy import func, select

from maestro_core.actions import sample
from maestro_core.errors import NotAllowed, NotNow
from maestro_core.models import Commit, DataSource, Person, Project, TrainingRun
from maestro_core.portfolios import Portfolio
from maestro_core.reports import collaboration
from maestro_core.reports.facts import project_facts, usage_facts
from maestro_core.terms import Period, Role
from maestro_core.workspace import Workspace
from tests.actions.sampled_delivery import delivery_agrees_with_itself
from tests.actions.sampled_learning import (
    artifacts_at_the_start_differ,
    forecasts_were_judged,
    scenarios_can_be_compared,
)
from tests.builders import a_project
from tests.conftest import NOW, House

TABLES = (Project, Person, DataSource, Commit)


@pytest.fixture
def sample_house(house: House) -> House:
    with house.open() as ws:
        ws.tenant.is_sample = True
    return house


def counts(ws: Workspace) -> list[int]:
    return [ws.session.scalar(select(func.count(table.id))) or 0 for table in TABLES]


def test_a_sample_is_refused_in_a_real_tenant(house: House) -> None:
    with house.open() as ws:
        a_project(ws, "ours")
    with pytest.raises(NotNow, match="never mixed"), house.open() as ws:
        sample.make_sample(ws, seed=1)
    with house.open(reading=True) as ws:
        assert list(ws.session.scalars(select(Project.name))) == ["ours"]


def test_only_who_may_edit_settings_makes_a_sample(sample_house: House) -> None:
    with pytest.raises(NotAllowed), sample_house.open(role=Role.MANAGER) as ws:
        sample.make_sample(ws, seed=1)


@pytest.mark.slow
def test_making_the_sample_twice_leaves_one_sample_of_three_years_that_ends_today(sample_house: House) -> None:
    seen = []
    for _ in range(2):
        with sample_house.open() as ws:
            sample.make_sample(ws, seed=1)
            facts = project_facts(ws).sort_values("name", ignore_index=True)
            seen.append((counts(ws), len(usage_facts(ws)), facts.drop(columns=["project_id"])))
    assert seen[0][:2] == seen[1][:2]
    pd.testing.assert_frame_equal(seen[0][2], seen[1][2])
    with sample_house.open(reading=True) as ws:
        latest = ws.session.scalar(select(func.max(Commit.committed_at)))
        period = Period(NOW - timedelta(days=90), NOW)
        answer = collaboration.collaboration(ws, projects=tuple(facts["project_id"]), period=period)
        delivery_agrees_with_itself(ws)
    assert latest is not None
    assert timedelta(0) <= NOW - latest < timedelta(days=7)
    assert answer.is_broken_down
    assert answer.score.score.value is not None
    assert 70 <= len(facts) <= 90
    assert facts["started_at"].max() - facts["started_at"].min() > timedelta(days=2 * 365)
    assert (facts["finished_at"].dropna() <= NOW).all()
    assert 0 < facts["outcome"].isna().sum() < len(facts) / 3
    assert facts[["complexity", "team_size", "experience"]].notna().all().all()


@pytest.mark.slow
def test_an_old_sample_is_made_anew_and_learned_from_and_a_fresh_one_is_left(sample_house: House) -> None:
    place = sample_house.portfolio
    with sample_house.open() as ws:
        ws.session.add(Project(name="old", created_at=datetime.now(UTC) - 2 * sample.FRESH))
    assert sample.load_sample_if_old(place)
    with sample_house.open(reading=True) as ws:
        assert "old" not in set(ws.session.scalars(select(Project.name)))
        assert set(ws.session.scalars(select(TrainingRun.question))) == {
            *("impact", "reuse", "correlations", "team_size"),
            *("success", "duration", "cost"),
        }
        forecasts_were_judged(ws)
        artifacts_at_the_start_differ(ws)
        scenarios_can_be_compared(ws)
    assert not sample.load_sample_if_old(place)


def test_where_there_is_no_sample_one_is_made(sample_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Portfolio] = []
    monkeypatch.setattr(sample, "load_sample", lambda place: made.append(place) is None)
    assert sample.load_sample_if_old(sample_house.portfolio)
    assert made == [sample_house.portfolio]
