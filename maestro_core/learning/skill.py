"""How good a predictor is, out of sample and against guessing; never a number without its naive rival."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
        """The share of past projects that fell inside their own held-out interval, 0 to 1."""
        return self.inside / self.n


def skill(*, actual: Values, predicted: Values, medians: Values, inside: NDArray[np.bool_], level: float) -> Skill:
    """Judge held-out predictions; `medians` are the medians of each project's training folds, the naive rival."""
    error = float(np.mean(np.abs(predicted - actual)))
    median_error = float(np.mean(np.abs(medians - actual)))
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


def standardised_accuracy(mean_absolute_error: float, actual: Values) -> float | None:
    """1 − error / error of guessing: 1 is perfect, 0 is a guess, below 0 is worse than guessing.

    Source: Shepperd and MacDonell (2012), with the exact baseline of Langdon et al. (2016) instead of 1,000 random
    guesses. None when all values are alike (or fewer than two): guessing is then perfect too.

    >>> standardised_accuracy(1.0, np.array([1.0, 2.0, 4.0, 9.0]))
    0.7692307692307692
    """
    guessing = guessing_error(actual)
    return 1 - mean_absolute_error / guessing if guessing > 0 else None


def guessing_error(actual: Values) -> float:
    """The mean absolute error of answering with another past project at random: the mean of |aᵢ − aⱼ| over all i ≠ j.

    Sorted, the sum over pairs is Σ (2i − n + 1)·a₍ᵢ₎, so that no pair is ever formed. 0 for fewer than two values.

    >>> guessing_error(np.array([1.0, 2.0, 4.0, 9.0]))
    4.333333333333333
    """
    n = len(actual)
    if n < 2:
        return 0.0
    return float(2 * np.sum((2 * np.arange(n) - n + 1) * np.sort(actual)) / (n * (n - 1)))
