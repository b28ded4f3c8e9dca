"""What an experiment shows: the effect of treatment over control with its interval, three ways.

Frequentist: Welch's t with Satterthwaite's degrees of freedom; relative effects by the delta method. Bayesian: the
effect is normal around its estimate, under a normal or a flat prior. Sequential: the asymptotic confidence sequence of
Waudby-Smith et al. 2023, which may be looked at every day. Held to the published test vectors of GrowthBook.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from maestro_core.errors import NotEnoughData

ALPHA = 0.05
SRM_ALPHA = 0.001
FEWEST = 2
NO_SPREAD = "The outcomes do not differ at all: there is no spread to compare with."


@dataclass(frozen=True)
class Sample:
    """One variant in numbers: how many units, their mean and their variance (with n − 1)."""

    n: int
    mean: float
    variance: float

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> Sample:
        """From the outcomes of the units; raises `NotEnoughData` for fewer than two."""
        if len(values) < FEWEST:
            raise NotEnoughData(f"A variant needs {FEWEST} units with an outcome.")
        return cls(len(values), float(np.mean(values)), float(np.var(values, ddof=1)))

    @classmethod
    def of_sums(cls, n: int, total: float, squares: float) -> Sample:
        """From the sum of the outcomes and the sum of their squares."""
        return cls(n, total / n, (squares - total**2 / n) / (n - 1))

    @classmethod
    def of_share(cls, hits: int, n: int) -> Sample:
        """From hits among n units.

        >>> Sample.of_share(1, 4).variance
        0.1875
        """
        share = hits / n
        return cls(n, share, share * (1 - share))


@dataclass(frozen=True)
class Effect:
    """Treatment over control: the estimate, its interval, and the p-value where there is one."""

    value: float
    low: float
    high: float
    p_value: float | None = None


@dataclass(frozen=True)
class Belief:
    """What to believe of an effect: estimate, interval, that treatment is better, and what each choice may cost."""

    value: float
    low: float
    high: float
    better: float
    loss_of_control: float
    """Expected loss of staying with control: the mean of the effect where it is above zero, else 0."""
    loss_of_treatment: float


@dataclass(frozen=True)
class Prior:
    """A normal belief about the effect before the experiment."""

    mean: float = 0.0
    variance: float = math.inf


FLAT = Prior()


def frequentist(control: Sample, treatment: Sample, *, relative: bool = False, alpha: float = ALPHA) -> Effect:
    """Welch's t-test of the difference, or of the difference as a share of the control's mean.

    >>> effect = frequentist(Sample.of_share(14, 28), Sample.of_share(16, 30), relative=True)
    >>> round(effect.value, 5), round(effect.low, 5), round(effect.high, 5)
    (0.06667, -0.47767, 0.61101)
    """
    value, variance = _estimate(control, treatment, relative=relative)
    degrees = freedom(control, treatment)
    half = float(stats.t.ppf(1 - alpha / 2, degrees)) * math.sqrt(variance)
    p_value = 2 * stats.t.sf(abs(value) / math.sqrt(variance), degrees)
    return Effect(value, value - half, value + half, float(p_value))


def sequential(
    control: Sample, treatment: Sample, *, planned: int, relative: bool = False, alpha: float = ALPHA
) -> Effect:
    """The interval that holds at every look at once, tightest when `planned` units are in.

    Half width √(2 (nρ² + 1) ln(√(nρ² + 1) / α) / (nρ)²) · √(n · variance), ρ² = (−2 ln α + ln(−2 ln α + 1)) / planned
    (Waudby-Smith et al. 2023, theorem 2.2 and appendix B.2).
    """
    value, variance = _estimate(control, treatment, relative=relative)
    n = control.n + treatment.n
    rho = math.sqrt((-2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)) / planned)
    grown = n * rho**2 + 1
    half = math.sqrt(n * variance) * math.sqrt(2 * grown * math.log(math.sqrt(grown) / alpha)) / (n * rho)
    return Effect(value, value - half, value + half)


def bayesian(
    control: Sample, treatment: Sample, *, relative: bool = False, prior: Prior = FLAT, alpha: float = ALPHA
) -> Belief:
    """The normal posterior of the effect: P(better), and the expected loss of each choice.

    >>> belief = bayesian(Sample.of_share(49, 100), Sample.of_share(51, 100), relative=True)
    >>> round(belief.better, 5), round(belief.loss_of_control, 5), round(belief.loss_of_treatment, 5)
    (0.60918, 0.0814, 0.04058)
    """
    value, variance = _estimate(control, treatment, relative=relative)
    if math.isfinite(prior.variance):
        precision = 1 / variance + 1 / prior.variance
        value, variance = (value / variance + prior.mean / prior.variance) / precision, 1 / precision
    spread = math.sqrt(variance)
    half = float(stats.norm.ppf(1 - alpha / 2)) * spread
    gain = value * stats.norm.cdf(value / spread) + spread * stats.norm.pdf(value / spread)
    return Belief(
        value, value - half, value + half, float(stats.norm.cdf(value / spread)), float(gain), float(gain - value)
    )


def adjusted(
    outcomes: NDArray[np.float64], forecasts: NDArray[np.float64], is_treated: NDArray[np.bool_]
) -> tuple[Sample, Sample]:
    """CUPED: control and treatment with what a forecast made before the start explains taken out.

    y − θ (x − mean x), θ = cov(y, x) / var(x) within the variants (Deng et al. 2013). A forecast that does not vary
    changes nothing.
    """
    arms = [is_treated == treated for treated in (False, True)]
    within_x = np.concatenate([forecasts[arm] - forecasts[arm].mean() for arm in arms])
    within_y = np.concatenate([outcomes[arm] - outcomes[arm].mean() for arm in arms])
    spread = float(within_x @ within_x)
    theta = float(within_x @ within_y) / spread if spread > 0 else 0.0
    rest = outcomes - theta * (forecasts - forecasts.mean())
    control, treatment = (Sample.of(rest[arm]) for arm in arms)
    return control, treatment


def sample_ratio_p_value(counts: list[int], weights: list[float]) -> float:
    """How likely so uneven variants are by chance (χ²): below .001 the assignment is broken, and so is the result.

    >>> round(sample_ratio_p_value([44_000, 45_000], [1, 1]), 4)
    0.0008
    """
    expected = np.array(weights) / sum(weights) * sum(counts)
    return float(stats.chisquare(counts, expected).pvalue)


def _estimate(control: Sample, treatment: Sample, *, relative: bool) -> tuple[float, float]:
    """The effect and its variance."""
    difference = treatment.mean - control.mean
    of_control, of_treatment = control.variance / control.n, treatment.variance / treatment.n
    if of_control + of_treatment <= 0:
        raise NotEnoughData(NO_SPREAD)
    if not relative:
        return difference, of_control + of_treatment
    if control.mean == 0:
        raise NotEnoughData("The mean of the control is 0: an effect cannot be told as a share of it.")
    variance = of_treatment / control.mean**2 + of_control * treatment.mean**2 / control.mean**4
    return difference / abs(control.mean), variance


def freedom(control: Sample, treatment: Sample) -> float:
    """Satterthwaite's degrees of freedom of a difference of means.

    >>> round(freedom(Sample(10, 0.0, 1.0), Sample(10, 0.0, 1.0)))
    18
    """
    parts = [sample.variance / sample.n for sample in (control, treatment)]
    return sum(parts) ** 2 / sum(
        part**2 / (sample.n - 1) for part, sample in zip(parts, (control, treatment), strict=True)
    )
