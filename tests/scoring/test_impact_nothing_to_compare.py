"""Where there is nothing to compare impact says so, however many projects: never a number made of rounding."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from maestro_core.errors import NotEnoughData
from maestro_core.scoring import impact
from maestro_core.scoring.impact import Impact, artifact_impact
from maestro_core.scoring.impact_outcomes import on_scale
from maestro_core.terms import Target

TODAY = date(2026, 1, 1)
SD = 10.0
DAY = pd.Timedelta(days=1)


def a_portfolio(projects: int = 40, *, seed: int = 1) -> pd.DataFrame:
    """Finished projects whose outcomes are luck."""
    chance = np.random.default_rng(seed)
    finished = pd.Timestamp(TODAY, tz="UTC") - pd.to_timedelta(chance.integers(1, 700, projects), unit="D")
    return pd.DataFrame(
        {
            "project_id": range(projects),
            "success": 60 + SD * chance.normal(size=projects),
            "cost": 1000 * np.exp(0.3 * chance.normal(size=projects)),
            "complexity": chance.uniform(1, 9, projects),
            "team_size": chance.integers(2, 9, projects),
            "experience": chance.uniform(1, 9, projects),
            "domain": chance.choice(["retail", "health", "music"], projects),
            "started_at": finished - 100 * DAY,
            "finished_at": finished,
        }
    )


def some(projects: pd.DataFrame, *, seed: int = 2, share: float = 0.4) -> pd.Series[int]:
    """The projects that used something, by chance."""
    chance = np.random.default_rng(seed)
    return projects.loc[chance.random(len(projects)) < share, "project_id"]


def used(by: dict[str, pd.Series[int]], kinds: str = "library") -> pd.DataFrame:
    rows = [pd.DataFrame({"project_id": who, "artifact_id": name, "kind": kinds}) for name, who in by.items()]
    return pd.concat(rows, ignore_index=True)


def found(projects: pd.DataFrame, uses: pd.DataFrame) -> Impact:
    return artifact_impact(projects, uses, as_of=TODAY)


def one_artifact(projects: pd.DataFrame) -> pd.DataFrame:
    return used({"a": some(projects)})


def the_same_for_all(projects: pd.DataFrame) -> pd.DataFrame:
    return used({"a": projects["project_id"], "b": projects["project_id"], "c": projects["project_id"]})


def one_by_all_and_one_by_some(projects: pd.DataFrame) -> pd.DataFrame:
    return used({"a": projects["project_id"], "b": some(projects)})


def two_always_together(projects: pd.DataFrame) -> pd.DataFrame:
    return used({"a": some(projects), "b": some(projects)})


def two_kinds_always_together(projects: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([used({"a": some(projects)}), used({"b": some(projects)}, kinds="model")])


NOTHING = [
    one_artifact,
    the_same_for_all,
    one_by_all_and_one_by_some,
    two_always_together,
    two_kinds_always_together,
]


@pytest.mark.parametrize("uses", NOTHING)
@pytest.mark.parametrize("projects", [40, 1600])
def test_uses_that_follow_from_how_many_there_are_compare_nothing(
    uses: Callable[[pd.DataFrame], pd.DataFrame], projects: int
) -> None:
    """1,600 take the other solver."""
    portfolio = a_portfolio(projects)
    with pytest.raises(NotEnoughData, match="nothing to compare") as told:
        found(portfolio, uses(portfolio))
    assert "one artifact" in told.value.message
    assert told.value.advice


@pytest.mark.parametrize("most_exact", [1500, 30])
def test_of_an_artifact_that_all_used_nothing_is_known_beside_others(
    monkeypatch: pytest.MonkeyPatch, most_exact: int
) -> None:
    monkeypatch.setattr(impact, "MOST_EXACT", most_exact)
    projects = a_portfolio(80)
    others = {name: some(projects, seed=seed) for seed, name in enumerate("bcdefgh")}
    answer = found(projects, used({"a": projects["project_id"]} | others))
    known = answer.artifacts.set_index("artifact_id")
    assert known.loc["a", "effect"] == pytest.approx(0, abs=1e-9)
    assert known.loc["a", "score"] == pytest.approx(50, abs=1e-6)
    assert known.loc["a", "reliability"] == pytest.approx(0, abs=1e-9)
    assert known.loc["a", "error"] >= answer.fit.tau
    assert known["error"].idxmax() == "a"
    assert known["reliability"].between(0, 1).all()


@pytest.mark.parametrize("most_exact", [1500, 30])
def test_of_two_always_used_together_neither_is_told_from_the_other(
    monkeypatch: pytest.MonkeyPatch, most_exact: int
) -> None:
    monkeypatch.setattr(impact, "MOST_EXACT", most_exact)
    projects = a_portfolio(80)
    together = {"a": some(projects, seed=9), "b": some(projects, seed=9)}
    others = {name: some(projects, seed=seed) for seed, name in enumerate("cdefgh")}
    known = found(projects, used(together | others)).artifacts.set_index("artifact_id")
    assert known.loc["a", "effect"] == pytest.approx(known.loc["b", "effect"], abs=0.01)
    assert known["error"].max() < 3 * SD


@pytest.mark.parametrize(("artifacts", "most"), [(2, 20.0), (3, 11.0), (4, 8.5)])
def test_few_artifacts_of_no_effect_are_not_told_further_apart_than_outcomes_are(artifacts: int, most: float) -> None:
    taus, halves = [], []
    for seed in range(6):
        projects = a_portfolio(seed=seed)
        uses = used({str(one): some(projects, seed=100 * seed + one, share=0.5) for one in range(artifacts)})
        answer = found(projects, uses)
        taus.append(answer.fit.tau)
        halves.append((answer.artifacts["high"] - answer.artifacts["low"]).mean() / 2)
    assert np.median(taus) < 1.5 * SD
    assert np.median(halves) < most


@pytest.mark.parametrize("most_exact", [1500, 30])
@pytest.mark.parametrize("equal", [80.0, 0.0, 1e6])
def test_equal_outcomes_compare_nothing(monkeypatch: pytest.MonkeyPatch, most_exact: int, equal: float) -> None:
    monkeypatch.setattr(impact, "MOST_EXACT", most_exact)
    projects = a_portfolio()
    uses = used({name: some(projects, seed=seed) for seed, name in enumerate("abc")})
    with pytest.raises(NotEnoughData, match="all outcomes are alike"):
        found(projects.assign(success=equal), uses)


def test_outcomes_that_follow_from_complexity_compare_nothing() -> None:
    projects = a_portfolio()
    uses = used({name: some(projects, seed=seed) for seed, name in enumerate("abc")})
    with pytest.raises(NotEnoughData, match="follow from what is adjusted for"):
        found(projects.assign(success=90 - 3 * projects["complexity"]), uses)


def test_outcomes_that_differ_by_little_are_compared() -> None:
    projects = a_portfolio()
    uses = used({name: some(projects, seed=seed) for seed, name in enumerate("abc")})
    nearly = projects.assign(success=80 + (projects["success"] - 60) * 1e-4)
    scores = [found(one, uses).artifacts.set_index("artifact_id")["score"].sort_index() for one in (projects, nearly)]
    pd.testing.assert_series_equal(*scores, atol=1e-3)


def test_equal_costs_compare_nothing() -> None:
    projects = a_portfolio().assign(cost=1234.5)
    uses = used({name: some(projects, seed=seed) for seed, name in enumerate("abc")})
    with pytest.raises(NotEnoughData, match="all outcomes are alike"):
        artifact_impact(projects.assign(scaled=on_scale(projects, Target.COST)), uses, as_of=TODAY, outcome="scaled")
