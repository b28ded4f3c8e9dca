"""When to trust predictions less: intervals that miss, projects unlike those learned from, errors to one side.

Every rule says nothing until it has enough to go by, and its false alarms are bounded at the sizes of a portfolio: the
tests count them. The population stability index is not used: at these sizes it sees drift where there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from maestro_core.learning.coverage import judged
from maestro_core.learning.intervals import LEVEL
from maestro_core.learning.predictors import PREDICTORS, WORDS, Predictor
from maestro_core.terms import Target, percent, sign

LAST = 10
"""How many of the last outcomes are looked at for hits."""

CHANCE = 0.01
"""How rarely the hits of the last ten may be this few by chance."""

LAST_ERRORS = 20
"""How many of the last outcomes are looked at for errors to one side."""

STANDARD_ERRORS = 2.5

FALSE_DISCOVERIES = 0.05
"""The share of features told to drift that may not."""

LATER, EARLIER = 5, 10
"""As many projects there must be of late, and before, to be compared."""

MOST_LATER = 20
RESAMPLES = 1999

Values = NDArray[np.float64]


class AlarmKind(StrEnum):
    """What is wrong."""

    INTERVALS = "intervals miss"
    DRIFT = "projects have changed"
    BIAS = "errors to one side"


@dataclass(frozen=True)
class Alarm:
    """A reason to trust predictions less: in one sentence, with the numbers it rests on, and what to do.

    `target` is None where it concerns all of them; `feature` is named for a drift only. The sentence is plain text.
    """

    kind: AlarmKind
    target: Target | None
    feature: str | None
    sentence: str
    evidence: tuple[tuple[str, int | float | str], ...]
    try_this: str


def alarms(told: pd.DataFrame, *, projects: pd.DataFrame, level: float = LEVEL) -> list[Alarm]:
    """All that is wrong now; the empty list is good news.

    `told`: predictions with their outcomes, as `live_coverage` takes them. `projects`: the facts of all projects,
    whether ended, running or planned, with started_at and the features.
    """
    rows = judged(told)
    return [
        *(alarm for target in PREDICTORS for alarm in missed_intervals(rows, target=target, level=level)),
        *(alarm for target in PREDICTORS for alarm in one_sided_errors(rows, target=target)),
        *drift(projects),
    ]


def missed_intervals(rows: pd.DataFrame, *, target: Target, level: float = LEVEL) -> Iterator[Alarm]:
    """Fewer of the last ten outcomes inside their interval than the 1 % quantile of Binomial(10, level).

    At 80 % that is fewer than 5, which chance alone brings about once in 157 tens. Nothing below ten outcomes.
    """
    last = rows[rows["target"] == target].tail(LAST)
    hits, fewest = int(last["inside"].sum()), int(stats.binom.ppf(CHANCE, LAST, level))
    if len(last) < LAST or hits >= fewest:
        return
    name = PREDICTORS[target].title
    chance = float(stats.binom.cdf(hits, LAST, level))
    yield Alarm(
        AlarmKind.INTERVALS,
        target,
        None,
        f"{name}: only {hits} of the last {LAST} outcomes came inside their {percent(level)} interval, "
        f"and chance alone rarely leaves fewer than {fewest}.",
        (("inside", hits), ("of", LAST), ("expected", round(LAST * level, 1)), ("chance of so few", chance)),
        "Plan with wider margins than the interval until the next ten outcomes; look for what the missed projects "
        "have in common that no feature tells.",
    )


def one_sided_errors(rows: pd.DataFrame, *, target: Target) -> Iterator[Alarm]:
    """A mean signed error of the last twenty outcomes beyond 2.5 standard errors, on the scale of the model.

    error = outcome − prediction, in points for success and as a logarithm (so a factor) for duration and cost; its
    standard error is their standard deviation / √n. Below some fifty outcomes 2.5 becomes what Student's t asks for the
    same rarity (1.2 %): 2.8 at twenty, 3.1 at ten. Nothing below ten outcomes.
    """
    predictor = PREDICTORS[target]
    errors = _errors(rows[rows["target"] == target], predictor)[-LAST_ERRORS:]
    spread = float(np.std(errors, ddof=1)) if len(errors) >= LAST else 0.0
    # Errors that are all alike to the last digit are no sample: their standard error would be 0.
    if spread <= 1e-12:
        return
    mean, standard_error = float(np.mean(errors)), spread / np.sqrt(len(errors))
    limit = _standard_errors(len(errors))
    if abs(mean) <= limit * standard_error:
        return
    side = "higher" if mean > 0 else "lower"
    yield Alarm(
        AlarmKind.BIAS,
        target,
        None,
        f"{predictor.title}: the last {len(errors)} outcomes were {side} than predicted: "
        f"{predictor.scale.effect(mean).removeprefix(sign(mean))} on average, "
        f"{abs(mean) / standard_error:.1f} standard errors.",
        (("outcomes", len(errors)), ("mean error", mean), ("standard error", standard_error), ("limit", limit)),
        f"Expect {side} values than predicted for now; ask what is new since the older projects, such as prices, "
        "how success is counted, or how outcomes are recorded.",
    )


def drift(projects: pd.DataFrame) -> list[Alarm]:
    """Features whose values in the projects started last differ from those before.

    The last third by start, at most twenty, against all before; whether they have ended does not matter, since those
    that run at a moment are the long ones. Numbers by the two-sample Kolmogorov–Smirnov test, words by χ² against
    1,999 seeded tables of the same margins; p-values over all features adjusted after Benjamini and Hochberg (1995),
    alarm below 5 %. Nothing below 5 projects of late and 10 before them, of which a feature is known.
    """
    earlier, later = _cohorts(projects)
    if len(later) < LATER or len(earlier) < EARLIER:
        return []
    found = [(feature, _difference(earlier[feature], later[feature])) for feature in earlier]
    tested = [(str(feature), p) for feature, p in found if p is not None]
    adjusted = stats.false_discovery_control([p for _, p in tested]) if tested else []
    return [
        _drifted(feature, earlier[feature], later[feature], float(chance))
        for (feature, _), chance in zip(tested, adjusted, strict=True)
        if chance < FALSE_DISCOVERIES
    ]


def _errors(rows: pd.DataFrame, predictor: Predictor) -> Values:
    """Outcome − prediction on the model's scale, oldest end first; where there is no logarithm, no error."""
    outcome, value = rows["outcome"].to_numpy(np.float64), rows["value"].to_numpy(np.float64)
    usable = predictor.scale.usable(outcome) & predictor.scale.usable(value)
    return np.asarray(predictor.scale.forth(outcome[usable]) - predictor.scale.forth(value[usable]))


