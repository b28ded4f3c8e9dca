"""Is our EASE the published one? What it finds on MovieLens-100K, against the figures of a public repository.

Run: python benchmarks/recommendations_movielens.py --data FILE

FILE is the split of MovieLens-100K that github.com/Faisalse/IntentAwareRS evaluates on: its pickle, of which only
numbers and containers are read, or the .npz that this script writes with --save. The data may not be passed on, so
that it is not here: without FILE the script says so and exits with 0.
"""

from __future__ import annotations

import argparse
import pickle
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from maestro_core.scoring.co_use import KEPT_OF_EASE, ease, strongest
from maestro_core.scoring.impact_model import Array
from maestro_core.scoring.ranking import TOP, hits_of, ndcg_at_ten, recall_at_ten

PENALTY = 210.926
PUBLISHED = {"NDCG@10": 0.31308, "recall@10": 0.18513, "precision@10": 0.25122}
TOLERANCE = 0.0005
WHERE = "No data: it may not be passed on. Get the split of MovieLens-100K from github.com/Faisalse/IntentAwareRS."


@dataclass(frozen=True)
class Split:
    """Which items each user has in training and in test, as pairs of numbers."""

    train: csr_matrix
    test: csr_matrix


class NumbersOnly(pickle.Unpickler):
    """Reads containers of numbers; anything that names a function or a class is refused but NumPy's plain arrays."""

    def find_class(self, module: str, name: str) -> Any:
        if name in {"_reconstruct", "scalar"} and module.startswith(("numpy.core.", "numpy._core.")):
            return getattr(np._core.multiarray, name)
        if module == "numpy" and name in {"ndarray", "dtype"}:
            return getattr(np, name)
        raise pickle.UnpicklingError(f"{module}.{name} is no number")


def read(path: Path) -> Split:
    """The split from the repository's pickle, or from what `save` wrote."""
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as kept:
            shape = tuple(kept["shape"])
            return Split(*(_matrix(kept[name], shape) for name in ("train", "test")))
    with path.open("rb") as file:
        told = NumbersOnly(file).load()
    shape = int(told["user_size"]), int(told["item_size"])
    return Split(*(_matrix(_pairs(told[name]), shape) for name in ("train_user_list", "test_user_list")))


def save(split: Split, path: Path) -> None:
    """The same as plain arrays."""
    pairs = {name: np.stack(getattr(split, name).nonzero()) for name in ("train", "test")}
    np.savez_compressed(path, shape=np.array(split.train.shape), **pairs)


def measured(split: Split, weights: Array | csr_matrix) -> dict[str, float]:
    """The means over the users with test items; what they have in training is not recommended."""
    scores = split.train @ weights
    scores = np.asarray(scores.toarray() if hasattr(scores, "toarray") else scores)
    scores[split.train.nonzero()] = -np.inf
    tested = np.flatnonzero(np.diff(split.test.indptr))
    rows = [_of_user(scores[user], split.test[user].indices) for user in tested]
    return dict(zip(PUBLISHED, np.mean(rows, axis=0).tolist(), strict=True))


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--data", type=Path)
    options.add_argument("--save", type=Path)
    chosen = options.parse_args()
    if chosen.data is None or not chosen.data.is_file():
        print(WHERE)
        return 0
    split = read(chosen.data)
    if chosen.save:
        save(split, chosen.save)
    begun = time.perf_counter()
    weights = ease(split.train, penalty=PENALTY)
    print(f"EASE, λ = {PENALTY}, {split.train.shape[0]} users × {split.train.shape[1]} items,", end=" ")
    print(f"{int(split.train.sum())} uses: weights in {time.perf_counter() - begun:.2f} s")
    ours = measured(split, weights)
    kept = measured(split, strongest(csr_matrix(weights), keep=KEPT_OF_EASE))
    reached = []
    for name, published in PUBLISHED.items():
        reached.append(abs(ours[name] - published) <= TOLERANCE)
        print(
            f"{'reached' if reached[-1] else 'MISSED'}: {name} {ours[name]:.5f}, published {published:.5f} "
            f"(ratio {ours[name] / published:.4f}); {KEPT_OF_EASE} weights an item {kept[name]:.5f}"
        )
    return 0 if all(reached) else 1


def _pairs(lists: Any) -> np.ndarray[Any, Any]:
    named = lists.items() if isinstance(lists, Mapping) else enumerate(lists)
    return np.array([(user, item) for user, items in named for item in set(items)], dtype=np.int64).T


def _matrix(pairs: np.ndarray[Any, Any], shape: tuple[int, ...]) -> csr_matrix:
    return csr_matrix((np.ones(pairs.shape[1]), (pairs[0], pairs[1])), shape=shape)


def _of_user(scores: Array, hidden: np.ndarray[Any, Any]) -> tuple[float, float, float]:
    mask = np.zeros(len(scores), dtype=bool)
    mask[hidden] = True
    hits, number = hits_of(scores, mask), len(hidden)
    return float(ndcg_at_ten(hits, hidden=number)), float(recall_at_ten(hits, hidden=number)), hits.sum() / TOP


if __name__ == "__main__":
    sys.exit(main())
