"""Success, duration and cost of plans, each as many draws of what the past leaves open: all answers come from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maestro_core.errors import InvalidInput
from maestro_core.learning.effort import price_design
from maestro_core.learning.response_surface import seed_rule
from maestro_core.learning.team_size_model import TeamSizeModel
from maestro_core.learning.team_size_plan import Plan, as_rows
from maestro_core.terms import Target, percent

SIZES = range(1, 16)
DRAWS = 500
BAND = (0.1, 0.9)
"""The ends of an 80 % band."""
LEVEL = percent(BAND[1] - BAND[0])

Values = NDArray[np.float64]
Draws = dict[Target, Values]
"""For each target, one row per draw and one column per plan: success in points, duration and cost as logarithms."""


@dataclass(frozen=True)
class Expected:
    """What to expect of one plan at each team size. A target that could not be learnt has no draws.

    supported: |ln T − ê| ≤ 2σ + 0.25, where ê is what such projects usually get and σ how far from it they were, and
    within the sizes observed; the rest is extrapolation. usual: e^ê in people. rule: the seed rule. known: how many
    outcomes are behind a target; typical: the median days and cost of past projects.
    """

    plan: Plan
    people: Values
    supported: NDArray[np.bool_]
    usual: float
    rule: float
    draws: Draws
    known: dict[str, int]
    typical: dict[str, float]


def expect(model: TeamSizeModel, plan: Plan, *, sizes: Iterable[int] = SIZES, seed: int = 0) -> Expected:
    """What to expect of the plan at each of these sizes; its own size does not matter.

    Raises InvalidInput without a size, or with one below a person.
    """
    people = list(sizes)
    if not people or min(people) < 1:
        raise InvalidInput("A team has at least one person")
    rows = as_rows([replace(plan, team_size=size) for size in people])
    return Expected(
        plan=plan,
        people=np.array(people, dtype=np.float64),
        supported=supported(model, rows),
        usual=float(np.exp(model.usual(model.covariates.columns(rows))[0])),
        rule=float(seed_rule(np.array([plan.complexity]))[0]),
        draws=draw(model, rows, seed=seed),
        known=model.known,
        typical=model.typical,
    )


def supported(model: TeamSizeModel, rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Which plans have a team size that the past supports for such projects."""
    people = rows["team_size"].to_numpy()
    near = np.abs(np.log(people) - model.usual(model.covariates.columns(rows))) <= 2 * model.propensity.noise + 0.25
    smallest, largest = model.observed
    return np.asarray(near & (people >= smallest) & (people <= largest))


def draw(model: TeamSizeModel, rows: pd.DataFrame, *, seed: int = 0, count: int = DRAWS) -> Draws:
    """Joint draws of the expected outcomes of plans, as `as_rows` makes them; single projects scatter more.

    The same seed draws the same worlds, whatever the plans: what differs between two plans in a draw is their own
    difference. Duration × team size is effort, and cost follows from effort, draw by draw.
    """
    x, chance = model.covariates.columns(rows), np.random.default_rng(seed)
    surface = model.surface.draws(count, chance)
    found = {Target.SUCCESS: np.asarray(surface @ model.surface_design(rows, x).T)}
    if model.effort is None:
        return found
    log_size = np.log(rows["team_size"].to_numpy())
    log_effort = model.effort.draws(log_size, x, count=count, chance=chance)
    found[Target.DURATION] = log_effort - log_size
    if model.price is not None:
        prices = model.price.draws(count, chance)
        found[Target.COST] = _log_cost(prices, log_effort, rows["complexity"].to_numpy())
    return found


def told(target: Target, draws: Values) -> Values:
    """Draws as people read them: points from 0 to 100, days, currency."""
    return np.clip(draws, 0.0, 100.0) if target is Target.SUCCESS else np.exp(draws)


def middle(target: Target, draws: Values) -> Values:
    """The expected points; the median days or currency, by the mean of their logarithms, which draws tell smoothly."""
    return told(target, draws.mean(axis=0))


def summary(expected: Expected) -> pd.DataFrame:
    """The curves: one row per target and size.

    value, low, high: the expected outcome (points, days, currency; the median for days and currency) with the 80 % band
    of what the past leaves open about it. behind, contrast: how far a size falls behind the best supported one (points,
    or logarithms of days and currency), and the standard deviation of that difference. n: known outcomes behind it.
    supported, usual and rule as in `Expected`.
    """
    return pd.concat([target_curve(expected, target) for target in expected.draws], ignore_index=True)


def target_curve(expected: Expected, target: Target) -> pd.DataFrame:
    """The rows of `summary` for one target that could be learnt."""
    draws = expected.draws[target]
    low, high = told(target, np.quantile(draws, BAND, axis=0))
    gain = draws if target is Target.SUCCESS else -draws
    rows = curve(expected, target.value, shown=(middle(target, draws), low, high), gain=gain)
    return rows.assign(n=expected.known[target])


def curve(expected: Expected, name: str, *, shown: tuple[Values, Values, Values], gain: Values) -> pd.DataFrame:
    """One curve as rows: value, low and high as shown; how far each size falls behind, by draws of what is gained."""
    best = best_of(gain.mean(axis=0), expected.supported)
    value, low, high = shown
    return pd.DataFrame(
        {
            "team_size": expected.people.astype(int),
            "target": name,
            "value": value,
            "low": low,
            "high": high,
            "behind": gain.mean(axis=0)[best] - gain.mean(axis=0),
            "contrast": (gain - gain[:, [best]]).std(axis=0),
            "supported": expected.supported,
            "usual": expected.usual,
            "rule": expected.rule,
        }
    )


def best_of(gain: Values, possible: NDArray[np.bool_]) -> int:
    """The place of the best supported size; of any size where none is supported."""
    return int(np.argmax(np.where(possible | ~possible.any(), gain, -np.inf)))


def _log_cost(prices: Values, log_effort: Values, complexity: Values) -> Values:
    columns = price_design(log_effort.ravel(), np.tile(complexity, len(log_effort)))
    return np.asarray(np.einsum("dkp,dp->dk", columns.reshape(*log_effort.shape, -1), prices))
