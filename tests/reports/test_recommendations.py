"""What a project is told to use next: from its uses and texts as they are now, with evidence that can be checked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, event

from maestro_core.actions.planned_uses import plan_use
from maestro_core.actions.recommending import learn_recommendations
from maestro_core.errors import NotFound
from maestro_core.models import Artifact, ArtifactVersion
from maestro_core.reports.facts import project_facts, usage_facts
from maestro_core.reports.recommendation_reasons import NO_EFFECT, told
from maestro_core.reports.recommendation_rows import latest_recommender
from maestro_core.reports.recommendations import (
    NONE_LEFT,
    NOT_LEARNED,
    Basis,
    Recommendation,
    recommendations,
    recommendations_like,
)
from maestro_core.scoring.recommendation_learning import from_bytes
from maestro_core.scoring.recommendations import Asked, recommend
from maestro_core.terms import ArtifactKind, Role
from maestro_core.workspace import Workspace
from tests.builders import a_finished_project, a_project, a_use, a_version, an_artifact, scores
from tests.conftest import NOW, House


def a_past(ws: Workspace, number: int = 12) -> tuple[UUID, UUID, UUID]:
    """Past projects about churn that used features and a model together; others used images."""
    features = an_artifact(ws, "churn-features", ArtifactKind.FEATURE_SET, tags=["telecom"])
    model, images = an_artifact(ws, "leaving-model"), an_artifact(ws, "street-images", ArtifactKind.DATASET)
    for place in range(number):
        about_churn = place % 3 != 0
        domain = "telecom" if about_churn else "vision"
        project = a_finished_project(ws, f"past {place}", domain=domain)
        for artifact in (features, model) if about_churn else (images,):
            a_use(ws, artifact, project)
    return features, model, images


def names(found: tuple[Recommendation, ...]) -> list[str]:
    return [one.name for one in found]


def test_what_goes_with_its_artifacts_comes_first_with_the_evidence(house: House) -> None:
    with house.open() as ws:
        features, model, _ = a_past(ws)
        scores(ws, [model, features], NOW)
        project = a_project(ws, domain="telecom")
        a_use(ws, features, project)
    assert learn_recommendations(house.open) == "learned from 21 uses of artifacts"
    with house.open(reading=True) as ws:
        answer = recommendations(ws, project_id=project)
    best = answer.recommendations[0]
    assert (best.artifact_id, best.score, answer.basis, answer.reason) == (model, 100.0, Basis.USE, None)
    assert [(led.name, led.together, led.users) for led in best.led_to_by] == [("churn-features", 8, 8)]
    assert best.used_by == 8
    assert "Other projects use it: 8 of 8 that use churn-features." in best.reasons
    assert (best.effect.value, best.effect.sample) == (pytest.approx(89 / 20), 5)
    assert "+2.5 to +6.5" in best.worth
    assert [(other.name, other.together) for other in best.goes_well_with] == [("churn-features", 8)]
    assert {similar.name for similar in best.similar_projects} <= {f"past {place}" for place in range(12)}


def test_an_empty_project_is_told_what_it_reads_like(house: House) -> None:
    with house.open() as ws:
        features, _, _ = a_past(ws)
        project = a_project(ws, "who leaves", description="churn", domain="telecom")
        silent = a_project(ws, "x")
    learn_recommendations(house.open)
    with house.open(reading=True) as ws:
        speaking, untold = recommendations(ws, project_id=project), recommendations(ws, project_id=silent)
    assert (speaking.basis, speaking.recommendations[0].artifact_id) == (Basis.TEXT, features)
    assert {"churn", "telecom"} <= set(speaking.recommendations[0].shared_words)
    assert untold.basis is Basis.OTHERS
    assert set(names(untold.recommendations)) <= {"churn-features", "leaving-model"}


def test_a_use_counts_at_once_and_not_only_after_the_next_training(house: House) -> None:
    with house.open() as ws:
        features, model, images = a_past(ws)
        project = a_project(ws)
    learn_recommendations(house.open)
    with house.open() as ws:
        a_use(ws, features, project)
        assert recommendations(ws, project_id=project).recommendations[0].artifact_id == model
        a_use(ws, model, project)
        a_use(ws, images, project)
        answer = recommendations(ws, project_id=project)
    assert (answer.recommendations, answer.reason) == ((), NONE_LEFT)


def test_a_plan_is_listed_and_not_recommended_and_counts_nowhere(house: House) -> None:
    with house.open() as ws:
        features, model, _ = a_past(ws)
        project = a_project(ws, "planning")
        a_use(ws, features, project)
    learn_recommendations(house.open)
    with house.open() as ws:
        before = len(usage_facts(ws)), project_facts(ws, project_id=project)["artifacts"].iloc[0]
        plan_use(ws, project_id=project, artifact_id=model)
        answer = recommendations(ws, project_id=project)
        after = len(usage_facts(ws)), project_facts(ws, project_id=project)["artifacts"].iloc[0]
    assert before == after
    assert "leaving-model" not in names(answer.recommendations)
    assert [(plan.artifact_id, plan.planned_at, plan.used_at) for plan in answer.plans] == [(model, NOW, None)]


def test_a_recorded_use_fulfils_the_plan(house: House) -> None:
    with house.open() as ws:
        artifact, project = an_artifact(ws), a_project(ws)
        plan_use(ws, project_id=project, artifact_id=artifact)
        a_use(ws, artifact, project, NOW + timedelta(days=1))
        a_use(ws, artifact, project, NOW + timedelta(days=2))
        plans = recommendations(ws, project_id=project).plans
    assert [plan.used_at for plan in plans] == [NOW + timedelta(days=1)]


def test_before_anything_was_learned_the_reason_is_told(ws: Workspace) -> None:
    answer = recommendations(ws, project_id=a_project(ws))
    assert (answer.recommendations, answer.reason, answer.learned_at) == ((), NOT_LEARNED, None)
    assert answer.found.value is None


def test_a_project_that_is_only_described_is_answered_too(house: House) -> None:
    with house.open() as ws:
        features, model, _ = a_past(ws)
    learn_recommendations(house.open)
    with house.open(reading=True, role=Role.VIEWER) as ws:
        described = recommendations_like(ws, description="churn", domain="telecom")
        using = recommendations_like(ws, artifact_ids=[features], limit=1)
    assert described.recommendations[0].artifact_id == features
    assert [one.artifact_id for one in using.recommendations] == [model]


def test_artifacts_that_are_not_there_are_named(ws: Workspace) -> None:
    known, gone, typo = an_artifact(ws), uuid4(), uuid4()
    with pytest.raises(NotFound, match=f"no artifact {gone} here"):
        recommendations_like(ws, artifact_ids=[known, gone, gone])
    with pytest.raises(NotFound, match=f"no artifacts {gone}, {typo} here"):
        recommendations_like(ws, artifact_ids=[gone, known, typo])


def test_what_was_removed_or_is_deprecated_is_not_recommended(house: House) -> None:
    with house.open() as ws:
        features, model, images = a_past(ws)
        project = a_project(ws)
        a_use(ws, features, project)
        version = a_version(ws, images, "2", NOW)
        ws.get(ArtifactVersion, version).tags = ["Deprecated"]
    learn_recommendations(house.open)
    with house.open() as ws:
        assert names(recommendations(ws, project_id=project).recommendations) == ["leaving-model"]
        ws.session.execute(delete(Artifact).where(Artifact.id == model))
        assert recommendations(ws, project_id=project).recommendations == ()


def test_of_a_project_that_is_not_there_nothing_is_told(ws: Workspace) -> None:
    with pytest.raises(NotFound):
        recommendations(ws, project_id=uuid4())


@pytest.mark.parametrize("number", [9, 20])
def test_below_the_fewest_outcomes_the_missing_ones_are_told_and_not_that_nobody_used_it(
    house: House, number: int
) -> None:
    with house.open() as ws:
        a_past(ws, number)
        project = a_project(ws, domain="telecom")
    learn_recommendations(house.open)
    with house.open(reading=True) as ws:
        found = recommendations(ws, project_id=project).recommendations
    assert found
    for one in found:
        assert f"30 projects with a known outcome, {30 - number} more than there are" in one.worth


def test_where_impact_was_not_learned_and_where_nobody_with_an_outcome_used_it_that_is_told(house: House) -> None:
    with house.open() as ws:
        features, _, _ = a_past(ws, 30)
        project = a_project(ws, domain="telecom")
    learn_recommendations(house.open)
    with house.open() as ws:
        before = recommendations(ws, project_id=project).recommendations
        scores(ws, [features], NOW)
        after = {one.name: one.worth for one in recommendations(ws, project_id=project).recommendations}
    assert {one.worth for one in before} == {"No impact is known: it is not learned yet."}
    assert "+2.5 to +6.5" in after["churn-features"]
    assert after["leaving-model"] == f"No impact is known: {NO_EFFECT}."


@pytest.mark.parametrize("number", [12, 20, 60])
def test_each_recommendation_for_an_empty_project_has_a_reason(house: House, number: int) -> None:
    shares = (0.9, 0.8, 0.7, 0.5, 0.4, 0.25, 0.15)
    with house.open() as ws:
        artifacts = [an_artifact(ws) for _ in shares]
        past = [a_finished_project(ws) for _ in range(number)]
        for artifact, share in zip(artifacts, shares, strict=True):
            for project in past[: round(share * number)]:
                a_use(ws, artifact, project)
        empty = a_project(ws, "x")
    learn_recommendations(house.open)
    with house.open(reading=True) as ws:
        found = recommendations(ws, project_id=empty, limit=9).recommendations
    assert len(found) >= 5
    for one in found:
        assert f"{one.used_by} of {number} projects use it." in one.reasons


def test_what_nothing_speaks_for_any_more_is_no_card(house: House) -> None:
    with house.open() as ws:
        a_past(ws)
    learn_recommendations(house.open)
    with house.open(reading=True) as ws:
        known = from_bytes(ws.session.scalar(latest_recommender()).content)
        asked = Asked(known.words.weights(["telecom"]))
        found = [
            replace(one, because=(), alike=(), words=(), used_by=place % 2)
            for place, one in enumerate(recommend(known, asked, most=2))
        ]
        cards = list(told(ws, known, found))
    assert [(len(found), card.used_by, card.reasons) for card in cards] == [(2, 1, ("1 of 12 projects uses it.",))]


def test_an_answer_costs_few_queries_however_much_was_learned(house: House) -> None:
    with house.open() as ws:
        a_past(ws, number=30)
        for place in range(30):
            an_artifact(ws, f"telecom {place}", tags=["telecom"])
        project = a_project(ws, domain="telecom")
    learn_recommendations(house.open)
    statements: list[str] = []
    with house.open(reading=True) as ws:
        event.listen(ws.session.connection(), "before_cursor_execute", lambda *given: statements.append(given[2]))
        answer = recommendations(ws, project_id=project, limit=20)
    assert len(answer.recommendations) > 10
    assert len(statements) <= 14
