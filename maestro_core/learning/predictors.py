"""Success, duration and cost of a project from what is known before it starts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maestro_core.learning import intervals
from maestro_core.learning.preparation import UNKNOWN, inputs, prepare
from maestro_core.learning.sample_size import require
from maestro_core.learning.scales import LOGARITHM, POINTS, Scale
from maestro_core.learning.skill import Skill, skill
from maestro_core.terms import Target

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

KNOWN_BEFORE_THE_START: Mapping[str, str] = {
    "complexity": "1 to 10, as entered",
    "experience": "mean years of the members who are there at the start, where these are known",
    "team_size": "as stated, else the number of members who are there at the start",
    "artifacts": "distinct artifacts in use or planned by the start, where that is known",
    "domain": "as entered",
    "problem_type": "as entered",
}
"""All that a prediction may know, and how it is known: `reports.facts.facts_at_start` tells it as of the start.

started_at is left out: every new project would lie outside what was seen.
"""

FEATURES = tuple(KNOWN_BEFORE_THE_START)
NUMBERS = ("complexity", "experience")
SKEWED = ("team_size", "artifacts")
WORDS = ("domain", "problem_type")

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Predictor:
    """What to learn: which features foretell which column, on which scale; `build` makes an unfitted pipeline."""

    name: Target
    title: str
    unit: str
    features: tuple[str, ...]
    target: str
    scale: Scale
    build: Callable[[], Pipeline]

    def inputs(self, projects: pd.DataFrame) -> pd.DataFrame:
        """The features alone: nothing that is known only afterwards can pass."""
        return inputs(projects, features=self.features, words=WORDS)

    def known(self, past: pd.DataFrame) -> pd.DataFrame:
        """The past projects whose outcome can be learnt from, in an order that no shuffle of the rows changes."""
        outcomes = np.asarray(pd.to_numeric(past[self.target], errors="coerce"), dtype=np.float64)
        usable = past.assign(**{self.target: outcomes})[self.scale.usable(outcomes)]
        return usable.sort_values("project_id", key=lambda ids: ids.astype(str)).reset_index(drop=True)


def ridge() -> Pipeline:
    """Bayesian ridge regression (MacKay 1992) on standardised features: it shrinks by itself when projects are few."""
    from sklearn.linear_model import BayesianRidge
    from sklearn.pipeline import make_pipeline

    return make_pipeline(prepare(numbers=NUMBERS, skewed=SKEWED, words=WORDS), BayesianRidge())


_on_projects = partial(Predictor, features=FEATURES, build=ridge)

PREDICTORS: Mapping[Target, Predictor] = {
    Target.SUCCESS: _on_projects(Target.SUCCESS, "Success", "points", target="success", scale=POINTS),
    Target.DURATION: _on_projects(Target.DURATION, "Duration", "days", target="duration", scale=LOGARITHM),
    Target.COST: _on_projects(Target.COST, "Cost", "currency", target="cost", scale=LOGARITHM),
}


@dataclass(frozen=True)
class Fitted:
    """A predictor that has learnt, with all that a training run keeps of it; `summary` is plain and JSON-able."""

    predictor: Predictor
    pipeline: Pipeline
    conformal: intervals.Conformal
    past: pd.DataFrame
    skill: Skill
    seen: Mapping[str, list[Any]]
    coefficients: Mapping[str, float]
    data_hash: str
    settings: Mapping[str, Any]

    @property
    def n(self) -> int:
        return len(self.past)

    @property
    def baseline(self) -> float:
        """What the model says of an average past project, on its own scale."""
        return self.coefficients["baseline"]

    @property
    def summary(self) -> dict[str, Any]:
        """What to store with the training run: the same rows and settings give the same numbers again."""
        return {
            "target": str(self.predictor.name),
            "n": self.n,
            "data_hash": self.data_hash,
            "settings": dict(self.settings),
            "metrics": asdict(self.skill) | {"coverage": self.skill.coverage},
            "coefficients": dict(self.coefficients),
            "seen": dict(self.seen),
        }


def fit(predictor: Predictor, past: pd.DataFrame, *, level: float = intervals.LEVEL, seed: int = 0) -> Fitted:
    """Learn from past projects; raises NotEnoughData below ten known outcomes, saying how many more are needed.

    Give finished projects only: the cost so far of a running one is not its cost. Where an outcome is missing, or is a
    duration or cost of 0, which has no logarithm, the project is left out.
    """
    known = predictor.known(past)
    require(len(known), minimum=intervals.projects_needed(level), what=f"Predicting {predictor.name}")
    X, y = predictor.inputs(known), predictor.scale.forth(known[predictor.target].to_numpy())
    pipeline = predictor.build().fit(X, y)
    conformal, held_out = intervals.conformal(predictor.build(), X, y, level=level, seed=seed)
    return Fitted(
        predictor=predictor,
        pipeline=pipeline,
        conformal=conformal,
        past=known,
        skill=_skill(predictor.scale, y, held_out, level=level, seed=seed),
        seen=_seen(X),
        coefficients=_coefficients(pipeline),
        data_hash=_data_hash(X, y),
        settings={
            "level": level,
            "seed": seed,
            "folds": intervals.folds(len(known), seed=seed).get_n_splits(),
            "scale": predictor.scale.name,
            "features": list(predictor.features),
        },
    )


def predict(fitted: Fitted, planned: pd.DataFrame) -> pd.DataFrame:
    """One row per planned project: value, low and high in the target's unit, and what lies outside what was seen.

    `outside` names the features whose value no past project had or surpassed; the empty list is good news. No planned
    project gives an empty frame.
    """
    X = fitted.predictor.inputs(planned)
    if X.empty:
        return pd.DataFrame(columns=["project_id", "value", "low", "high", "outside", "n", "level"])
    value, (low, high) = fitted.pipeline.predict(X), intervals.interval(fitted.conformal, X)
    back = fitted.predictor.scale.back
    # CV+ surrounds the mean of the fold models; the model on all projects may just stick out.
    answer = {"value": back(value), "low": back(np.minimum(low, value)), "high": back(np.maximum(high, value))}
    return pd.DataFrame(
        {"project_id": planned["project_id"].to_numpy(), **answer, "outside": outside(fitted, X)}
    ).assign(n=fitted.n, level=fitted.settings["level"])


def outside(fitted: Fitted, X: pd.DataFrame) -> list[list[str]]:
    """For each row, the features whose value lies outside the past projects' range or words.

    Missing is not outside, and nothing is outside of what no past project tells: there it counts for nothing.
    """
    beyond = pd.DataFrame({name: _is_outside(X[name], fitted.seen[str(name)]) for name in X})
    return [[str(name) for name in beyond.columns[row]] for row in beyond.to_numpy()]


def told(seen: list[Any]) -> list[Any]:
    """The range or words that past projects tell; empty where none does.

    >>> told(["retail", UNKNOWN]), told([UNKNOWN]), told([1.0, 7.0])
    (['retail'], [], [1.0, 7.0])
    """
    return [one for one in seen if one != UNKNOWN]


def _is_outside(values: pd.Series[Any], seen: list[Any]) -> NDArray[np.bool_]:
    if not told(seen):
        return np.zeros(len(values), dtype=bool)
    if values.dtype == object:
        return np.asarray(~values.isin([*seen, UNKNOWN]), dtype=bool)
    return np.asarray((values < seen[0]) | (values > seen[1]), dtype=bool)


def _skill(scale: Scale, y: Values, held_out: Values, *, level: float, seed: int) -> Skill:
    inside = intervals.inside(np.abs(held_out - y), level=level, seed=seed)
    medians = intervals.held_out_medians(y, seed=seed)
    back = scale.back
    return skill(actual=back(y), predicted=back(held_out), medians=back(medians), inside=inside, level=level)


def _seen(X: pd.DataFrame) -> dict[str, list[Any]]:
    return {str(name): _range(X[name]) for name in X}


def _range(values: pd.Series[Any]) -> list[Any]:
    if values.dtype == object:
        return sorted(values.unique())
    known = values.dropna()
    return [float(known.min()), float(known.max())] if len(known) else []


def _coefficients(pipeline: Pipeline) -> dict[str, float]:
    names, ridge = pipeline[:-1].get_feature_names_out(), pipeline[-1]
    return {"baseline": float(ridge.intercept_)} | dict(zip(names, map(float, ridge.coef_), strict=True))


def _data_hash(X: pd.DataFrame, y: Values) -> str:
    return hashlib.sha256(X.assign(target=y).to_csv(index=False, float_format="%.12g").encode()).hexdigest()