def _standard_errors(n: int) -> float:
    """As many standard errors of n as are as rare as 2.5 of very many.

    >>> [round(_standard_errors(n), 2) for n in (10, 20, 1000)]
    [3.11, 2.76, 2.5]
    """
    return float(stats.t.isf(stats.norm.sf(STANDARD_ERRORS), n - 1))


def _cohorts(projects: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The features of the projects before, and of those started last; one without a start is still to come."""
    features = next(iter(PREDICTORS.values())).inputs(projects.sort_values("started_at", na_position="last"))
    late = min(MOST_LATER, len(features) // 3)
    return features.iloc[: len(features) - late], features.iloc[len(features) - late :]


def _difference(earlier: pd.Series[Any], later: pd.Series[Any]) -> float | None:
    """The p-value of no difference; None where there is too little to compare."""
    if earlier.name in WORDS:
        return _words_differ(earlier, later)
    before, since = earlier.dropna(), later.dropna()
    if len(since) < LATER or len(before) < EARLIER:
        return None
    return float(stats.ks_2samp(before, since).pvalue)


def _words_differ(earlier: pd.Series[Any], later: pd.Series[Any]) -> float | None:
    when = np.repeat([0, 1], [len(earlier), len(later)])
    table = pd.crosstab(when, pd.concat([earlier, later]).to_numpy()).to_numpy()
    if table.shape[1] < 2:
        return None
    chance = stats.MonteCarloMethod(n_resamples=RESAMPLES, rng=0)
    return float(stats.chi2_contingency(table, correction=False, method=chance).pvalue)


def _drifted(feature: str, earlier: pd.Series[Any], later: pd.Series[Any], chance: float) -> Alarm:
    name = feature.replace("_", " ")
    before, since = (_typical(values) for values in (earlier, later))
    return Alarm(
        AlarmKind.DRIFT,
        None,
        feature,
        f"The {len(later)} projects started last differ in {name} from the {len(earlier)} before.",
        (("typical before", before), ("typical of late", since), ("adjusted p-value", chance)),
        f"Look at similar past projects before you rely on a prediction: few of them had such a {name}. "
        "It passes as projects of the new sort end.",
    )


def _typical(values: pd.Series[Any]) -> float | str:
    """The median, or the most common word."""
    return str(values.mode().iloc[0]) if values.dtype == object else float(values.median())
