"""What an experiment shows of one metric: each treatment against the control, in every way that is asked for.

What is counted are units: whole teams where teams were assigned, each with the mean of its projects. Which p-value
counts is a rule, not a choice: exact with up to twelve units, else that of the effect adjusted by forecasts where
there are any, else that of the score test for shares and Welch's for means.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats import proportion

from maestro_core.errors import NotEnoughData
from maestro_core.scoring.effects import (
    ALPHA,
    Belief,
    Effect,
    Prior,
    Sample,
    adjusted,
    bayesian,
    freedom,
    frequentist,
    sequential,
)
from maestro_core.scoring.trials import MOST_EXACT
from maestro_core.terms import Better

FEWEST_FORECASTS = 0.5
"""From this share of units on, a forecast helps; who has none gets the mean of the others."""
EXPLAINED = 1e-12
"""With less than this share of the spread left, forecasts explain all of few units: that is luck, and no scale."""
PRIOR_EFFECT = 0.5
"""Before the data an effect is expected within half a standard deviation, with 68 %."""
EXACT, ADJUSTED, SHARES, WELCH = "exact permutation", "Welch, adjusted by forecasts", "score test of shares", "Welch"


@dataclass(frozen=True)
class Arm:
    """The units of one variant that have an outcome: their number, mean and standard deviation."""

    units: int
    mean: float | None
    deviation: float | None


@dataclass(frozen=True)
class Comparison:
    """A treatment against the control. What could not be computed is None, and `reason` says why."""

    variant: str
    control: Arm
    treatment: Arm
    absolute: Effect | None = None
    """The effect in the unit of the metric: Welch's interval, Newcombe's for shares."""
    relative: Effect | None = None
    """As a share of the control's mean."""
    adjusted: Effect | None = None
    """With what forecasts from before the assignment explain taken out (CUPED)."""
    forecasts: int = 0
    """Units with such a forecast."""
    narrower: float | None = None
    """By which share the adjustment narrows the interval."""
    exact_p_value: float | None = None
    belief: Belief | None = None
    """Of the adjusted effect where there is one."""
    looked: Effect | None = None
    """The interval that holds however often one looks."""
    looked_relative: Effect | None = None
    p_value: float | None = None
    """The one that counts, by the rule above."""
    corrected_p_value: float | None = None
    method: str = ""
    reason: str | None = None


def units_of(rows: pd.DataFrame, *, by_team: bool) -> pd.DataFrame:
    """One row for each unit with an outcome: unit, variant, stratum, value, forecast, assigned_at, ended_at.

    rows: project_id, team, variant, stratum, value, forecast, ended_at; a team counts once, with the means of its
    projects that have ended, from the moment its first one has.
    """
    named = rows.assign(unit=rows["team"] if by_team else rows["project_id"].astype(str))
    told = (
        named[named["value"].notna()]
        .groupby("unit", sort=True)
        .agg(
            variant=("variant", "first"),
            stratum=("stratum", "first"),
            value=("value", "mean"),
            forecast=("forecast", "mean"),
            ended_at=("ended_at", "min"),
        )
    )
    return told.reset_index()


def compare(
    units: pd.DataFrame,
    *,
    control: str,
    treatment: str,
    planned: int,
    better: Better = Better.HIGHER,
    is_share: bool = False,
    alpha: float = ALPHA,
) -> Comparison:
    """One treatment against the control, from the rows of `units_of`."""
    two = units[units["variant"].isin([control, treatment])].reset_index(drop=True)
    is_treated = (two["variant"] == treatment).to_numpy()
    values = two["value"].to_numpy(float)
    told = Comparison(treatment, _arm(values[~is_treated]), _arm(values[is_treated]))
    exact = exact_p_value(values, is_treated, list(two["stratum"]))
    try:
        samples = Sample.of(values[~is_treated]), Sample.of(values[is_treated])
        told = _compared(told, samples, planned=planned, better=better, alpha=alpha)
    except NotEnoughData as missing:
        if not (is_share and _is_split(told)):
            method = EXACT if exact else ""
            return replace(told, exact_p_value=exact, p_value=exact, method=method, reason=missing.message)
    if is_share:
        told = replace(told, absolute=shares(values[~is_treated], values[is_treated], alpha=alpha))
    told = _with_forecasts(told, two, is_treated, better=better, alpha=alpha)
    return _with_the_p_value_that_counts(replace(told, exact_p_value=exact), is_share=is_share)


