"""Learning what recommendations are made from, and keeping it as bytes that no code is read from."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from maestro_core.errors import NotEnoughData
from maestro_core.scoring.co_use import co_use_weights
from maestro_core.scoring.recommendation_blend import ASSUMED_EMPTY, ASSUMED_KNOWN, Chosen, choose
from maestro_core.scoring.recommendations import Blend, Keys, Recommender
from maestro_core.scoring.text_similarity import Words, known_words

MATRICES = ("uses", "weights", "artifact_words", "project_words")


@dataclass(frozen=True)
class LearnedRecommendations:
    """What recommendations are made from, and how it was chosen."""

    recommender: Recommender
    chosen: Chosen


def learn(
    artifacts: pd.DataFrame, projects: pd.DataFrame, usage: pd.DataFrame, *, seed: int, chosen: Chosen | None = None
) -> LearnedRecommendations:
    """What recommendations are made from: co-use, texts, effects and how much each counts.

    `artifacts` has artifact_id, text, effect (missing where there is none) and is_offered, `projects` project_id and
    text, `usage` project_id and artifact_id; repeated uses count once. What was `chosen` before is not chosen anew.
    Without artifacts there is nothing to recommend: `NotEnoughData`.
    """
    if artifacts.empty:
        raise NotEnoughData("There is no artifact to recommend yet.", advice="Register artifacts, or connect MLflow.")
    before = _before(artifacts, projects, usage)
    chosen = chosen or choose(before, seed=seed)
    weights = co_use_weights(before.uses, shrink=chosen.shrink)
    return LearnedRecommendations(replace(before, weights=weights, known=chosen.known, empty=chosen.empty), chosen)


def use_matrix(
    usage: pd.DataFrame, *, projects: Sequence[Any] | pd.Series[Any], artifacts: Sequence[Any] | pd.Series[Any]
) -> csr_matrix:
    """Project × artifact: 1 where a project used an artifact, however often; others than these are left out."""
    rows, columns = (
        pd.Index(projects).get_indexer(usage["project_id"]),
        pd.Index(artifacts).get_indexer(usage["artifact_id"]),
    )
    known = (rows >= 0) & (columns >= 0)
    shape = len(projects), len(artifacts)
    uses = csr_matrix((np.ones(int(known.sum())), (rows[known], columns[known])), shape=shape)
    uses.sum_duplicates()
    uses.data[:] = 1.0
    return uses


def to_bytes(known: Recommender) -> bytes:
    """A recommender whose keys are UUIDs as a NumPy archive of plain arrays."""
    arrays: dict[str, Any] = {"idf": known.words.idf, "effects": known.effects, "offered": known.offered}
    arrays["known"], arrays["empty"] = known.known.weights, known.empty.weights
    arrays["vocabulary"] = _as_bytes("\n".join(known.words.vocabulary).encode())
    arrays |= {name: _as_bytes(getattr(known, name).content) for name in ("artifacts", "projects")}
    for name in MATRICES:
        matrix = getattr(known, name)
        arrays |= {f"{name}_data": matrix.data.astype(np.float32), f"{name}_places": matrix.indices.astype(np.int32)}
        arrays |= {f"{name}_starts": matrix.indptr.astype(np.int64), f"{name}_shape": np.array(matrix.shape)}
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def from_bytes(content: bytes) -> Recommender:
    """What `to_bytes` kept. Only plain arrays are read: an archive with anything else is refused."""
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        arrays = dict(archive)
    text = arrays["vocabulary"].tobytes().decode()
    return Recommender(
        artifacts=Keys(arrays["artifacts"].tobytes()),
        projects=Keys(arrays["projects"].tobytes()),
        words=Words(tuple(text.split("\n")) if text else (), arrays["idf"]),
        effects=arrays["effects"],
        offered=arrays["offered"],
        known=Blend(*arrays["known"].tolist()),
        empty=Blend(*arrays["empty"].tolist()),
        **{name: _matrix(arrays, name) for name in MATRICES},
    )


def _before(artifacts: pd.DataFrame, projects: pd.DataFrame, usage: pd.DataFrame) -> Recommender:
    """All but what is chosen."""
    words = known_words([*artifacts["text"], *projects["text"]])
    return Recommender(
        artifacts=Keys.of(artifacts["artifact_id"]),
        projects=Keys.of(projects["project_id"]),
        uses=use_matrix(usage, projects=projects["project_id"], artifacts=artifacts["artifact_id"]),
        weights=csr_matrix((len(artifacts), len(artifacts))),
        words=words,
        artifact_words=words.weights(artifacts["text"]),
        project_words=words.weights(projects["text"]),
        effects=artifacts["effect"].fillna(0.0).to_numpy(dtype=float),
        offered=artifacts["is_offered"].to_numpy(dtype=bool),
        known=ASSUMED_KNOWN,
        empty=ASSUMED_EMPTY,
    )


def _as_bytes(content: bytes) -> np.ndarray[Any, Any]:
    return np.frombuffer(content, dtype=np.uint8)


def _matrix(arrays: dict[str, Any], name: str) -> csr_matrix:
    parts = (arrays[f"{name}_data"], arrays[f"{name}_places"], arrays[f"{name}_starts"])
    return csr_matrix(parts, shape=tuple(arrays[f"{name}_shape"]))
