"""Rank correlations: their bounds, their symmetry, and how often their intervals hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.scoring.correlations import FEWEST, QUESTIONS, correlations, rank_correlation

numbers = st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=FEWEST, max_size=40)


def pairs(of: list[tuple[float, float]]) -> pd.DataFrame:
    return pd.DataFrame(of, columns=["a", "b"])


@given(numbers)
def test_a_correlation_lies_in_its_interval_and_its_interval_within_one(of: list[tuple[float, float]]) -> None:
    found = rank_correlation(pairs(of))
    if found.value is not None and found.low is not None and found.high is not None:
        assert -1 <= found.low <= found.value <= found.high <= 1


@given(numbers)
def test_turning_a_number_around_turns_the_correlation_around(of: list[tuple[float, float]]) -> None:
    plain, turned = rank_correlation(pairs(of)), rank_correlation(pairs([(a, -b) for a, b in of]))
    assert (plain.value is None) == (turned.value is None)
    if plain.value is not None:
        assert turned.value == pytest.approx(-plain.value)


@given(numbers)
def test_the_size_of_a_number_does_not_count_only_its_rank(of: list[tuple[float, float]]) -> None:
    grown = pairs([(np.exp(a / 10), b) for a, b in of])
    assert rank_correlation(grown) == rank_correlation(pairs(of))


def test_nine_of_ten_intervals_hold_the_truth() -> None:
    rho = 0.5
    true = 6 / np.pi * np.arcsin(rho / 2)
    chance, holding = np.random.default_rng(1), 0
    for _ in range(400):
        drawn = chance.multivariate_normal([0, 0], [[1, rho], [rho, 1]], size=40)
        found = rank_correlation(pd.DataFrame(drawn))
        assert found.low is not None
        assert found.high is not None
        holding += found.low <= true <= found.high
    assert 0.86 <= holding / 400 <= 0.94


def test_few_or_equal_numbers_have_no_correlation_but_a_reason() -> None:
    few = rank_correlation(pairs([(n, n) for n in range(FEWEST - 1)]))
    assert (few.value, few.sample) == (None, FEWEST - 1)
    assert "needs 10" in (few.reason or "")
    alike = rank_correlation(pairs([(n, 3) for n in range(20)]))
    assert "the same in all" in (alike.reason or "")


def test_a_project_that_tells_only_one_number_does_not_count() -> None:
    known = pairs([(n, n % 4) for n in range(12)])
    more = pd.concat([known, pd.DataFrame({"a": [1.0, np.nan], "b": [np.nan, np.inf]})])
    assert rank_correlation(more) == rank_correlation(known)


def test_each_question_is_asked_of_its_own_numbers() -> None:
    names = {name for one in QUESTIONS for name in (one.cause, one.result)}
    facts = pd.DataFrame({name: np.arange(20.0) for name in names}).assign(deployment_days=-np.arange(20.0))
    found = correlations(facts)
    assert found["commit_frequency_and_deployment_time"].value == -1
    assert found["collaboration_and_success"].value == 1
