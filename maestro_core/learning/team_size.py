"""How large a team should be: success, duration and cost against team size, and the sizes the past supports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maestro_core.errors import InvalidInput
from maestro_core.learning.covariates import Covariates, learn_covariates, numbers
from maestro_core.learning.effort import Effort, learn_effort, learn_price, price_design
from maestro_core.learning.gaussian import Belief, learn
from maestro_core.learning.response_surface import design, learn_surface, seed_rule
from maestro_core.learning.sample_size import require
from maestro_core.terms import Target

MINIMUM = 15
"""Below this many known outcomes the curves would be the seed rule alone."""

SIZES = range(1, 16)
DRAWS = 500
TAIL = 1.2815515655446004
"""Standard deviations on either side of an 80 % band."""

Values = NDArray[np.float64]


@dataclass(frozen=True)
class TeamSizeModel:
    """All that was learnt, as numbers that go to JSON and back; effort and price are None when too few are known."""

    covariates: Covariates
    propensity: Belief
    surface: Belief
    effort: Effort | None
    price: Belief | None
    observed: tuple[float, float]
    known: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """Plain lists and numbers, to be stored with a training run."""
        return {
            "covariates": self.covariates.to_json(),
            "propensity": self.propensity.to_json(),
            "surface": self.surface.to_json(),
            "effort": self.effort and self.effort.to_json(),
            "price": self.price and self.price.to_json(),
            "observed": list(self.observed),
            "known": self.known,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """The model that `to_json` told of: its curves are the same."""
        smallest, largest = stored["observed"]
        return cls(
            covariates=Covariates.from_json(stored["covariates"]),
            propensity=Belief.from_json(stored["propensity"]),
            surface=Belief.from_json(stored["surface"]),
            effort=stored["effort"] and Effort.from_json(stored["effort"]),
            price=stored["price"] and Belief.from_json(stored["price"]),
            observed=(smallest, largest),
            known=dict(stored["known"]),
        )


def fit(past: pd.DataFrame) -> TeamSizeModel:
    """Learn from past projects; raises NotEnoughData below 15 with a known success, saying how many more are needed.

    Projects without a complexity or a team size say nothing about team size and are left out. Duration is learnt from
    15 known durations on, cost from 15 projects with both known; with fewer there is no such curve.
    """
    usable = _usable(past)
    success = numbers(usable["success"])
    rated = np.isfinite(success)
    require(int(rated.sum()), minimum=MINIMUM, what="Sizing a team")
    covariates = learn_covariates(usable)
    x, log_size = covariates.columns(usable), np.log(numbers(usable["team_size"]))
    propensity = _learn_propensity(x, log_size)
    X = _surface_design(propensity, log_size=log_size, complexity=numbers(usable["complexity"]), x=x)
    effort, price, known = _learn_effort(usable, x, log_size)
    sizes = numbers(usable["team_size"])
    return TeamSizeModel(
        covariates=covariates,
        propensity=propensity,
        surface=learn_surface(X[rated], success[rated]),
        effort=effort,
        price=price,
        observed=(float(sizes.min()), float(sizes.max())),
        known={Target.SUCCESS.value: int(rated.sum())} | known,
    )


def curves(
    model: TeamSizeModel,
    *,
    complexity: float,
    experience: float | None,
    domain: str | None,
    artifacts: float | None,
    sizes: Iterable[int] = SIZES,
    seed: int = 0,
) -> pd.DataFrame:
    """What to expect of such a project at each team size: one row per target and size.

    value, low, high: the expected outcome (points, days, currency; the median for days and currency) with the 80 % band
    of what the past leaves open about it; single projects scatter more. supported: |ln T − ê| ≤ 2σ + 0.25, where ê is
    what such projects usually get, and within the sizes observed; the rest is extrapolation. behind, contrast: how far
    a size falls behind the best supported one (points, or logarithms of days and currency), and the standard deviation
    of that difference. usual, rule: what such projects usually get, and the seed rule. n: known outcomes behind it.
    Duration × team size is effort, and cost follows from effort, draw by draw. A target that could not be learnt has no
    rows. Raises InvalidInput without a size, or with one below a person.
    """
    people = np.array(list(sizes), dtype=np.float64)
    if not len(people) or people.min() < 1:
        raise InvalidInput("A team has at least one person")
    project = pd.DataFrame(
        {"complexity": [complexity], "experience": [experience], "domain": [domain], "artifacts": [artifacts]}
    )
    x = model.covariates.columns(project)
    supported, usual = _supported(model, people, x)
    answers = _answers(model, people, x=x, complexity=complexity, supported=supported, seed=seed)
    return pd.concat([_curve(people, supported, target, answer) for target, answer in answers.items()]).assign(
        usual=usual, rule=float(seed_rule(np.array([complexity]))[0]), n=lambda f: f["target"].map(model.known)
    )


@dataclass(frozen=True)
class Recommendation:
    """The size to choose, the sizes the past cannot tell from it, and why, in words; no size when none is supported."""

    size: int | None
    sizes: tuple[int, ...]
    reasons: tuple[str, ...]


def recommend(curves: pd.DataFrame, *, goal: Target = Target.SUCCESS) -> Recommendation:
    """The best supported size for a goal, and all supported sizes within one standard deviation of the contrast to it.

    Success is to be high, duration and cost low. A size that the past does not support is never recommended.
    """
    asked = curves[curves["target"] == goal]
    supported = asked[asked["supported"]]
    if supported.empty:
        return Recommendation(None, (), (_no_size(asked, goal),))
    close = supported[supported["behind"] <= supported["contrast"]]
    best = supported.iloc[int(supported["behind"].argmin())]
    sizes = tuple(int(size) for size in close["team_size"])
    reasons = [_best(best, goal), _close(sizes, best), _expected(best), *_unsupported(asked)]
    return Recommendation(int(best["team_size"]), sizes, tuple(reasons))


def _usable(past: pd.DataFrame) -> pd.DataFrame:
    complexity, people = numbers(past["complexity"]), numbers(past["team_size"])
    return past[np.isfinite(complexity) & np.isfinite(people) & (people > 0)].reset_index(drop=True)


def _learn_propensity(x: Values, log_size: Values) -> Belief:
    X = _with_one(x)
    mean = np.concatenate([[log_size.mean()], np.zeros(x.shape[1])])
    return learn(X, log_size, mean=mean, spreads=[np.ones(X.shape[1])])


def _learn_effort(
    past: pd.DataFrame, x: Values, log_size: Values
) -> tuple[Effort | None, Belief | None, dict[str, int]]:
    duration, cost = numbers(past["duration"]), numbers(past["cost"])
    timed = np.isfinite(duration) & (duration > 0)
    paid = timed & np.isfinite(cost) & (cost > 0)
    known = {Target.DURATION.value: int(timed.sum()), Target.COST.value: int(paid.sum())}
    if timed.sum() < MINIMUM:
        return None, None, known
    effort = learn_effort(log_size=log_size[timed], covariates=x[timed], duration=duration[timed])
    if paid.sum() < MINIMUM:
        return effort, None, known
    log_effort, complexity = np.log(duration[paid]) + log_size[paid], numbers(past["complexity"])[paid]
    return effort, learn_price(log_effort=log_effort, complexity=complexity, cost=cost[paid]), known


def _surface_design(propensity: Belief, *, log_size: Values, complexity: Values, x: Values) -> Values:
    usual = _with_one(x) @ propensity.mean
    return design(log_size=log_size, complexity=complexity, covariates=x, usual=usual)


def _with_one(x: Values) -> Values:
    return np.column_stack([np.ones(len(x)), x])


def _supported(model: TeamSizeModel, people: Values, x: Values) -> tuple[NDArray[np.bool_], float]:
    """Which sizes the past supports, and what such projects usually get."""
    usual = float((_with_one(x) @ model.propensity.mean)[0])
    near = np.abs(np.log(people) - usual) <= 2 * model.propensity.noise + 0.25
    smallest, largest = model.observed
    return near & (people >= smallest) & (people <= largest), float(np.exp(usual))


@dataclass(frozen=True)
class _Answer:
    value: Values
    low: Values
    high: Values
    behind: Values
    contrast: Values


def _answers(
    model: TeamSizeModel, people: Values, *, x: Values, complexity: float, supported: NDArray[np.bool_], seed: int
) -> dict[Target, _Answer]:
    log_size, hardness = np.log(people), np.full(len(people), complexity)
    rows = np.repeat(x, len(people), axis=0)
    X = _surface_design(model.propensity, log_size=log_size, complexity=hardness, x=rows)
    answers = {Target.SUCCESS: _success(*model.surface.at(X), supported)}
    if model.effort is None:
        return answers
    chance = np.random.default_rng(seed)
    log_effort = model.effort.draws(log_size, rows, count=DRAWS, chance=chance)
    answers[Target.DURATION] = _from_draws(log_effort - log_size, supported)
    if model.price is not None:
        answers[Target.COST] = _from_draws(_log_cost(model.price, log_effort, complexity, chance), supported)
    return answers


def _success(mean: Values, covariance: Values, supported: NDArray[np.bool_]) -> _Answer:
    variance = np.maximum(np.diag(covariance), 0.0)
    best = int(np.argmax(np.where(supported | ~supported.any(), mean, -np.inf)))
    contrast = np.sqrt(np.maximum(variance + variance[best] - 2 * covariance[best], 0.0))
    band = TAIL * np.sqrt(variance)
    value, low, high = (np.clip(points, 0.0, 100.0) for points in (mean, mean - band, mean + band))
    return _Answer(value, low, high, mean[best] - mean, contrast)


def _log_cost(price: Belief, log_effort: Values, complexity: float, chance: np.random.Generator) -> Values:
    hardness = np.full(log_effort.size, complexity)
    columns = price_design(log_effort.ravel(), hardness).reshape(*log_effort.shape, -1)
    return np.asarray(np.einsum("dkp,dp->dk", columns, price.draws(len(log_effort), chance)))


def _from_draws(draws: Values, supported: NDArray[np.bool_]) -> _Answer:
    mean = draws.mean(axis=0)
    best = int(np.argmin(np.where(supported | ~supported.any(), mean, np.inf)))
    low, value, high = np.exp(np.quantile(draws, [0.1, 0.5, 0.9], axis=0))
    return _Answer(value, low, high, mean - mean[best], (draws - draws[:, [best]]).std(axis=0))


def _curve(people: Values, supported: NDArray[np.bool_], target: Target, answer: _Answer) -> pd.DataFrame:
    return pd.DataFrame(
        {"team_size": people.astype(int), "target": target.value, **vars(answer), "supported": supported}
    )


_PROMISE = {
    Target.SUCCESS: "{size} promises the most success: {value:.0f} points ({low:.0f} to {high:.0f}).",
    Target.DURATION: "{size} promises the shortest time: {value:.0f} days ({low:.0f} to {high:.0f}).",
    Target.COST: "{size} promises the least cost: {value:,.0f} ({low:,.0f} to {high:,.0f}).",
}


def _best(best: pd.Series[Any], goal: Target) -> str:
    promise = _PROMISE[goal].format(
        size=_people(best["team_size"]), value=best["value"], low=best["low"], high=best["high"]
    )
    return f"Of the sizes that past projects support, a team of {promise}"


def _close(sizes: tuple[int, ...], best: pd.Series[Any]) -> str:
    if len(sizes) == 1:
        return f"{best['n']} past outcomes tell it apart from every other supported size."
    return f"{best['n']} past outcomes cannot tell the sizes {', '.join(map(str, sizes))} apart."


def _expected(best: pd.Series[Any]) -> str:
    return f"Projects like this usually had {best['usual']:.1f} people; the rule of thumb says {best['rule']:.1f}."


def _unsupported(asked: pd.DataFrame) -> list[str]:
    sizes = asked.loc[~asked["supported"], "team_size"].astype(str).tolist()
    return [f"No comparable past project had {', '.join(sizes)} people: not recommended."] if sizes else []


def _no_size(asked: pd.DataFrame, goal: Target) -> str:
    if asked.empty:
        return f"Too few past projects with a known {goal} to recommend a size."
    return "No comparable past project had any of these sizes."


def _people(size: float) -> str:
    return f"{int(size)} {'person' if size == 1 else 'people'}"
