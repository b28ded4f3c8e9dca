"""EASE held to a published result on data that may not be passed on: it runs where somebody has put them."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from benchmarks.recommendations_movielens import PENALTY, PUBLISHED, TOLERANCE, WHERE, NumbersOnly, measured, read, save
from maestro_core.scoring.co_use import ease

VARIABLE = "MOVIELENS_SPLIT"


def test_ease_finds_what_the_published_one_finds() -> None:
    path = Path(os.environ.get(VARIABLE, ""))
    if not path.is_file():
        pytest.skip(f"{WHERE} Then name the file in {VARIABLE}.")
    split = read(path)
    found = measured(split, ease(split.train, penalty=PENALTY))
    assert found == pytest.approx(PUBLISHED, abs=TOLERANCE)


def test_a_pickle_is_read_as_numbers_and_kept_as_arrays(tmp_path: Path) -> None:
    told = {"user_size": 3, "item_size": 4, "train_user_list": {0: {1, 2}, 1: [2, 2]}, "test_user_list": {0: {3}}}
    path = tmp_path / "split.pickle"
    path.write_bytes(pickle.dumps(told))
    split = read(path)
    save(split, tmp_path / "split.npz")
    for each in (split, read(tmp_path / "split.npz")):
        assert each.train.toarray().tolist() == [[0, 1, 1, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
        assert each.test.nonzero()[1].tolist() == [3]


def test_a_pickle_that_would_run_code_is_refused(tmp_path: Path) -> None:
    class Hostile:
        def __reduce__(self) -> object:
            return os.system, ("true",)

    path = tmp_path / "split.pickle"
    path.write_bytes(pickle.dumps(Hostile()))
    with path.open("rb") as file, pytest.raises(pickle.UnpicklingError, match="no number"):
        NumbersOnly(file).load()


def test_what_is_found_is_the_mean_over_users_with_something_hidden(tmp_path: Path) -> None:
    told = {"user_size": 2, "item_size": 3, "train_user_list": [{0}, {0}], "test_user_list": [{1}, set()]}
    path = tmp_path / "split.pickle"
    path.write_bytes(pickle.dumps(told))
    weights = np.array([[0.0, 1.0, 2.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    assert measured(read(path), weights) == pytest.approx(
        {"NDCG@10": 1 / np.log2(3), "recall@10": 1.0, "precision@10": 0.1}
    )
