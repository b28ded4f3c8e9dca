"""Choices of simulated projects, drawn without ever holding all pairs of projects and what they choose from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Liking = Callable[[slice], Array]
"""How much each of some rows likes each column, as the logarithm of an odds."""

BLOCK = 1_000_000
"""So many pairs are weighed at once: all pairs of 10,000 projects and as many artifacts take four gigabytes."""


def drawn(liking: Liking, number: Array | Whole, columns: int, chance: np.random.Generator) -> tuple[Whole, Whole]:
    """For each of some rows `number` distinct of so many columns, likelier with exp(liking), as pairs (row, column).

    A column that is not liked at all (-inf) is never drawn, so that a row may get fewer. The draws do not depend on
    how many rows are weighed at once; no rows yield no pairs.

    >>> row, column = drawn(lambda some: np.zeros((2, 3))[some], np.array([3, 0]), 3, np.random.default_rng(1))
    >>> row.tolist(), sorted(column.tolist())
    ([0, 0, 0], [0, 1, 2])
    """
    most = min(int(number.max(initial=1)), columns)
    step = max(1, BLOCK // columns)
    blocks = [slice(first, first + step) for first in range(0, len(number), step)]
    drawn = [_drawn_at_once(liking(some), number[some], most, chance) for some in blocks]
    rows = [found + some.start for (found, _), some in zip(drawn, blocks, strict=True)]
    return np.concatenate(rows), np.concatenate([found for _, found in drawn])


def _drawn_at_once(liking: Array, number: Array | Whole, most: int, chance: np.random.Generator) -> tuple[Whole, Whole]:
    """Gumbel's trick, without a loop."""
    noisy = liking + chance.gumbel(size=liking.shape)
    top = np.argpartition(-noisy, most - 1, axis=1)[:, :most]
    order = np.argsort(-np.take_along_axis(noisy, top, axis=1), axis=1)
    columns = np.take_along_axis(top, order, axis=1)
    possible = np.isfinite(np.take_along_axis(noisy, columns, axis=1))
    rows, places = np.nonzero(possible & (np.arange(most) < number[:, None]))
    return rows, columns[rows, places]