def look(control: Sample, treatment: Sample, *, planned: int, relative: bool = False, alpha: float = ALPHA) -> Effect:
    """The always-valid interval, wider while few units are in: its normal quantile is replaced by Student's.

    The sequence of Waudby-Smith et al. holds for many units; at few the spread itself is a guess.
    Source: our own, held to simulated experiments that are looked at after every unit (docs/evidence/experiments.md).
    """
    wide = sequential(control, treatment, planned=planned, relative=relative, alpha=alpha)
    quantile = _quantile(control.n + treatment.n, planned, alpha)
    student = float(stats.t.isf(stats.norm.sf(quantile), freedom(control, treatment)))
    half = (wide.high - wide.value) * student / quantile
    return Effect(wide.value, wide.value - half, wide.value + half)


def adjusted_for_few(
    values: NDArray[np.float64], forecasts: NDArray[np.float64], is_treated: NDArray[np.bool_]
) -> tuple[Sample, Sample]:
    """Control and treatment with what a forecast explains taken out, and the variance that this costs put in.

    The slope is estimated from the same units: as in the analysis of covariance (Fisher 1932) a degree of freedom is
    lost, and the variance grows by the square of how far the forecasts of the variants are apart. Without it, 7 of 100
    experiments with 14 or 20 units and no effect claimed one at 5 %; with many units it vanishes.
    """
    arms = [forecasts[is_treated == treated] for treated in (False, True)]
    within = float(sum(((arm - arm.mean()) ** 2).sum() for arm in arms))
    apart = float(arms[1].mean() - arms[0].mean())
    leverage = apart**2 / within / sum(1 / len(arm) for arm in arms) if within > 0 else 0.0
    grown = (len(values) - 2) / max(len(values) - 3, 1) * (1 + leverage)
    control, treatment = adjusted(values, forecasts, is_treated)
    return replace(control, variance=control.variance * grown), replace(treatment, variance=treatment.variance * grown)


def shares(control: NDArray[np.float64], treatment: NDArray[np.float64], *, alpha: float = ALPHA) -> Effect:
    """The difference of two shares, with Newcombe's interval (1998) and the score test; 0 and 1 in, hits told.

    >>> effect = shares(np.repeat([1.0, 0.0], [14, 14]), np.repeat([1.0, 0.0], [24, 6]))
    >>> round(effect.value, 3), round(effect.low, 3), round(effect.high, 3), round(effect.p_value, 3)
    (0.3, 0.055, 0.503, 0.016)
    """
    counts = (treatment.sum(), len(treatment), control.sum(), len(control))
    low, high = proportion.confint_proportions_2indep(*counts, method="newcomb", compare="diff", alpha=alpha)
    with np.errstate(divide="ignore"):  # the odds, which it tells too, of none or of all
        tested = proportion.test_proportions_2indep(*counts, method="score", compare="diff", correction=False)
    return Effect(float(treatment.mean() - control.mean()), float(low), float(high), float(tested.pvalue))


def exact_p_value(values: NDArray[np.float64], is_treated: NDArray[np.bool_], strata: list[str]) -> float | None:
    """How often a difference of means as large arises among all assignments that the strata allow.

    None with more than twelve units, or with an empty variant.

    >>> exact_p_value(np.arange(1.0, 7.0), np.repeat([False, True], 3), ["all"] * 6)
    0.1
    """
    if len(values) > MOST_EXACT or not 0 < is_treated.sum() < len(values):
        return None
    treated = int(is_treated.sum())
    drawn = _possible(is_treated, strata) @ values
    differences = np.abs(drawn / treated - (values.sum() - drawn) / (len(values) - treated))
    seen = abs(float(values[is_treated].mean() - values[~is_treated].mean()))
    # Sums in another order differ in the last digit.
    return float(np.mean(differences >= seen - 1e-12 * np.abs(values).max()))


def looks(units: pd.DataFrame, *, control: str, treatment: str, planned: int, alpha: float = ALPHA) -> pd.DataFrame:
    """The always-valid interval after each unit that ended: ended_at, units, value, low, high; fewest 2 in each arm."""
    two = units[units["variant"].isin([control, treatment])].sort_values("ended_at", kind="stable")
    rows = [_look_after(two.iloc[:count], control, planned, alpha) for count in range(4, len(two) + 1)]
    return pd.DataFrame([row for row in rows if row], columns=["ended_at", "units", "value", "low", "high"])


