"""Learning anew: when it is due, what may be learned from, and what is kept."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import date, timedelta
from uuid import UUID

import pandas as pd
import pytest
from sqlalchemy import func, select, update

from maestro_core.actions import training
from maestro_core.actions.training_questions import Portfolio
from maestro_core.errors import NotAllowed
from maestro_core.models import ArtifactScore, AuditEvent, Person, Prediction, Project, TeamMember, TrainingRun
from maestro_core.terms import Role
from maestro_core.workspace import Workspace
from tests.actions.past_projects import a_running_project, past_projects
from tests.builders import a_member, a_use, added, an_artifact
from tests.conftest import NOW, House

DAY = timedelta(days=1)
QUESTIONS = {"impact", "reuse", "team_size", "success", "duration", "cost"}


def numbers(ws: Workspace, project_id: UUID) -> pd.DataFrame:
    """The latest predictions of a project, without what names it."""
    columns = (Prediction.target, Prediction.value, Prediction.low, Prediction.high, Prediction.contributions)
    rows = ws.frame(select(*columns).where(Prediction.project_id == project_id).order_by(Prediction.target))
    assert len(rows) == 3
    return rows


def test_what_was_learned_is_kept_and_told_and_audited(house: House) -> None:
    with house.open() as ws:
        past_projects(ws)
        running = a_running_project(ws)
    told = training.train(house.open)
    about_uses = {"recommendations": "learned from 30 uses of artifacts"}
    assert told == dict.fromkeys(QUESTIONS, "learned from 36 projects") | about_uses
    with house.open(reading=True) as ws:
        assert set(ws.session.scalars(select(TrainingRun.question))) == QUESTIONS
        assert set(ws.session.scalars(select(Prediction.project_id))) == {running}
        done = set(ws.session.scalars(select(AuditEvent.action)))
        assert done == {"training.store_training", "recommending.store_recommender"}


def test_reading_keeps_nobody_from_writing(house: House) -> None:
    """On SQLite one writer waits for another: the door that writes opens for what is stored, and for nothing else."""
    with house.open() as ws:
        past_projects(ws)
        a_running_project(ws)
    opened: list[None] = []

    def door() -> AbstractContextManager[Workspace]:
        opened.append(None)
        return house.open()

    for learn_anew in (training.train, training.train_if_due):
        learn_anew(door, watch=lambda: house.open(reading=True))
    with house.open(reading=True) as ws:
        assert len(opened) == ws.session.scalar(select(func.count(AuditEvent.id)))


def test_training_twice_on_the_same_facts_is_not_due(house: House) -> None:
    with house.open() as ws:
        projects = past_projects(ws)
    assert training.train_if_due(house.open)
    assert not training.train_if_due(house.open)
    with house.open() as ws:
        ws.session.execute(update(Project).where(Project.id == projects[0]).values(model_performance=1.0))
    assert training.train_if_due(house.open)


def test_too_little_to_learn_from_is_neither_audited_nor_news(house: House) -> None:
    """The clock asks every minute: each answer would be an audit event, and pages would remember nothing."""
    with house.open() as ws:
        past_projects(ws, 3)
    assert not training.train_if_due(house.open)
    with house.open(reading=True) as ws:
        # What goes with what is learned from one use on, once.
        assert list(ws.session.scalars(select(AuditEvent.action))) == ["recommending.store_recommender"]
        version = ws.tenant.data_version
    assert not training.train_if_due(house.open)
    with house.open(reading=True) as ws:
        assert ws.session.scalar(select(func.count(AuditEvent.id))) == 1
        assert ws.tenant.data_version == version


def test_where_the_evidence_is_gone_no_score_stays(house: House) -> None:
    with house.open() as ws:
        projects = past_projects(ws)
    assert training.train_if_due(house.open)
    with house.open() as ws:
        withdrawn = update(Project).where(Project.id.in_(projects[:30]))
        ws.session.execute(withdrawn.values(outcome=None))
    assert not training.train_if_due(house.open)
    with house.open(reading=True) as ws:
        assert ws.session.scalar(select(func.count(ArtifactScore.id))) == 0
        deeds = ws.session.scalar(select(func.count(AuditEvent.id)))
    assert not training.train_if_due(house.open)
    with house.open(reading=True) as ws:
        assert ws.session.scalar(select(func.count(AuditEvent.id))) == deeds == 5


@pytest.mark.slow
def test_of_one_day_only_the_last_answer_is_kept(house: House) -> None:
    with house.open() as ws:
        projects = past_projects(ws)
        a_running_project(ws)
        ending = a_running_project(ws)
    training.train(house.open)
    with house.open() as ws:
        ws.session.execute(update(Project).where(Project.id == ending).values(finished_at=NOW))
        ws.session.execute(update(Project).where(Project.id == projects[0]).values(model_performance=1.0))
    training.train(lambda: house.open(now=NOW + timedelta(hours=1)))
    training.train(lambda: house.open(now=NOW + timedelta(hours=2)))
    with house.open(reading=True) as ws:
        last_of_the_ended = select(func.count(Prediction.id)).where(Prediction.project_id == ending)
        assert ws.session.scalar(last_of_the_ended) == 3
        assert ws.session.scalar(select(func.count(Prediction.id))) == 2 * 3
        # The first run stays where it foretold what has ended since.
        kept = ws.session.execute(select(TrainingRun.question, func.count()).group_by(TrainingRun.question)).all()
        assert dict(kept) == {"impact": 1, "reuse": 1, "team_size": 1, "success": 2, "duration": 2, "cost": 2}


def test_another_day_is_due_and_nothing_at_all_is_not(house: House) -> None:
    assert not training.train_if_due(house.open)
    with house.open() as ws:
        past_projects(ws)
    assert training.train_if_due(house.open)
    assert training.train_if_due(lambda: house.open(now=NOW + DAY))


def test_the_order_of_the_facts_does_not_make_training_due() -> None:
    projects = pd.DataFrame({"project_id": [1, 2], "success": [3.0, None], "description": "", "created_at": NOW})
    usage = pd.DataFrame({"project_id": [1, 1], "artifact_id": [5, 6]})
    same = Portfolio(projects.iloc[::-1], usage.iloc[::-1], NOW)
    assert Portfolio(projects, usage, NOW).data_hash == same.data_hash
    assert Portfolio(projects.assign(success=[3.0, 4.0]), usage, NOW).data_hash != same.data_hash


def test_no_prediction_is_learned_from_what_is_known_only_afterwards(house: House) -> None:
    with house.open() as ws:
        past_projects(ws)
        early = a_running_project(ws)
        late = a_running_project(
            ws, compute_cost=9e6, experiments=999, model_performance=1.0, business_impact=1.0, delivery=1.0
        )
        harder = a_running_project(ws, complexity=7.0)
        for project in (early, late, harder):
            a_member(ws, project, years=3.0)
        a_use(ws, an_artifact(ws), late, NOW - 19 * DAY)
        joined_later = TeamMember(
            project_id=late, person_id=added(ws, Person(name="Lin")), experience_years=30.0, joined_at=NOW - 19 * DAY
        )
        added(ws, joined_later)
    training.train(house.open)
    with house.open(reading=True) as ws:
        assert numbers(ws, late).equals(numbers(ws, early))
        assert not numbers(ws, harder).equals(numbers(ws, early))


def test_only_running_projects_are_predicted(house: House) -> None:
    with house.open() as ws:
        past_projects(ws)
        running = a_running_project(ws)
        a_running_project(ws, finished_at=NOW - DAY)
    training.train(house.open)
    with house.open(reading=True) as ws:
        assert set(ws.session.scalars(select(Prediction.project_id))) == {running}


def impact(ws: Workspace, *, until: date) -> list[tuple[date, float]]:
    rows = ws.frame(
        select(ArtifactScore.as_of, ArtifactScore.artifact_id, ArtifactScore.effect)
        .where(ArtifactScore.as_of <= until)
        .order_by(ArtifactScore.as_of, ArtifactScore.artifact_id)
    )
    return list(zip(rows["as_of"], rows["effect"], strict=True))


def test_the_impact_of_a_month_end_uses_only_outcomes_known_then(house: House) -> None:
    """Outcomes of the middle of June say something from the end of June on, and nothing of May."""
    with house.open() as ws:
        projects = past_projects(ws)
        lately = projects[-6:]
        ended = update(Project).where(Project.id.in_(lately))
        ws.session.execute(ended.values(finished_at=NOW - 15 * DAY))
    training.train(house.open)
    end_of_may, today = date(2026, 5, 31), NOW.date()
    with house.open() as ws:
        before = impact(ws, until=today)
        then = impact(ws, until=end_of_may)
        ws.session.execute(ended.values(model_performance=1.0))
    training.train(house.open)
    with house.open(reading=True) as ws:
        assert len(then) >= 11
        assert impact(ws, until=end_of_may) == then
        changed = set(impact(ws, until=today)) - set(before)
    assert {day for day, _ in changed} == {date(2026, 6, 30), today}


def test_former_predictions_stay_to_be_judged_and_former_scores_are_told_anew(house: House) -> None:
    with house.open() as ws:
        past_projects(ws)
        a_running_project(ws)
    for days in (0, 1):
        training.train(lambda days=days: house.open(now=NOW + days * DAY))
    with house.open(reading=True) as ws:
        assert ws.session.scalar(select(func.count(Prediction.id))) == 2 * 3
        scores = ws.frame(select(ArtifactScore.as_of, ArtifactScore.artifact_id))
        assert not scores.duplicated().any()
        assert scores["as_of"].max() == (NOW + DAY).date()


def test_each_question_says_for_itself_how_many_outcomes_are_missing(house: House) -> None:
    with house.open() as ws:
        past_projects(ws, 12)
    told = training.train(house.open)
    assert told["success"] == "learned from 12 projects"
    assert "3 more are needed" in told["team_size"]
    assert "18" in told["impact"]
    with house.open(reading=True) as ws:
        assert set(ws.session.scalars(select(TrainingRun.question))) == {"success", "duration", "cost"}


def test_only_who_may_train_trains(house: House) -> None:
    with pytest.raises(NotAllowed):
        training.train(lambda: house.open(role=Role.VIEWER))
