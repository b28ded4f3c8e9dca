"""Recommendations rank what goes with what, and say why: rules that hold for any portfolio."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from maestro_core.errors import NotEnoughData
from maestro_core.learning.simulation import simulate
from maestro_core.scoring import co_use
from maestro_core.scoring.co_use import co_use_weights, ease, shrunk_cosine, strongest
from maestro_core.scoring.ranking import hits_of, ndcg_at_ten
from maestro_core.scoring.recommendation_blend import ASSUMED_EMPTY, ASSUMED_KNOWN, Chosen
from maestro_core.scoring.recommendation_learning import from_bytes, learn, to_bytes
from maestro_core.scoring.recommendations import Asked, Blend, Recommended, Recommender, recommend
from maestro_core.scoring.text_similarity import described, known_words

ONLY_CO_USE = Blend(1.0, 0.0, 0.0, 0.0, impact=0.0)
ONLY_TEXT = Blend(0.0, 1.0, 0.0, 0.0, impact=0.0)
ONLY_SIMILAR = Blend(0.0, 0.0, 1.0, 0.0, impact=0.0)
ONLY_IMPACT = Blend(0.0, 0.0, 0.0, 0.0, impact=1.0)

use_matrices = st.integers(2, 8).flatmap(
    lambda columns: st.lists(st.lists(st.sampled_from([0.0, 1.0]), min_size=columns, max_size=columns), min_size=1)
)


def key(number: int) -> UUID:
    return UUID(int=int(number))


def learned(
    uses: list[tuple[int, int]],
    *,
    artifacts: list[str],
    projects: list[str],
    effects: dict[int, float] | None = None,
    retired: tuple[int, ...] = (),
) -> Recommender:
    """A recommender of these texts; uses are pairs of the places of a project and an artifact."""
    numbers = range(len(artifacts))
    frame = pd.DataFrame(
        {
            "artifact_id": [key(number) for number in numbers],
            "text": artifacts,
            "effect": [(effects or {}).get(number) for number in numbers],
            "is_offered": [number not in retired for number in numbers],
        }
    ).astype({"effect": float})
    named = pd.DataFrame({"project_id": [key(100 + place) for place in range(len(projects))], "text": projects})
    pairs = pd.DataFrame([(key(100 + one), key(other)) for one, other in uses], columns=["project_id", "artifact_id"])
    return learn(frame, named, pairs, seed=1).recommender


def asked(known: Recommender, *used: int, text: str = "", project: int | None = None) -> Asked:
    return Asked(known.words.weights([text]), used=list(used), project=project)


def places(found: list[Recommended]) -> list[int]:
    return [one.artifact for one in found]


@given(use_matrices)
def test_an_artifact_says_nothing_about_itself(rows: list[list[float]]) -> None:
    uses = csr_matrix(np.array(rows))
    assert not ease(uses, penalty=5.0).diagonal().any()
    assert not shrunk_cosine(uses, shrink=5.0).diagonal().any()


@given(use_matrices)
def test_ease_is_the_minimum_that_its_paper_says(rows: list[list[float]]) -> None:
    """Each column is a ridge regression on the other columns."""
    uses, penalty = np.array(rows), 2.0
    weights = ease(csr_matrix(uses), penalty=penalty)
    others = np.arange(uses.shape[1]) != 0
    left = uses[:, others]
    ridge = np.linalg.solve(left.T @ left + penalty * np.eye(others.sum()), left.T @ uses[:, 0])
    assert weights[others, 0] == pytest.approx(ridge, abs=1e-9)


@given(use_matrices, st.integers(1, 8))
def test_only_the_strongest_weights_are_kept(rows: list[list[float]], keep: int) -> None:
    weights = ease(csr_matrix(np.array(rows)), penalty=2.0)
    kept = strongest(csr_matrix(weights), keep=keep).toarray()
    assert (np.count_nonzero(kept, axis=1) <= keep).all()
    for row, whole in zip(np.abs(kept), np.abs(weights), strict=True):
        assert sorted(row)[-keep:] == pytest.approx(sorted(whole)[-keep:])


def test_a_large_portfolio_is_answered_by_cosines(monkeypatch: pytest.MonkeyPatch) -> None:
    uses = csr_matrix(np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]]))
    monkeypatch.setattr(co_use, "MOST_EASE", 2)
    assert co_use_weights(uses, shrink=3.0).toarray() == pytest.approx(shrunk_cosine(uses, shrink=3.0).toarray())


def test_what_was_used_together_is_recommended_with_the_companion_as_its_reason() -> None:
    uses = [(project, artifact) for project in range(6) for artifact in (0, 1)] + [(6, 2), (7, 2), (8, 0)]
    known = replace(learned(uses, artifacts=["", "", ""], projects=[""] * 9), known=ONLY_CO_USE)
    best = recommend(known, asked(known, 0, project=8), most=5)[0]
    assert best.artifact == 1
    assert [(one.artifact, one.together, one.users) for one in best.because] == [(0, 6, 6)]
    assert best.used_by == 6


def test_an_empty_project_is_told_what_reads_alike() -> None:
    texts = ["churn telecom features", "vision images", "loans dataset"]
    known = replace(learned([], artifacts=texts, projects=["x"]), empty=ONLY_TEXT)
    found = recommend(known, asked(known, text="predict CHURN of telecom_customers"), most=5)
    assert places(found) == [0]
    assert set(found[0].words) == {"churn", "telecom"}


def test_a_similar_project_is_named_where_it_used_the_artifact_and_never_the_project_itself() -> None:
    uses = [(0, 0), (1, 1), (2, 1)]
    projects = ["churn telecom", "churn telecom leaving", "images"]
    known = replace(learned(uses, artifacts=["a1", "b1", "c1"], projects=projects), empty=ONLY_SIMILAR)
    found = recommend(known, asked(known, text=projects[0], project=0), most=5)
    assert places(found) == [1]
    assert [one.project for one in found[0].alike] == [1]


def test_what_helps_comes_before_what_harms() -> None:
    known = learned([(0, 0), (1, 1)], artifacts=["", "", ""], projects=["", ""], effects={0: 3.0, 1: -2.0})
    found = recommend(replace(known, empty=ONLY_IMPACT), asked(known), most=5)
    assert places(found) == [0]


def test_what_is_used_planned_or_retired_is_not_recommended() -> None:
    uses = [(project, artifact) for project in range(3) for artifact in range(5)]
    known = learned(uses, artifacts=[""] * 6, projects=[""] * 3, retired=(2,))
    question = replace(asked(known, 0), without=[1])
    assert set(places(recommend(known, question, most=9))) <= {3, 4}


def test_scores_fall_from_a_hundred() -> None:
    uses = [(project, artifact) for project in range(8) for artifact in range(project % 5 + 1)]
    known = learned(uses, artifacts=[""] * 7, projects=[""] * 8)
    scores = [one.score for one in recommend(known, asked(known), most=9)]
    assert scores[0] == 100
    assert scores == sorted(scores, reverse=True)
    assert min(scores) > 0


def test_nothing_is_recommended_where_nothing_speaks_for_anything() -> None:
    known = learned([], artifacts=["a1", "b1"], projects=["x1"])
    assert recommend(known, asked(known), most=5) == []
    assert recommend(known, asked(known, 0, 1), most=5) == []


def test_the_only_one_left_is_recommended_where_something_speaks_for_it() -> None:
    known = learned([(0, 0), (0, 1), (1, 0)], artifacts=["", ""], projects=["", ""])
    assert [(one.artifact, one.score) for one in recommend(known, asked(known, 0, project=1), most=5)] == [(1, 100.0)]


def test_a_portfolio_without_projects_is_learned_from_all_the_same() -> None:
    known = learned([], artifacts=["churn", "images"], projects=[])
    assert places(recommend(known, asked(known, text="churn"), most=5)) == [0]


def test_without_artifacts_there_is_nothing_to_learn() -> None:
    with pytest.raises(NotEnoughData):
        learned([], artifacts=[], projects=["x1"])


def test_what_is_kept_answers_alike() -> None:
    uses = [(project, artifact) for project in range(12) for artifact in range(project % 4 + 1)]
    known = learned(uses, artifacts=["ä one", "two words", "", "x" * 9000, "five"], projects=["one"] * 12)
    again = from_bytes(to_bytes(known))
    before, after = (recommend(each, asked(each, 0, text="Ä two"), most=5) for each in (known, again))
    assert places(before) == places(after)
    assert [one.score for one in after] == pytest.approx([one.score for one in before], abs=1e-4)
    assert (again.artifacts, again.projects, again.known) == (known.artifacts, known.projects, known.known)


def test_an_archive_that_would_run_code_is_refused() -> None:
    import io

    file = io.BytesIO()
    np.savez(file, vocabulary=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        from_bytes(file.getvalue())


@given(st.lists(st.text(), min_size=1, max_size=4), st.text())
def test_any_text_can_be_compared(texts: list[str], other: str) -> None:
    words = known_words(texts)
    weights = words.weights([*texts, other])
    lengths = np.sqrt(np.asarray(weights.multiply(weights).sum(axis=1)))
    assert ((lengths < 1e-9) | (np.abs(lengths - 1) < 1e-9)).all()


def test_labels_count_more_than_words_of_names() -> None:
    texts = [described("retail batch scoring", labels=["vision"]), described("churn batch scoring", labels=["nlp"])]
    words = known_words(texts)
    alike = (words.weights(texts) @ words.weights([described("retail loader", labels=["nlp"])]).T).toarray().ravel()
    assert alike[1] > alike[0]


@given(st.lists(st.booleans(), min_size=1, max_size=10), st.integers(0, 5))
def test_finding_is_between_nothing_and_all(hits: list[bool], missed: int) -> None:
    hidden = max(1, sum(hits) + missed)
    found = float(ndcg_at_ten(np.array(hits), hidden=hidden))
    assert 0 <= found <= 1 + 1e-12
    assert found == 0 if not any(hits) else found > 0


@settings(max_examples=30)
@given(st.lists(st.floats(-5, 5), min_size=1, max_size=30))
def test_the_ten_highest_are_looked_at_in_their_order(scores: list[float]) -> None:
    hidden = np.zeros(len(scores), dtype=bool)
    hidden[int(np.argmax(scores))] = True
    hits = hits_of(np.array(scores), hidden)
    assert len(hits) == min(10, len(scores))
    assert scores.count(max(scores)) > 1 or hits[0]


@pytest.fixture(scope="module")
def simulated() -> Chosen:
    world = simulate(3, projects=60, artifacts=80, until=date(2026, 1, 1))
    artifacts = pd.DataFrame(
        {"artifact_id": world.artifacts["artifact_id"].map(key), "text": world.artifacts["name"], "effect": 0.0}
    ).assign(is_offered=True)
    projects = pd.DataFrame({"project_id": world.projects["project_id"].map(key), "text": world.projects["name"]})
    usage = world.usage[["project_id", "artifact_id"]].map(key)
    return learn(artifacts, projects, usage, seed=5).chosen


def test_a_blend_is_chosen_by_hiding_uses_and_told_with_its_rival(simulated: Chosen) -> None:
    quality = simulated.known_quality
    assert quality
    assert quality.projects == 60
    assert 0 < quality.ndcg < 1
    assert quality.popularity_ndcg > 0
    assert simulated.known.weights[:4].sum() == pytest.approx(1)
    assert Chosen.told(simulated.settings, simulated.metrics) == simulated


def test_few_projects_do_not_choose() -> None:
    known = learned([(0, 0), (1, 0), (1, 1)], artifacts=["", ""], projects=["", ""])
    assert (known.known, known.empty) == (ASSUMED_KNOWN, ASSUMED_EMPTY)
