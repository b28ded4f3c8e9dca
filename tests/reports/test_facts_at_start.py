"""What a prediction may know: the facts as they stood when a project started, and nothing that came of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
import pandas as pd

from maestro_core.learning.predictors import FEATURES, KNOWN_BEFORE_THE_START, PREDICTORS
from maestro_core.models import Person, PlannedUse, TeamMember
from maestro_core.reports import expectation
from maestro_core.reports.expectation import PlannedProject
from maestro_core.reports.facts import facts_at_start, project_facts
from maestro_core.reports.team_sizing_plan import plan_of
from maestro_core.terms import Outcome
from maestro_core.workspace import Workspace
from tests.builders import a_finished_project, a_member, a_project, a_use, added, an_artifact
from tests.conftest import NOW

DAY = timedelta(days=1)
START = NOW - 90 * DAY


def known(ws: Workspace) -> pd.DataFrame:
    return facts_at_start(ws, project_facts(ws))


def joins(ws: Workspace, project_id: UUID, at: datetime | None, *, years: float) -> None:
    person_id = added(ws, Person(name=f"somebody of {years} years"))
    added(ws, TeamMember(project_id=project_id, person_id=person_id, experience_years=years, joined_at=at))


def test_who_joins_later_and_what_is_used_later_is_not_known_at_the_start(ws: Workspace) -> None:
    project_id, template = a_project(ws, started_at=START), an_artifact(ws)
    for at, years in ((None, 2.0), (START, 4.0), (START + DAY, 30.0)):
        joins(ws, project_id, at, years=years)
    a_use(ws, template, project_id, START - DAY)
    a_use(ws, template, project_id, START + DAY)
    a_use(ws, an_artifact(ws), project_id, START + DAY)
    assert known(ws)[["team_size", "experience", "artifacts"]].iloc[0].tolist() == [2, 3, 1]
    assert project_facts(ws)[["team_size", "artifacts"]].iloc[0].tolist() == [3, 2]


def test_what_was_planned_by_the_start_is_known_then_and_counts_once(ws: Workspace) -> None:
    project_id, used_too, early, late = a_project(ws, started_at=START), *(an_artifact(ws) for _ in range(3))
    for artifact_id, at in ((used_too, START - DAY), (early, START), (late, START + DAY)):
        added(ws, PlannedUse(project_id=project_id, artifact_id=artifact_id, planned_at=at))
    a_use(ws, used_too, project_id, START - DAY)
    a_use(ws, early, project_id, START + DAY)
    assert known(ws)["artifacts"].tolist() == [2]


def test_a_stated_team_size_stays_and_a_project_without_a_start_has_not_begun(ws: Workspace) -> None:
    stated, planned = a_project(ws, team_size=7.0, started_at=START), a_project(ws)
    joins(ws, stated, NOW, years=1.0)
    joins(ws, planned, NOW, years=1.0)
    a_use(ws, an_artifact(ws), planned)
    facts = known(ws).set_index("project_id")
    assert facts.loc[stated, "team_size"] == 7
    assert pd.isna(facts.loc[stated, "experience"])
    assert facts.loc[planned, ["team_size", "experience", "artifacts"]].tolist() == [1, 1, 1]


def test_of_an_ended_project_without_a_start_nobody_knows_what_stood_at_its_start(ws: Workspace) -> None:
    """Neither nothing nor its whole life: an import without start dates would teach what came of the projects."""
    ended, judged = a_project(ws, finished_at=NOW), a_project(ws, outcome=Outcome.SUCCESS)
    for project_id in (ended, judged):
        joins(ws, project_id, NOW - DAY, years=5.0)
        joins(ws, project_id, None, years=1.0)
        a_use(ws, an_artifact(ws), project_id, NOW - DAY)
    unused = a_finished_project(ws)
    facts = known(ws).set_index("project_id").loc[[ended, judged, unused], ["team_size", "experience", "artifacts"]]
    assert facts.isna().all(axis=None)


def test_what_an_ended_project_without_a_start_states_and_who_joined_at_no_known_time_stay(ws: Workspace) -> None:
    stated, undated = a_finished_project(ws, team_size=7.0), a_finished_project(ws)
    joins(ws, stated, NOW - DAY, years=5.0)
    joins(ws, undated, None, years=3.0)
    facts = known(ws).set_index("project_id")
    assert facts.loc[stated, "team_size"] == 7
    assert facts.loc[undated, ["team_size", "experience"]].tolist() == [1, 3]


def test_uses_in_the_life_of_ended_projects_without_a_start_warn_no_new_project(ws: Workspace) -> None:
    template = an_artifact(ws)
    for place in range(12):
        project_id = a_finished_project(ws, complexity=2.0 + place % 3, success=50.0 + place)
        a_use(ws, template, project_id, NOW - DAY)
    answer = expectation.planned(ws, plan=PlannedProject(complexity=3.0, artifacts=0.0))
    assert not [warning for warning in answer.warnings if "beyond" in warning]
    assert plan_of(ws, project_id=project_id).artifacts is None


def test_bots_are_no_team_at_the_start_either(ws: Workspace) -> None:
    project_id = a_project(ws, started_at=START)
    added(ws, TeamMember(project_id=project_id, person_id=added(ws, Person(name="renovate", is_bot=True))))
    assert pd.isna(known(ws)["team_size"].iloc[0])


def test_all_other_facts_stay_in_their_order(ws: Workspace) -> None:
    for days in (3, 1, 2):
        a_finished_project(ws, started_at=NOW - days * DAY)
    a_project(ws)
    facts = project_facts(ws)
    same = [name for name in facts if name not in ("team_size", "experience", "artifacts")]
    pd.testing.assert_frame_equal(known(ws)[same], facts[same])
    assert list(known(ws).columns) == list(facts.columns)


def test_nothing_is_known_of_no_project(ws: Workspace) -> None:
    assert known(ws).empty


def test_permuting_every_other_fact_leaves_the_features_as_they_are(ws: Workspace) -> None:
    """The features read their own columns and no other: what came of a project cannot reach a prediction."""
    for place in range(6):
        facts = {
            "complexity": 1.0 + place,
            "team_size": 2.0 + place,
            "domain": "ab"[place % 2],
            "compute_cost": 100.0 * place,
        }
        project_id = a_finished_project(
            ws, success=20.0 + 9 * place, started_at=START - place * DAY, finished_at=NOW - 2 * place * DAY, **facts
        )
        a_member(ws, project_id, name=f"member {place}", years=1.0 + place)
    facts, chance = known(ws), np.random.default_rng(0)
    others = [name for name in facts if name not in FEATURES]
    assert {"outcome", "success", "duration", "cost", "finished_at", "experiments", "model_performance"} <= set(others)
    permuted = facts.assign(**{name: facts[name].to_numpy()[chance.permutation(len(facts))] for name in others})
    assert not permuted[others].equals(facts[others])
    for predictor in PREDICTORS.values():
        pd.testing.assert_frame_equal(predictor.inputs(permuted), predictor.inputs(facts))


def test_the_features_are_exactly_the_documented_ones() -> None:
    assert set(KNOWN_BEFORE_THE_START) == {
        "complexity", "experience", "team_size", "artifacts", "domain", "problem_type"
    }  # fmt: skip
    assert all(predictor.features == tuple(KNOWN_BEFORE_THE_START) for predictor in PREDICTORS.values())
