"""What past projects say about team size: learnt once, kept as plain numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maestro_core.errors import NotEnoughData
from maestro_core.learning.covariates import Covariates, learn_covariates, numbers
from maestro_core.learning.effort import Effort, learn_effort, learn_price
from maestro_core.learning.gaussian import Belief, learn
from maestro_core.learning.response_surface import design, learn_surface
from maestro_core.learning.sample_size import require
from maestro_core.learning.team_size_hidden import HiddenFactor, learn_hidden
from maestro_core.learning.team_size_seen import Seen, learn_seen
from maestro_core.terms import Target

MINIMUM = 15
"""Below this many known outcomes the curves would be the seed rule alone."""

FORM = 3
"""Which numbers a stored model has; one of another form is learnt anew, not read."""

Values = NDArray[np.float64]


@dataclass(frozen=True)
class TeamSizeModel:
    """All that was learnt, as numbers that go to JSON and back; effort and price are None when too few are known.

    propensity: ln of the team size that such projects usually get. observed: the smallest and the largest team. known:
    how many outcomes are behind each curve. typical: the median duration and cost of past projects, where known. seen:
    which inputs past projects had. hidden: for each target, what a factor nobody recorded could do.
    """

    covariates: Covariates
    propensity: Belief
    surface: Belief
    effort: Effort | None
    price: Belief | None
    observed: tuple[float, float]
    known: dict[str, int]
    typical: dict[str, float]
    seen: Seen
    hidden: dict[str, HiddenFactor]

    def usual(self, x: Values) -> Values:
        """The logarithm of the team size that projects with these covariates usually get: ê."""
        return np.asarray(_with_one(x) @ self.propensity.mean)

    def surface_design(self, rows: pd.DataFrame, x: Values) -> Values:
        """The columns of the success surface for rows with a team size, a complexity and these covariates."""
        return _surface_design(self.propensity, rows, x)

    def to_json(self) -> dict[str, Any]:
        """Plain lists and numbers, to be stored with a training run."""
        return {
            "form": FORM,
            "covariates": self.covariates.to_json(),
            "propensity": self.propensity.to_json(),
            "surface": self.surface.to_json(),
            "effort": self.effort and self.effort.to_json(),
            "price": self.price and self.price.to_json(),
            "observed": list(self.observed),
            "known": self.known,
            "typical": self.typical,
            "seen": self.seen.to_json(),
            "hidden": {target: hidden.to_json() for target, hidden in self.hidden.items()},
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """The model that `to_json` told of: its curves are the same. Raises NotEnoughData on one of an older form."""
        if stored.get("form") != FORM:
            raise NotEnoughData(
                "Team sizes were learned by an earlier version of Maestro.", advice="Learn anew from the past projects."
            )
        smallest, largest = stored["observed"]
        return cls(
            covariates=Covariates.from_json(stored["covariates"]),
            propensity=Belief.from_json(stored["propensity"]),
            surface=Belief.from_json(stored["surface"]),
            effort=stored["effort"] and Effort.from_json(stored["effort"]),
            price=stored["price"] and Belief.from_json(stored["price"]),
            observed=(smallest, largest),
            known=dict(stored["known"]),
            typical=dict(stored["typical"]),
            seen=Seen.from_json(stored["seen"]),
            hidden={target: HiddenFactor(**hidden) for target, hidden in stored["hidden"].items()},
        )


def fit(past: pd.DataFrame) -> TeamSizeModel:
    """Learn from past projects; raises NotEnoughData below 15 with a known success, saying how many more are needed.

    Projects without a complexity or a team size say nothing about team size and are left out. Duration is learnt from
    15 known durations on, cost from 15 projects with both known; with fewer there is no such curve.
    """
    usable = _usable(past)
    outcomes = _outcomes(usable)
    known = {target.value: int(np.isfinite(values).sum()) for target, values in outcomes.items()}
    require(known[Target.SUCCESS], minimum=MINIMUM, what="Sizing a team")
    covariates = learn_covariates(usable)
    x, log_size = covariates.columns(usable), np.log(usable["team_size"].to_numpy())
    propensity = _learn_propensity(x, log_size)
    X = _surface_design(propensity, usable, x)
    success = outcomes[Target.SUCCESS]
    rated = np.isfinite(success)
    effort, price = _learn_effort(usable, x, outcomes)
    return TeamSizeModel(
        covariates=covariates,
        propensity=propensity,
        surface=learn_surface(X[rated], success[rated]),
        effort=effort,
        price=price,
        observed=(float(usable["team_size"].min()), float(usable["team_size"].max())),
        known=known,
        typical=_typical(outcomes),
        seen=learn_seen(usable),
        hidden={
            target.value: learn_hidden(usable, x, values)
            for target, values in outcomes.items()
            if known[target] >= MINIMUM
        },
    )


def _usable(past: pd.DataFrame) -> pd.DataFrame:
    complexity, people = numbers(past["complexity"]), numbers(past["team_size"])
    kept = past.assign(complexity=complexity, team_size=people)
    return kept[np.isfinite(complexity) & np.isfinite(people) & (people > 0)].reset_index(drop=True)


def _outcomes(past: pd.DataFrame) -> dict[Target, Values]:
    """Success in points, ln days, and ln cost where the days are known too; NaN elsewhere."""
    days = _logarithm(numbers(past["duration"]))
    cost = np.where(np.isfinite(days), _logarithm(numbers(past["cost"])), np.nan)
    return {Target.SUCCESS: numbers(past["success"]), Target.DURATION: days, Target.COST: cost}


def _logarithm(values: Values) -> Values:
    return np.log(values, out=np.full(len(values), np.nan), where=np.isfinite(values) & (values > 0))


def _typical(outcomes: dict[Target, Values]) -> dict[str, float]:
    return {
        target.value: float(np.exp(np.nanmedian(outcomes[target])))
        for target in (Target.DURATION, Target.COST)
        if np.isfinite(outcomes[target]).any()
    }


def _learn_propensity(x: Values, log_size: Values) -> Belief:
    X = _with_one(x)
    mean = np.concatenate([[log_size.mean()], np.zeros(x.shape[1])])
    return learn(X, log_size, mean=mean, spreads=[np.ones(X.shape[1])])


def _learn_effort(past: pd.DataFrame, x: Values, outcomes: dict[Target, Values]) -> tuple[Effort | None, Belief | None]:
    days, cost = outcomes[Target.DURATION], outcomes[Target.COST]
    timed, paid = np.isfinite(days), np.isfinite(cost)
    log_size = np.log(past["team_size"].to_numpy())
    if timed.sum() < MINIMUM:
        return None, None
    effort = learn_effort(log_size=log_size[timed], covariates=x[timed], log_days=days[timed])
    if paid.sum() < MINIMUM:
        return effort, None
    complexity = past["complexity"].to_numpy()[paid]
    return effort, learn_price(log_effort=(days + log_size)[paid], complexity=complexity, log_cost=cost[paid])


def _surface_design(propensity: Belief, rows: pd.DataFrame, x: Values) -> Values:
    log_size, complexity = np.log(rows["team_size"].to_numpy()), rows["complexity"].to_numpy()
    usual = _with_one(x) @ propensity.mean
    return design(log_size=log_size, complexity=complexity, covariates=x, usual=usual)


def _with_one(x: Values) -> Values:
    return np.column_stack([np.ones(len(x)), x])
