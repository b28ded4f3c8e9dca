"""What a project could use next: what goes with its artifacts, what it reads like, what others use, and what helps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

from maestro_core.scoring.catalogue import measure
from maestro_core.scoring.impact_model import Array
from maestro_core.scoring.ranking import TIE, without_ties
from maestro_core.scoring.text_similarity import Words
from maestro_core.terms import Better

PARTS = ("co_use", "text", "similar_projects", "popularity", "impact")
POPULARITY = PARTS.index("popularity")
NEAREST = 20
"""So many projects that read most alike are asked what they used."""

MOST_REASONS = 3
LEAST_ALIKE = 0.2
"""A text that is less similar counts a little, but is no reason to tell."""


@dataclass(frozen=True)
class Blend:
    """How much each part counts; all but impact sum to 1."""

    co_use: float
    text: float
    similar_projects: float
    popularity: float
    impact: float

    @property
    def weights(self) -> Array:
        """The same in the order of PARTS."""
        return np.array([getattr(self, part) for part in PARTS])


@dataclass(frozen=True)
class Keys:
    """UUIDs by their place, 16 bytes each: an answer needs few of many, and makes only these.

    >>> keys = Keys.of([UUID(int=7), UUID(int=9)])
    >>> keys[1].int, keys.places([UUID(int=9), UUID(int=1)]), len(keys)
    (9, [1], 2)
    """

    content: bytes

    @classmethod
    def of(cls, keys: Iterable[UUID]) -> Self:
        """These, in their order."""
        return cls(b"".join(key.bytes for key in keys))

    def places(self, wanted: Iterable[UUID]) -> list[int]:
        """Where those are that are known."""
        return [self._places[key.bytes] for key in wanted if key.bytes in self._places]

    def __len__(self) -> int:
        return len(self.content) // 16

    def __getitem__(self, place: int) -> UUID:
        return UUID(bytes=self.content[16 * place : 16 * place + 16])

    @cached_property
    def _places(self) -> dict[bytes, int]:
        return {self.content[16 * place : 16 * place + 16]: place for place in range(len(self))}


@dataclass(frozen=True)
class Recommender:
    """What is known of uses and texts, in arrays whose places are those of `artifacts` and `projects`.

    uses: project × artifact, zeros and ones. weights: how much a use (row) speaks for another artifact (column).
    artifact_words, project_words: TF-IDF, a row each. effects: the impact of each artifact, 0 where it has none.
    offered: which artifacts may be recommended; those that may not are evidence all the same.
    known: the blend for a project that uses something; empty: for one that does not.
    """

    artifacts: Keys
    projects: Keys
    uses: csr_matrix
    weights: csr_matrix
    words: Words
    artifact_words: csr_matrix
    project_words: csr_matrix
    effects: Array
    offered: NDArray[np.bool_]
    known: Blend
    empty: Blend

    def users(self, artifact: int) -> NDArray[np.int64]:
        """The places of the projects that use an artifact, in order."""
        return np.asarray(self._by_artifact.indices[slice(*self._by_artifact.indptr[artifact : artifact + 2])])

    @cached_property
    def _by_artifact(self) -> csc_matrix:
        return csc_matrix(self.uses)


@dataclass(frozen=True)
class Asked:
    """For what recommendations are wanted: the words of its text, the places of what it uses, and what to leave out."""

    words: csr_matrix
    used: Sequence[int] | NDArray[np.int64] = ()
    project: int | None = None
    """Its own place among the projects, which is no evidence."""
    without: Sequence[int] = ()


@dataclass(frozen=True)
class Companion:
    """An artifact of the project that led to another one: its place, its other users, and how many of them use both."""

    artifact: int
    together: int
    users: int


@dataclass(frozen=True)
class Alike:
    """A similar project that used an artifact: its place, and how similar its text is, 0 to 1."""

    project: int
    similarity: float


@dataclass(frozen=True)
class Recommended:
    """One artifact with its score, what each part added to it, and the evidence."""

    artifact: int
    score: float
    parts: dict[str, float]
    because: tuple[Companion, ...]
    alike: tuple[Alike, ...]
    words: tuple[str, ...]
    used_by: int
    projects: int
    """So many projects, itself not among them, could use it."""
    as_strong: int
    """So many others are recommended as strongly: with the same score, rounded."""


@dataclass(frozen=True)
class Evidence:
    """What speaks for each artifact: a row for each of PARTS, and the similar projects with their similarity."""

    parts: Array
    nearest: NDArray[np.int64]
    similarity: Array


@measure("Recommendation", unit="0 to 100", better=Better.HIGHER, source="our own blend; EASE: Steck 2019, WWW")
def recommendation_score(blended: Array) -> Array:
    """How strongly an artifact is recommended for a project: 100 is the strongest it does not use, 0 the weakest.

    The blend adds five parts, each standardised among the artifacts that the project does not use: what goes with its
    artifacts (EASE; beyond 3,000 artifacts shrunk cosines), how alike its words and theirs are (TF-IDF), what the
    twenty projects of the most similar text used, the logarithm of how many projects use it, and impact. Their weights
    are chosen by cross-validation over past uses (docs/recommendations.md). Scores compare artifacts for one project,
    not projects.

    >>> recommendation_score(np.array([-1.0, 0.0, 4.0])).tolist(), recommendation_score(np.array([2.0])).tolist()
    ([0.0, 20.0, 100.0], [100.0])
    """
    weakest, strongest = float(blended.min()), float(blended.max())
    if strongest <= weakest:
        return np.full(len(blended), 100.0)
    return np.asarray(100 * (blended - weakest) / (strongest - weakest), dtype=float)


def recommend(known: Recommender, asked: Asked, *, most: int) -> list[Recommended]:
    """The artifacts that speak most for themselves, the strongest first, with the reasons.

    What it uses already and what is to be left out is not recommended, nor what nothing speaks for, nor the weakest
    and what ties with it. Of what the blend does not tell apart, the more popular comes first.
    """
    evidence = evidence_for(known, asked)
    candidates = np.setdiff1d(np.flatnonzero(known.offered), [*asked.used, *asked.without])
    if not len(candidates):
        return []
    parts = evidence.parts[:, candidates]
    weighted = _weights(known, asked)[:, None] * standardised(parts)
    blended = without_ties(weighted.sum(axis=0), parts[POPULARITY])
    scores = np.where(np.any(parts > 0, axis=0), recommendation_score(blended), 0.0)
    return [
        _told(known, asked, evidence, artifact=int(candidates[at]), scores=scores, at=int(at), parts=weighted[:, at])
        for at in np.argsort(-blended, kind="stable")[:most]
        if scores[at] > 100 * TIE
    ]


def evidence_for(known: Recommender, asked: Asked) -> Evidence:
    """What speaks for each artifact, before it is standardised and weighted."""
    nearest, similarity = _nearest(known, asked)
    parts = np.zeros((len(PARTS), len(known.artifacts)))
    parts[0] = _summed(known.weights, asked.used)
    parts[1] = (known.artifact_words @ asked.words.T).toarray().ravel()
    parts[2] = _summed(known.uses, nearest, similarity / max(similarity.sum(), 1e-12))
    parts[POPULARITY] = np.log1p(known.uses.sum(axis=0))
    parts[4] = known.effects
    return Evidence(parts, nearest, similarity)


def standardised(parts: Array) -> Array:
    """Each part with mean 0 and standard deviation 1 among the candidates; impact keeps 0 as the average artifact."""
    centre = parts.mean(axis=1, keepdims=True)
    centre[-1] = 0.0
    scatter = parts.std(axis=1, keepdims=True)
    scored = parts[-1][parts[-1] != 0]
    scatter[-1] = np.sqrt((scored**2).mean()) if len(scored) else 0.0
    return np.asarray(np.divide(parts - centre, scatter, out=np.zeros_like(parts), where=scatter > 1e-12))


def _weights(known: Recommender, asked: Asked) -> Array:
    return (known.known if len(asked.used) else known.empty).weights


def _nearest(known: Recommender, asked: Asked) -> tuple[NDArray[np.int64], Array]:
    """The projects whose text is most similar, and how similar; those without a shared word are none."""
    similarity = (known.project_words @ asked.words.T).toarray().ravel()
    if asked.project is not None:
        similarity[asked.project] = 0.0
    nearest = np.argsort(-similarity, kind="stable")[:NEAREST]
    nearest = nearest[similarity[nearest] > 0]
    return nearest, similarity[nearest]


def _summed(rows: csr_matrix, which: Sequence[int] | NDArray[np.int64], shares: Array | None = None) -> Array:
    """These rows added up, each by its share."""
    chosen = csr_matrix(rows[np.asarray(which, dtype=np.int64)])
    shares = np.ones(chosen.shape[0]) if shares is None else shares
    return np.asarray(chosen.T @ shares, dtype=float)


def _told(
    known: Recommender, asked: Asked, evidence: Evidence, *, artifact: int, scores: Array, at: int, parts: Array
) -> Recommended:
    users = known.users(artifact)
    told = np.isin(evidence.nearest, users) & (evidence.similarity >= LEAST_ALIKE)
    alike = zip(evidence.nearest[told], evidence.similarity[told], strict=True)
    return Recommended(
        artifact=artifact,
        score=float(scores[at]),
        parts=dict(zip(PARTS, parts.tolist(), strict=True)),
        because=_because(known, asked, artifact, users),
        alike=tuple(Alike(int(project), float(similarity)) for project, similarity in alike)[:MOST_REASONS],
        words=known.words.shared(asked.words, known.artifact_words[artifact], most=MOST_REASONS),
        used_by=len(users),
        projects=len(known.projects) - (asked.project is not None),
        as_strong=int((scores.round() == scores[at].round()).sum()) - 1,
    )


def _because(known: Recommender, asked: Asked, artifact: int, users: NDArray[np.int64]) -> tuple[Companion, ...]:
    """The artifacts of the project that speak most for this one, of those that some project used with it."""
    used = np.asarray(asked.used, dtype=np.int64)
    spoken = known.weights[used][:, [artifact]].toarray().ravel() if len(used) else np.zeros(0)
    for_it = np.maximum(spoken, 0)
    order = np.argsort(-for_it, kind="stable")[:MOST_REASONS]
    found = (_companion(known, asked, int(used[at]), users) for at in order if for_it[at] > 0)
    return tuple(companion for companion in found if companion.together)


def _companion(known: Recommender, asked: Asked, artifact: int, users: NDArray[np.int64]) -> Companion:
    others = np.setdiff1d(known.users(artifact), [] if asked.project is None else [asked.project])
    return Companion(artifact, len(np.intersect1d(users, others)), len(others))
