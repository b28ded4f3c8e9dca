"""How well a ranking finds what was hidden from it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maestro_core.scoring.catalogue import measure
from maestro_core.scoring.impact_model import Array
from maestro_core.terms import Better

TOP = 10
DISCOUNT = 1 / np.log2(np.arange(2, TOP + 2))
TIE = 1e-6
"""Scores that differ by less than this share of their range count as tied."""

HIDDEN = "Järvelin and Kekäläinen 2002, TOIS 20"


@measure("Found early among ten", unit="0 to 1", better=Better.HIGHER, source=HIDDEN)
def ndcg_at_ten(hits: NDArray[np.bool_], *, hidden: int) -> Array:
    """How many of the hidden uses of a project stand among the first ten recommendations, early places counting more.

    NDCG@10 = Σ hit at place i / log₂(i + 1), divided by the same sum for the best order there is. 1 finds all that
    ten places can hold, in front; 0 finds none. The last axis of `hits` is the places, at most ten.

    >>> ndcg_at_ten(np.array([[True, False], [False, True]]), hidden=1).round(3).tolist()
    [1.0, 0.631]
    """
    gained = (hits * DISCOUNT[: hits.shape[-1]]).sum(axis=-1)
    return np.asarray(gained / DISCOUNT[: min(TOP, hidden)].sum(), dtype=float)


@measure("Found among ten", unit="share", better=Better.HIGHER, source="recall@10; our own definition")
def recall_at_ten(hits: NDArray[np.bool_], *, hidden: int) -> Array:
    """The share of the hidden uses of a project that stand among the first ten recommendations.

    >>> recall_at_ten(np.array([True, False]), hidden=4).tolist()
    0.25
    """
    return np.asarray(hits.sum(axis=-1) / hidden, dtype=float)


def without_ties(scores: Array, popularity: Array) -> Array:
    """The same order along the last axis, where what is tied stands in the order of how many use it.

    Otherwise the place in the catalogue would decide: the oldest would win. What is as popular, too, stays tied.

    >>> np.argsort(-without_ties(np.array([1.0, 0.0, 1.0]), np.array([2.0, 9.0, 5.0]))).tolist()
    [2, 0, 1]
    """
    span = np.ptp(scores, axis=-1, keepdims=True)
    share = popularity / max(float(popularity.max(initial=0.0)), 1e-12)
    return np.asarray(scores + TIE * np.where(span > 1e-12, span, 1.0) * share, dtype=float)


def hits_of(scores: Array, hidden: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of the ten highest scores of each row were hidden, the highest first; see `without_ties`."""
    first = np.argpartition(-scores, min(TOP, scores.shape[-1]) - 1, axis=-1)[..., :TOP]
    order = np.argsort(-np.take_along_axis(scores, first, axis=-1), axis=-1, kind="stable")
    return np.asarray(hidden[np.take_along_axis(first, order, axis=-1)])