def _look_after(units: pd.DataFrame, control: str, planned: int, alpha: float) -> dict[str, object] | None:
    treated = (units["variant"] != control).to_numpy()
    values = units["value"].to_numpy(float)
    try:
        effect = look(Sample.of(values[~treated]), Sample.of(values[treated]), planned=planned, alpha=alpha)
    except NotEnoughData:
        return None
    told = {"ended_at": units["ended_at"].iloc[-1], "units": len(units)}
    return told | {"value": effect.value, "low": effect.low, "high": effect.high}


def _compared(
    told: Comparison, samples: tuple[Sample, Sample], *, planned: int, better: Better, alpha: float
) -> Comparison:
    effect = frequentist(*samples, alpha=alpha)
    has_mean = samples[0].mean != 0
    return replace(
        told,
        absolute=effect,
        relative=frequentist(*samples, relative=True, alpha=alpha) if has_mean else None,
        belief=_belief(samples, better=better, alpha=alpha),
        looked=look(*samples, planned=planned, alpha=alpha),
        looked_relative=look(*samples, planned=planned, relative=True, alpha=alpha) if has_mean else None,
    )


def _belief(samples: tuple[Sample, Sample], *, better: Better, alpha: float) -> Belief:
    """What to believe under a prior of no effect, give or take half a standard deviation; less may be better."""
    pooled = sum((sample.n - 1) * sample.variance for sample in samples) / sum(sample.n - 1 for sample in samples)
    prior = Prior(0.0, PRIOR_EFFECT**2 * pooled)
    if better is not Better.LOWER:
        return bayesian(*samples, prior=prior, alpha=alpha)
    turned = bayesian(*(replace(sample, mean=-sample.mean) for sample in samples), prior=prior, alpha=alpha)
    return replace(turned, value=-turned.value, low=-turned.high, high=-turned.low)


def _with_forecasts(
    told: Comparison, two: pd.DataFrame, is_treated: NDArray[np.bool_], *, better: Better, alpha: float
) -> Comparison:
    """The same, with the adjusted effect and what to believe of it where enough units have a forecast."""
    known = two["forecast"].notna()
    told = replace(told, forecasts=int(known.sum()))
    if known.mean() < FEWEST_FORECASTS or told.absolute is None:
        return told
    filled = two["forecast"].fillna(two["forecast"].mean()).to_numpy(float)
    plain = float(two["value"].var())
    samples = adjusted_for_few(two["value"].to_numpy(float), filled, is_treated)
    if not any(sample.variance > EXPLAINED * plain for sample in samples):
        return told
    effect = frequentist(*samples, alpha=alpha)
    narrower = 1 - (effect.high - effect.low) / (told.absolute.high - told.absolute.low)
    belief = _belief(samples, better=better, alpha=alpha)
    return replace(told, adjusted=effect, narrower=narrower, belief=belief)


def _with_the_p_value_that_counts(told: Comparison, *, is_share: bool) -> Comparison:
    if told.exact_p_value is not None:
        return replace(told, p_value=told.exact_p_value, method=EXACT)
    if told.adjusted:
        return replace(told, p_value=told.adjusted.p_value, method=ADJUSTED)
    plain = told.absolute.p_value if told.absolute else None
    return replace(told, p_value=plain, method=SHARES if is_share else WELCH)


def _is_split(told: Comparison) -> bool:
    """Whether none of one and all of the other are hits: without spread, and the clearest of results."""
    arms = (told.control, told.treatment)
    return min(arm.units for arm in arms) > 1 and {arm.mean for arm in arms} == {0.0, 1.0}


def _arm(values: NDArray[np.float64]) -> Arm:
    if not len(values):
        return Arm(0, None, None)
    return Arm(len(values), float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else None)


def _quantile(n: int, planned: int, alpha: float) -> float:
    """How many standard errors the sequence of `effects.sequential` reaches to each side."""
    rho_squared = (-2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)) / planned
    grown = n * rho_squared + 1
    return math.sqrt(2 * grown * math.log(math.sqrt(grown) / alpha) / (n * rho_squared))


def _possible(is_treated: NDArray[np.bool_], strata: list[str]) -> NDArray[np.float64]:
    """Every assignment with as many treated units in each stratum: a row each, 1 where a unit is treated."""
    chosen = np.array(list(combinations(range(len(is_treated)), int(is_treated.sum()))))
    drawn = np.zeros((len(chosen), len(is_treated)))
    np.put_along_axis(drawn, chosen, 1.0, axis=1)
    places = pd.get_dummies(pd.Series(strata)).to_numpy(float)
    is_allowed = (drawn @ places == is_treated @ places).all(axis=1)
    return np.asarray(drawn[is_allowed], dtype=float)
