"""How much each part of a recommendation counts: chosen by hiding past uses and looking which blend finds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from maestro_core.scoring.co_use import co_use_weights
from maestro_core.scoring.impact_model import Array
from maestro_core.scoring.ranking import TOP, hits_of, ndcg_at_ten, recall_at_ten, without_ties
from maestro_core.scoring.recommendations import POPULARITY as POPULAR
from maestro_core.scoring.recommendations import Asked, Blend, Recommender, evidence_for, standardised

FOLDS = 5
ONE_FOLD_FROM = 1000
"""From so many artifacts on, all that is tested is hidden at once: each fold would take seconds of its own."""

MOST_TESTED = 200
FEWEST_TESTED = 10
"""With fewer projects that could be tested, the blend is assumed, not chosen."""

HIDDEN_SHARE = 1 / 3
SHRINKS = (10.0, 100.0, 1000.0)
IMPACTS = (0.0, 0.1, 0.2, 0.4)
STEPS = 6
SIXTHS = [parts for parts in product(range(STEPS + 1), repeat=4) if sum(parts) == STEPS]
BLENDS = tuple(
    Blend(one / STEPS, two / STEPS, three / STEPS, four / STEPS, impact)
    for (one, two, three, four), impact in product(SIXTHS, IMPACTS)
)
POPULARITY = BLENDS.index(Blend(0.0, 0.0, 0.0, 1.0, impact=0.0))

CLEARLY, HARDLY = 2.0, 1.0
"""In standard errors: what leads away from what is assumed, and what impact may cost."""

FRONT = 50
"""Of so many artifacts that each part puts first come the first ten of any blend of them, up to a rare exception."""

ASSUMED_SHRINK = 100.0
ASSUMED_KNOWN = Blend(2 / STEPS, 1 / STEPS, 1 / STEPS, 2 / STEPS, impact=0.2)
ASSUMED_EMPTY = Blend(0.0, 1 / STEPS, 1 / STEPS, 4 / STEPS, impact=0.2)
"""What did well on simulated portfolios (docs/recommendations.md); left only for what is measurably better."""


@dataclass(frozen=True)
class Quality:
    """What the first ten recommendations held of hidden uses, on average over projects, and what popularity found.

    Each project was judged with the blend that the other projects chose; `relevance_ndcg` leaves impact out of it.
    """

    projects: int
    hidden: int
    ndcg: float
    relevance_ndcg: float
    recall: float
    popularity_ndcg: float
    popularity_recall: float


@dataclass(frozen=True)
class Chosen:
    """How strongly co-use is shrunk, the two blends, and how well they did; no quality where they are assumed."""

    shrink: float
    known: Blend
    empty: Blend
    known_quality: Quality | None
    empty_quality: Quality | None

    @property
    def settings(self) -> dict[str, Any]:
        """What was chosen, as plain JSON."""
        return {"shrink": self.shrink, "known": asdict(self.known), "empty": asdict(self.empty)}

    @property
    def metrics(self) -> dict[str, Any]:
        """How well it did, as plain JSON."""
        told = {"known": self.known_quality, "empty": self.empty_quality}
        return {name: asdict(quality) for name, quality in told.items() if quality}

    @classmethod
    def told(cls, settings: dict[str, Any], metrics: dict[str, Any]) -> Self:
        """The same from that JSON."""
        known, empty = (Quality(**metrics[name]) if name in metrics else None for name in ("known", "empty"))
        return cls(settings["shrink"], Blend(**settings["known"]), Blend(**settings["empty"]), known, empty)


@dataclass(frozen=True)
class Hiding:
    """One fold: the uses that are left, and of each tested project what is left and what was hidden."""

    left: csr_matrix
    hidden: dict[int, NDArray[np.int64]]


def choose(known: Recommender, *, seed: int) -> Chosen:
    """The shrinkage and the blends that find hidden uses best, by NDCG@10.

    For a project that uses something, a third of its uses is hidden; for one that is empty, all of them. Of the blends
    that are within two standard errors of the best (of the paired difference), the one nearest to what is assumed is
    taken: few projects tell blends apart badly. Impact then counts as much as costs at most one standard error (after
    the one-standard-error rule of Breiman et al. 1984). Same seed, same choice.
    """
    some, all_of_it = (list(_hidings(known.uses, share=share, seed=seed)) for share in (HIDDEN_SHARE, 1.0))
    shrink, chosen_known, known_quality = ASSUMED_SHRINK, ASSUMED_KNOWN, None
    if _tested(some) >= FEWEST_TESTED:
        shrink = _shrink(some)
        chosen_known, known_quality = _chosen(
            [_judged(known, each, shrink=shrink) for each in some], some, ASSUMED_KNOWN
        )
    chosen_empty, empty_quality = ASSUMED_EMPTY, None
    if _tested(all_of_it) >= FEWEST_TESTED:
        judged = [_judged(known, each, shrink=None) for each in all_of_it]
        chosen_empty, empty_quality = _chosen(judged, all_of_it, ASSUMED_EMPTY)
    return Chosen(shrink, chosen_known, chosen_empty, known_quality, empty_quality)


def _hidings(uses: csr_matrix, *, share: float, seed: int) -> Iterator[Hiding]:
    chance = np.random.default_rng([seed, round(100 * share)])
    counts = np.diff(uses.indptr)
    testable = np.flatnonzero(counts >= (1 if share == 1 else 2))
    tested = chance.permutation(testable)[:MOST_TESTED]
    folds = FOLDS if uses.shape[1] < ONE_FOLD_FROM else 1
    for fold in np.array_split(tested, folds):
        hidden = {int(project): _some(uses, int(project), share, chance) for project in fold}
        if hidden:
            yield Hiding(_without(uses, hidden), hidden)


def _some(uses: csr_matrix, project: int, share: float, chance: np.random.Generator) -> NDArray[np.int64]:
    used = uses.indices[uses.indptr[project] : uses.indptr[project + 1]]
    number = max(1, round(share * len(used)))
    return chance.permutation(used)[:number].astype(np.int64)


def _without(uses: csr_matrix, hidden: dict[int, NDArray[np.int64]]) -> csr_matrix:
    rows = np.repeat(list(hidden), [len(each) for each in hidden.values()])
    columns = np.concatenate(list(hidden.values()))
    left = csr_matrix(uses - csr_matrix((np.ones(len(rows)), (rows, columns)), shape=uses.shape))
    left.eliminate_zeros()
    return left


def _tested(hidings: list[Hiding]) -> int:
    return sum(len(each.hidden) for each in hidings)


def _shrink(hidings: list[Hiding]) -> float:
    """The shrinkage with which co-use alone finds most, unless the assumed one is as good."""
    gained = np.stack([_co_use_alone(hidings, shrink=shrink) for shrink in SHRINKS], axis=1)
    good = [SHRINKS[at] for at in _as_good(gained, list(range(len(SHRINKS))), errors=CLEARLY)]
    return min(good, key=lambda shrink: abs(np.log(shrink / ASSUMED_SHRINK)))


def _co_use_alone(hidings: list[Hiding], *, shrink: float) -> Array:
    """NDCG@10 of co-use without any other part, for each project."""
    found = []
    for hiding in hidings:
        weights, popularity = co_use_weights(hiding.left, shrink=shrink), _popularity(hiding.left)
        for project, hidden in hiding.hidden.items():
            used = hiding.left[project]
            candidates = _unused(len(popularity), used.indices, project=project)
            scores = without_ties((used @ weights).toarray().ravel()[candidates], popularity[candidates])
            hits = hits_of(scores, _mask(hidden, len(popularity))[candidates])
            found.append(float(ndcg_at_ten(hits, hidden=len(hidden))))
    return np.array(found)


def _popularity(uses: csr_matrix) -> Array:
    return np.asarray(uses.sum(axis=0), dtype=float).ravel()


def _judged(known: Recommender, hiding: Hiding, *, shrink: float | None) -> NDArray[np.bool_]:
    """Which of the first ten were hidden: project × blend × place. An empty project needs no weights."""
    weights = known.weights if shrink is None else co_use_weights(hiding.left, shrink=shrink)
    seen = _popularity(hiding.left) > 0
    # That an artifact has an effect tells that somebody used it: what only hidden uses tell is not known.
    then = replace(known, uses=hiding.left, weights=weights, effects=np.where(seen, known.effects, 0.0))
    blends = np.stack([blend.weights for blend in BLENDS])
    return np.stack([_hits(then, project, hidden, blends) for project, hidden in hiding.hidden.items()])


def _hits(then: Recommender, project: int, hidden: NDArray[np.int64], blends: Array) -> NDArray[np.bool_]:
    used = then.uses[project].indices
    evidence = evidence_for(then, Asked(then.project_words[project], used=used, project=project))
    candidates = _unused(len(then.artifacts), used, project=project)
    parts = standardised(evidence.parts[:, candidates])
    front = _front(parts)
    blended = without_ties(blends @ parts[:, front], evidence.parts[POPULAR, candidates[front]])
    hits = hits_of(blended, _mask(hidden, len(then.artifacts))[candidates[front]])
    found = np.zeros((len(blends), TOP), dtype=bool)
    found[:, : hits.shape[1]] = hits
    return found


def _unused(artifacts: int, used: NDArray[np.int32], *, project: int) -> NDArray[np.int64]:
    """The places of what is not used, shuffled: what is tied and as popular is not found by the order it came in."""
    return np.random.default_rng(project).permutation(np.setdiff1d(np.arange(artifacts), used))


def _front(parts: Array) -> NDArray[np.int64]:
    """The places of what each part puts first."""
    if parts.shape[1] <= FRONT:
        return np.arange(parts.shape[1])
    return np.unique(np.argpartition(-parts, FRONT, axis=1)[:, :FRONT])


def _mask(places: NDArray[np.int64], size: int) -> NDArray[np.bool_]:
    mask = np.zeros(size, dtype=bool)
    mask[places] = True
    return mask


def _chosen(judged: list[NDArray[np.bool_]], hidings: list[Hiding], assumed: Blend) -> tuple[Blend, Quality]:
    hits = np.concatenate(judged)
    hidden = [len(places) for hiding in hidings for places in hiding.hidden.values()]
    gained, recalled = (
        np.stack([measured(row, hidden=number) for row, number in zip(hits, hidden, strict=True)])
        for measured in (ndcg_at_ten, recall_at_ten)
    )
    rows = np.arange(len(gained))
    chosen_by_others = np.array([_best(gained[rows % FOLDS != fold], assumed) for fold in range(FOLDS)])[rows % FOLDS]
    quality = Quality(
        projects=len(gained),
        hidden=sum(hidden),
        ndcg=float(gained[rows, chosen_by_others].mean()),
        relevance_ndcg=float(gained[rows, chosen_by_others - chosen_by_others % len(IMPACTS)].mean()),
        recall=float(recalled[rows, chosen_by_others].mean()),
        popularity_ndcg=float(gained[:, POPULARITY].mean()),
        popularity_recall=float(recalled[:, POPULARITY].mean()),
    )
    return BLENDS[_best(gained, assumed)], quality


def _best(gained: Array, assumed: Blend) -> int:
    """The place of the blend that is chosen, from what each (column) gained in each project (row)."""
    relevance = _as_good(gained, [at for at, blend in enumerate(BLENDS) if blend.impact == 0.0], errors=CLEARLY)
    nearest = min(relevance, key=lambda at: float(np.abs(BLENDS[at].weights - assumed.weights).sum()))
    same = [BLENDS.index(replace(BLENDS[nearest], impact=impact)) for impact in IMPACTS]
    return max(_as_good(gained, same, errors=HARDLY), key=lambda at: BLENDS[at].impact)


def _as_good(gained: Array, among: list[int], *, errors: float) -> list[int]:
    """Those whose mean is within so many standard errors, of the difference, of the best."""
    best = among[int(gained[:, among].mean(axis=0).argmax())]
    lost = gained[:, [best]] - gained[:, among]
    error = lost.std(axis=0, ddof=1) / np.sqrt(len(gained))
    return [at for at, mean, scatter in zip(among, lost.mean(axis=0), error, strict=True) if mean <= errors * scatter]
