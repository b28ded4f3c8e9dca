"""How good a predictor is, out of sample and against guessing; never a number without its naive rival."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maestro_core.scoring.catalogue import measure
from maestro_core.terms import Better

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Skill:
    """What cross-validation says of a predictor; errors are in the unit of its target."""

    n: int
    mean_absolute_error: float
    median_error: float
    guessing_error: float
    standardised_accuracy: float | None
    better_than_median: bool
    inside: int
    level: float

    @property
    def coverage(self) -> float:
        """See `interval_coverage`."""
        return self.inside / self.n


def skill(*, actual: Values, predicted: Values, medians: Values, inside: NDArray[np.bool_], level: float) -> Skill:
    """Judge held-out predictions; `medians` are the medians of each project's training folds, the naive rival."""
    error, median_error = mean_absolute_error(predicted, actual), mean_absolute_error(medians, actual)
    return Skill(
        n=len(actual),
        mean_absolute_error=error,
        median_error=median_error,
        guessing_error=guessing_error(actual),
        standardised_accuracy=standardised_accuracy(error, actual),
        better_than_median=error < median_error,
        inside=int(np.sum(inside)),
        level=level,
    )


@measure("Typical error", unit="unit of the target", better=Better.LOWER, source="mean absolute error")
def mean_absolute_error(predicted: Values, actual: Values) -> float:
    """How far predictions of held-out past projects were off, on average: the mean of |predicted − actual|.

    In points, days or the organisation's currency. Its naive rival is the same error of always answering the median of
    the other projects.

    >>> mean_absolute_error(np.array([50.0, 70.0]), np.array([60.0, 65.0]))
    7.5
    """
    return float(np.mean(np.abs(predicted - actual)))


@measure("Skill", unit="of 1", better=Better.HIGHER, source="Shepperd and MacDonell 2012, standardised accuracy")
def standardised_accuracy(mean_absolute_error: float, actual: Values) -> float | None:
    """1 − error / error of guessing, both on held-out past projects: 1 is perfect, 0 a guess, below 0 worse than one.

    Guessing answers with another past project at random; its exact error (Langdon et al. 2016) takes the place of 1,000
    random guesses. None when all values are alike (or fewer than two): guessing is then perfect too.

    >>> standardised_accuracy(1.0, np.array([1.0, 2.0, 4.0, 9.0]))
    0.7692307692307692
    """
    guessing = guessing_error(actual)
    return 1 - mean_absolute_error / guessing if guessing > 0 else None


@measure("Inside the interval", unit="share", better=Better.NEITHER, source="Barber et al. 2021, coverage of CV+")
def interval_coverage(inside: NDArray[np.bool_]) -> float | None:
    """Past projects that ended inside the 80 % interval told for them / past projects; it should be about 80 %.

    Far below, intervals promise too much; far above, they are wider than they need to be. None without a project.

    >>> interval_coverage(np.array([True, True, True, False]))
    0.75
    """
    return float(np.mean(inside)) if len(inside) else None


def guessing_error(actual: Values) -> float:
    """The mean absolute error of answering with another past project at random: the mean of |aᵢ − aⱼ| over all i ≠ j.

    Sorted, the sum over pairs is Σ (2i − n + 1)·a₍ᵢ₎, so that no pair is ever formed. 0 for fewer than two values.

    >>> guessing_error(np.array([1.0, 2.0, 4.0, 9.0]))
    4.333333333333333
    """
    n = len(actual)
    if n < 2:
        return 0.0
    # Counted from the smallest, values that are all alike leave exactly 0, whatever their rounding.
    above = np.sort(actual) - np.min(actual)
    return float(2 * np.sum((2 * np.arange(n) - n + 1) * above) / (n * (n - 1)))
