"""What is known of projects, and what their state asks for."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pandas as pd
import pytest
from sqlalchemy import event

from maestro_core.errors import NotFound
from maestro_core.models import (
    DataSource,
    Person,
    Prediction,
    ProcessMetric,
    RefreshRun,
    TeamMember,
    TrackedExperiment,
    TrackedRun,
    TrainingRun,
)
from maestro_core.reports import organisation, overview, projects
from maestro_core.reports.facts import project_facts, usage_facts
from maestro_core.reports.overview import AttentionKind
from maestro_core.reports.projects import ProjectState
from maestro_core.terms import Outcome, Role, RunState, SourceKind, Target
from maestro_core.workspace import Workspace
from tests.builders import a_finished_project, a_member, a_project, a_use, a_version, added, an_artifact, scores
from tests.conftest import NOW, House

DAY = timedelta(days=1)


def fact(ws: Workspace, name: str) -> object:
    return project_facts(ws)[name].iloc[0]


def test_a_stated_team_size_beats_the_number_of_members(ws: Workspace) -> None:
    project_id = a_project(ws)
    assert pd.isna(fact(ws, "team_size"))
    a_member(ws, project_id, years=2)
    a_member(ws, project_id, years=6)
    assert (fact(ws, "team_size"), fact(ws, "experience")) == (2, 4)
    a_project(ws, team_size=9.0, started_at=NOW - DAY)
    assert sorted(project_facts(ws)["team_size"]) == [2, 9]


def test_bots_are_no_team(ws: Workspace) -> None:
    project_id = a_project(ws)
    robot = added(ws, Person(name="renovate", is_bot=True))
    added(ws, TeamMember(project_id=project_id, person_id=robot))
    assert pd.isna(fact(ws, "team_size"))
    assert projects.project(ws, project_id=project_id).members.empty


def test_tracked_runs_count_as_experiments_unless_a_number_is_stated(ws: Workspace) -> None:
    project_id = a_project(ws)
    source = added(ws, DataSource(kind=SourceKind.MLFLOW, name="m", location="http://m", created_at=NOW))
    tracked = added(ws, TrackedExperiment(source_id=source, project_id=project_id, external_id="1", name="e"))
    for run in "ab":
        a_run = TrackedRun(
            experiment_id=tracked, external_id=run, name=run, state="FINISHED", started_at=NOW, metrics={}
        )
        added(ws, a_run)
    assert fact(ws, "experiments") == 2
    a_project(ws, experiments=7)
    assert sorted(project_facts(ws)["experiments"]) == [2, 7]


def test_artifacts_are_counted_once_however_often_they_are_used(ws: Workspace) -> None:
    project_id, artifact_id = a_project(ws), an_artifact(ws)
    for days in (3, 1, 2):
        a_use(ws, artifact_id, project_id, NOW - days * DAY)
    a_use(ws, an_artifact(ws), project_id)
    assert fact(ws, "artifacts") == 2
    used = usage_facts(ws).set_index("artifact_id").loc[artifact_id]
    assert (used["project_id"], used["first_used_at"]) == (project_id, NOW - 3 * DAY)
    assert list(usage_facts(ws).columns) == ["project_id", "artifact_id", "kind", "first_used_at"]


def test_success_follows_the_weights_of_the_organisation(ws: Workspace) -> None:
    a_finished_project(ws, success=90, delivery=60.0)
    assert fact(ws, "success") == pytest.approx((0.4 * 90 + 0.2 * 60) / 0.6)
    ws.tenant.weight_delivery = 0.0
    assert fact(ws, "success") == pytest.approx(90)


def test_without_an_outcome_there_is_no_success(ws: Workspace) -> None:
    a_project(ws, model_performance=90.0, finished_at=NOW)
    assert pd.isna(fact(ws, "success"))


def test_nothing_is_known_of_an_empty_portfolio(ws: Workspace) -> None:
    assert project_facts(ws).empty
    assert usage_facts(ws).empty
    assert projects.projects(ws).projects.empty
    state = overview.overview(ws)
    assert state.success_rate.present.reason == "no project finished with an outcome in this period"
    assert state.attention == ()
    assert (state.outcomes.for_predictions, state.outcomes.for_impact) == (10, 30)


def test_the_latest_project_comes_first_with_its_state(ws: Workspace) -> None:
    a_project(ws, "old", started_at=NOW - 90 * DAY, finished_at=NOW)
    a_project(ws, "new", started_at=NOW - DAY)
    a_finished_project(ws, "done", started_at=NOW - 30 * DAY, outcome=Outcome.FAILURE)
    rows = projects.projects(ws).projects
    assert list(rows["name"]) == ["new", "done", "old"]
    assert list(rows["state"]) == [ProjectState.RUNNING, ProjectState.FAILURE, ProjectState.UNDECIDED]


def test_a_project_without_a_start_comes_last(ws: Workspace) -> None:
    a_project(ws, "nobody knows when")
    a_project(ws, "old", started_at=NOW - 90 * DAY)
    a_project(ws, "new", started_at=NOW - DAY)
    assert list(projects.projects(ws).projects["name"]) == ["new", "old", "nobody knows when"]


def test_a_project_report_shows_the_version_last_used_and_its_score(ws: Workspace) -> None:
    project_id, artifact_id = a_project(ws, "churn"), an_artifact(ws, "embeddings")
    first, second = (a_version(ws, artifact_id, version, NOW) for version in ("1", "2"))
    a_use(ws, artifact_id, project_id, NOW - 2 * DAY, version_id=second)
    a_use(ws, artifact_id, project_id, NOW - DAY, version_id=first)
    scores(ws, [artifact_id], NOW - 40 * DAY, highest=50)
    scores(ws, [artifact_id], NOW)
    used = projects.project(ws, project_id=project_id).artifacts.iloc[0]
    assert (used["version"], used["uses"], used["score"]) == ("1", 2, 89)
    assert (used["first_used_at"], used["last_used_at"]) == (NOW - 2 * DAY, NOW - DAY)


def test_a_project_report_of_nothing_has_its_columns(ws: Workspace) -> None:
    answer = projects.project(ws, project_id=a_project(ws))
    assert {"artifact_id", "score", "effect"} <= set(answer.artifacts.columns)
    assert list(answer.activity.columns) == ["week", "measure", "value"]
    assert answer.predictions.empty
    assert answer.facts.state is ProjectState.RUNNING


def test_activity_is_summed_over_the_weeks_of_the_organisation(ws: Workspace) -> None:
    project_id = a_project(ws)
    sunday, monday = date(2026, 6, 7), date(2026, 6, 8)
    for day in (sunday, monday):
        added(ws, ProcessMetric(project_id=project_id, day=day, measure="commits", value=2))
    weeks = projects.project(ws, project_id=project_id).activity
    assert [week.date() for week in weeks["week"]] == [date(2026, 6, 1), monday]
    ws.tenant.week_starts_on = 6
    weeks = projects.project(ws, project_id=project_id).activity
    assert [(week.date(), value) for week, value in zip(weeks["week"], weeks["value"], strict=True)] == [(sunday, 4)]


def test_only_the_latest_prediction_of_a_target_is_shown(ws: Workspace) -> None:
    project_id = a_project(ws)
    run = added(
        ws,
        TrainingRun(
            question="success", trained_at=NOW, rows=40, data_hash="", settings={}, metrics={}, coefficients={}
        ),
    )
    for days, value in ((1, 70.0), (9, 50.0)):
        told = {"target": Target.SUCCESS, "value": value, "low": 40, "high": 90, "predicted_at": NOW - days * DAY}
        added(ws, Prediction(project_id=project_id, training_run_id=run, **told))
    assert list(projects.project(ws, project_id=project_id).predictions["value"]) == [70]


def test_names_are_for_those_who_may_view_people(house: House) -> None:
    with house.open() as ws:
        project_id = a_project(ws)
        a_member(ws, project_id, name="Ada")
    with house.open(reading=True) as ws:
        assert list(projects.project(ws, project_id=project_id).members["person"]) == ["Ada"]
    with house.open(role=Role.VIEWER, reading=True) as ws:
        assert projects.project(ws, project_id=project_id).members["person"].isna().all()


def test_a_project_of_nobody_is_not_found(ws: Workspace) -> None:
    for question in (projects.project, projects.facts):
        with pytest.raises(NotFound):
            question(ws, project_id=uuid4())


def test_the_overview_compares_a_year_with_the_year_before(ws: Workspace) -> None:
    for days, outcome in ((10, Outcome.SUCCESS), (20, Outcome.FAILURE), (400, Outcome.FAILURE), (800, Outcome.SUCCESS)):
        finished = NOW - days * DAY
        a_finished_project(ws, finished_at=finished, started_at=finished - 30 * DAY, outcome=outcome)
    answer = overview.overview(ws)
    assert (answer.success_rate.present.value, answer.success_rate.present.sample) == (0.5, 2)
    assert (answer.success_rate.before.value, answer.success_rate.before.sample) == (0, 1)
    assert answer.duration.present.value == 30
    assert answer.cost.present.reason == "no project with a known cost finished in this period"
    assert answer.states[ProjectState.SUCCESS] == 2


def test_taking_up_an_artifact_of_another_project_is_reuse(ws: Workspace) -> None:
    artifact_id, first, second = an_artifact(ws), a_project(ws), a_project(ws)
    a_use(ws, artifact_id, first, NOW - 500 * DAY)
    a_use(ws, artifact_id, first, NOW - 5 * DAY)
    a_use(ws, artifact_id, second, NOW - 4 * DAY)
    reuse = overview.overview(ws).reuse
    assert (reuse.present.value, reuse.present.sample) == (1, 1)
    assert (reuse.before.value, reuse.before.sample) == (0, 1)


def test_what_changed_lately_is_listed_newest_first(ws: Workspace) -> None:
    a_finished_project(ws, "churn", started_at=NOW - 90 * DAY, finished_at=NOW - 3 * DAY)
    a_project(ws, "fraud", started_at=NOW - DAY)
    an_artifact(ws, "embeddings", created_at=NOW - 2 * DAY)
    an_artifact(ws, "ancient", created_at=NOW - 200 * DAY)
    changes = overview.overview(ws).changes
    assert list(zip(changes["change"], changes["name"], strict=True)) == [
        ("project started", "fraud"),
        ("artifact added", "embeddings"),
        ("project finished", "churn"),
    ]


def a_source(ws: Workspace, name: str, *, refreshed: datetime | None, states: list[RunState]) -> None:
    source = DataSource(kind=SourceKind.GIT, name=name, location=name, created_at=NOW - 9 * DAY, refreshed_at=refreshed)
    source_id = added(ws, source)
    for days, state in enumerate(reversed(states)):
        added(ws, RefreshRun(source_id=source_id, state=state, requested_at=NOW - days * DAY))


def test_attention_goes_to_what_fails_is_stale_or_missing(ws: Workspace) -> None:
    a_project(ws, finished_at=NOW, complexity=3.0, team_size=4.0)
    a_finished_project(ws, model_performance=None, team_size=4.0, complexity=3.0)
    a_project(ws, complexity=3.0)
    a_project(ws, team_size=3.0)
    a_finished_project(ws, model_performance=None, outcome=Outcome.CANCELLED, team_size=4.0, complexity=3.0)
    a_source(ws, "fails", refreshed=NOW - 2 * DAY, states=[RunState.SUCCEEDED, RunState.FAILED, RunState.RUNNING])
    a_source(ws, "recovered", refreshed=NOW, states=[RunState.FAILED, RunState.SUCCEEDED])
    a_source(ws, "never", refreshed=None, states=[])
    needed = overview.overview(ws).attention
    assert {item.kind: item.message.split(maxsplit=2)[:2] for item in needed} == {
        AttentionKind.SOURCE_FAILING: ["1", "source"],
        AttentionKind.SOURCE_STALE: ["1", "source"],
        AttentionKind.OUTCOME_MISSING: ["1", "project"],
        AttentionKind.PARTS_MISSING: ["1", "project"],
        AttentionKind.COMPLEXITY_MISSING: ["1", "project"],
        AttentionKind.TEAM_MISSING: ["1", "project"],
    }


def test_each_outcome_brings_learning_nearer(ws: Workspace) -> None:
    for _ in range(12):
        a_finished_project(ws)
    undecided = a_project(ws, "undecided", finished_at=NOW)
    missing = projects.outcomes_missing(ws)
    assert (missing.scored, missing.for_predictions, missing.for_impact) == (12, 0, 18)
    assert list(missing.projects["project_id"]) == [undecided]


def test_team_sizing_counts_outcomes_of_projects_with_complexity_and_team(ws: Workspace) -> None:
    a_finished_project(ws, complexity=None)
    a_finished_project(ws, complexity=4, team_size=3)
    assert projects.outcomes_missing(ws).for_team_sizing == 14


def test_freshness_is_that_of_the_oldest_source(ws: Workspace) -> None:
    a_source(ws, "a", refreshed=NOW - 5 * DAY, states=[])
    a_source(ws, "b", refreshed=NOW, states=[])
    assert overview.overview(ws).freshness.oldest_refresh == NOW - 5 * DAY


def test_answers_survive_the_cache_and_become_json(ws: Workspace) -> None:
    project_id = a_finished_project(ws, started_at=datetime(2026, 1, 1, tzinfo=UTC))
    for answer in (projects.project(ws, project_id=project_id), overview.overview(ws), projects.projects(ws)):
        assert pickle.loads(pickle.dumps(answer)).model_dump_json() == answer.model_dump_json()


def test_the_organisation_says_what_it_decides(ws: Workspace) -> None:
    assert organisation.organisation(ws).currency == "EUR"


def test_chosen_projects_are_looked_up_at_once_each_once_and_one_of_nobody_is_named(ws: Workspace) -> None:
    one, other = a_project(ws), a_project(ws)
    ws.session.expunge_all()
    asked: list[str] = []
    event.listen(ws.session.connection(), "before_cursor_execute", lambda *given: asked.append(given[2]))
    assert projects.present(ws, projects=[other, one, other]) == [other, one]
    assert len(asked) == 1
    unknown = uuid4()
    with pytest.raises(NotFound, match=str(unknown)):
        projects.present(ws, projects=[one, unknown])
