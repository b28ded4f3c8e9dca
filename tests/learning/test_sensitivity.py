"""A hidden factor as strong as complexity: what it could change, in numbers held to the published formulas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.learning import team_size
from maestro_core.learning.sensitivity import sensitivity
from maestro_core.learning.team_size import Plan, Utility
from maestro_core.learning.team_size_hidden import HiddenFactor, learn_hidden
from maestro_core.terms import Target
from tests.learning.past_teams import expected_at, projects

shares = st.floats(0, 0.95)


@pytest.fixture(scope="module")
def model() -> team_size.TeamSizeModel:
    return team_size.fit(projects(120))


def test_the_bias_of_an_omitted_variable_is_exactly_what_leaving_it_out_does() -> None:
    """Cinelli and Hazlett's formula is an identity of least squares: it must come out exactly."""
    chance = np.random.default_rng(0)
    hidden, log_size = chance.normal(size=300), chance.normal(size=300)
    log_size = log_size + 0.8 * hidden
    outcome = 2 * log_size - 3 * hidden + chance.normal(size=300)

    def left(columns: list[np.ndarray], y: np.ndarray) -> tuple[np.ndarray, float]:
        rows = np.column_stack([np.ones(300), *columns])
        found = np.linalg.lstsq(rows, y, rcond=None)[0]
        return found, float(np.sum((y - rows @ found) ** 2))

    short, without = left([log_size], outcome)
    long, with_it = left([log_size, hidden], outcome)
    size_without, size_with = left([], log_size)[1], left([hidden], log_size)[1]
    strength = HiddenFactor(
        size_share=1 - size_with / size_without,
        outcome_share=1 - with_it / without,
        size_scatter=np.sqrt(size_without),
        outcome_scatter=np.sqrt(without),
    )
    assert strength.bias() == pytest.approx(abs(short[1] - long[1]), rel=1e-9)


@given(shares, shares, st.floats(0.1, 2), st.floats(0.1, 30))
def test_the_robustness_value_is_the_published_closed_form(size, outcome, size_scatter, outcome_scatter) -> None:
    """RV = (√(f⁴ + 4f²) − f²) / 2 with f = bias · σ_T / σ_Y: equal shares of that strength give back the bias."""
    strength = HiddenFactor(size, outcome, size_scatter, outcome_scatter)
    f = strength.bias() * size_scatter / outcome_scatter
    robustness = (np.sqrt(f**4 + 4 * f**2) - f**2) / 2
    if robustness < 0.99:
        assert strength.bias(size_share=robustness, outcome_share=robustness) == pytest.approx(
            strength.bias(), abs=1e-6
        )


@given(shares, shares, shares)
def test_a_stronger_factor_does_more(low, more, outcome) -> None:
    weak, strong = sorted((low, more))
    assert HiddenFactor(weak, outcome, 1, 1).bias() <= HiddenFactor(strong, outcome, 1, 1).bias() + 1e-12


def test_complexity_that_draws_nothing_hides_nothing() -> None:
    chance = np.random.default_rng(1)
    past = projects(400).assign(team_size=chance.integers(1, 10, 400), success=chance.normal(50, 10, 400))
    hidden = team_size.fit(past).hidden["success"]
    assert hidden.size_share < 0.05
    assert hidden.outcome_share < 0.05


def test_the_yardstick_is_what_complexity_really_does(model) -> None:
    hidden = model.hidden["success"]
    assert 0.5 < hidden.size_share < 0.9
    assert hidden.size_scatter == pytest.approx(0.4, rel=0.35)
    assert hidden.outcome_scatter == pytest.approx(6, rel=0.25)


def test_a_hidden_factor_moves_the_best_size_both_ways_around_the_advice(model) -> None:
    found = sensitivity(expected_at(model, 6.0), model.hidden)
    assert found.smallest <= found.size <= found.largest
    assert found.smallest < found.largest
    assert 0 < found.robustness < found.size_share
    assert found.bias > 0


def test_nothing_hidden_moves_nothing(model) -> None:
    nothing = {target: HiddenFactor(0.0, 0.0, 0.4, 6.0) for target in Target}
    found = sensitivity(expected_at(model, 6.0), nothing)
    assert (found.smallest, found.largest, found.bias) == (found.size, found.size, 0)


@pytest.mark.parametrize(("size_share", "outcome_share"), [(0.0, 0.2), (0.2, 0.0), (0.004, 0.2)])
def test_complexity_that_explains_nothing_is_no_yardstick_and_does_not_reassure(
    model, size_share, outcome_share
) -> None:
    weak = {target: HiddenFactor(size_share, outcome_share, 0.4, 6.0) for target in Target}
    yardstick, holds = sensitivity(expected_at(model, 6.0), weak).sentences
    assert yardstick.endswith("it is no yardstick here for what nobody recorded.")
    assert "holds as long as what is hidden explains less than" in holds


def test_a_weak_yardstick_that_moves_no_size_says_so(model) -> None:
    weak = {target: HiddenFactor(0.01, 0.01, 0.4, 6.0) for target in Target}
    assert "would stay" in " ".join(sensitivity(expected_at(model, 6.0), weak).sentences)


@pytest.mark.parametrize("utility", [Utility(1), Utility(duration=1), Utility(cost=1), Utility(1, 1, 1)])
def test_every_utility_is_told_of_in_whole_sentences(model, utility) -> None:
    found = sensitivity(expected_at(model, 6.0), model.hidden, utility)
    assert len(found.sentences) == 4
    assert all(sentence.endswith(".") for sentence in found.sentences)


def test_one_supported_size_cannot_be_moved(model) -> None:
    found = sensitivity(expected_at(model, 6.0, sizes=[3]), model.hidden)
    assert found.robustness is None
    assert "however strong" in found.sentences[-1]


def test_without_a_recommendation_the_reason_is_given(model) -> None:
    found = sensitivity(expected_at(model, 1.0, sizes=[15]), model.hidden)
    assert (found.size, found.robustness) == (None, None)
    assert "No comparable" in found.sentences[0]


def test_a_confounder_as_strong_as_complexity_does_no_more_than_was_said() -> None:
    """Teams that were given more people had hidden help: the true best size lies within what is said."""
    within = []
    for seed in range(8):
        chance = np.random.default_rng(100 + seed)
        past, help_ = projects(200, seed=seed), chance.normal(size=200)
        people = np.clip(np.round(past["team_size"] * np.exp(0.3 * help_)), 1, 15)
        far = np.log2(people / past["team_size"]) ** 2
        past = past.assign(team_size=people, success=(past["success"] - 2 * far + 4 * help_).clip(0, 100))
        model = team_size.fit(past)
        found = sensitivity(team_size.expect(model, Plan(7.5, 4, 5.0, "retail", 4.0)), model.hidden)
        within.append(found.smallest <= 4.25 <= found.largest)
    assert np.mean(within) >= 0.75


def test_few_projects_of_one_kind_hide_nothing_rather_than_fail() -> None:
    past = projects(15).assign(team_size=3.0, complexity=5.0)
    hidden = learn_hidden(past, np.zeros((15, 5)), past["success"].to_numpy())
    assert hidden.bias() == 0
