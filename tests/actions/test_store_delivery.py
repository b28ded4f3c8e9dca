"""Storing what tools of delivery tell, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pandas.testing import assert_frame_equal
from sqlalchemy import select

from maestro_core.actions.derived import derive_project
from maestro_core.actions.forgetting import forget_delivery
from maestro_core.actions.identities import set_bot
from maestro_core.actions.store_delivery import store_delivery
from maestro_core.collectors.delivery import DeliveryBatch, SeenDeployment
from maestro_core.errors import NotAllowed, NotNow
from maestro_core.models import (
    DataQualityIssue,
    DataSource,
    DeploymentEvent,
    Person,
    PipelineJob,
    PipelineRun,
    PullRequest,
    Review,
)
from maestro_core.terms import PipelineOutcome, ReviewState, Role, SourceKind
from maestro_core.workspace import Workspace
from tests.actions.stored_delivery import (
    MONDAY,
    ROBOT,
    TUESDAY,
    a_job,
    a_pull_request,
    a_review,
    a_run,
    a_source,
    days,
    everything,
    everything_told,
    told,
    without_metric_keys,
)
from tests.builders import a_project
from tests.conftest import House


def test_telling_a_batch_again_changes_nothing(ws: Workspace) -> None:
    source = a_source(ws)
    assert told(ws, source, **everything_told()) == 7
    once = without_metric_keys(everything(ws))
    assert all(len(frame) for name, frame in once.items() if name != "DataQualityIssue")
    told(ws, source, **everything_told())
    for name, frame in without_metric_keys(everything(ws)).items():
        assert_frame_equal(frame, once[name])
    assert source.cursor == {"at": 1}


def test_a_row_that_is_told_anew_replaces_what_was_known_of_it_and_keeps_its_key(ws: Workspace) -> None:
    source = a_source(ws)
    told(ws, source, pull_requests=(a_pull_request(is_draft=True),))
    key = ws.session.scalar(select(PullRequest.id))
    told(ws, source, pull_requests=(a_pull_request(title="Better", merged_at=TUESDAY, labels=("hotfix",)),))
    columns = (PullRequest.id, PullRequest.title, PullRequest.merged_at, PullRequest.is_draft, PullRequest.labels)
    assert ws.session.execute(select(*columns)).all() == [(key, "Better", TUESDAY, False, ["hotfix"])]


def test_what_a_tool_does_not_tell_now_stays_as_it_was(ws: Workspace) -> None:
    source = a_source(ws)
    event = SeenDeployment(external_id="5", environment="production", created_at=MONDAY, branch="fix")
    told(ws, source, pull_requests=(a_pull_request(added=3, ready_at=TUESDAY),), deployments=(event,))
    told(ws, source, pull_requests=(a_pull_request(deleted=0),), deployments=(replace(event, branch=None),))
    known = ws.session.execute(select(PullRequest.added, PullRequest.deleted, PullRequest.ready_at)).one()
    assert known == (3, 0, TUESDAY)
    assert ws.session.scalar(select(DeploymentEvent.branch)) == "fix"


def test_a_review_and_a_job_may_name_what_an_earlier_batch_told(ws: Workspace) -> None:
    source = a_source(ws)
    told(ws, source, pull_requests=(a_pull_request(),), runs=(a_run(), a_run(attempt=2)))
    told(ws, source, reviews=(a_review(),), jobs=(a_job(), a_job(attempt=2)))
    reviewed = ws.session.execute(select(PullRequest.external_id).join(Review)).all()
    assert reviewed == [("7",)]
    jobs = select(PipelineRun.attempt, PipelineJob.name).join(PipelineJob, PipelineJob.run_id == PipelineRun.id)
    assert sorted(ws.session.execute(jobs).all()) == [(1, "unit"), (2, "unit")]


def test_what_names_something_unknown_is_left_out_and_noted(ws: Workspace) -> None:
    source, other = a_source(ws), a_source(ws)
    told(ws, other, pull_requests=(a_pull_request("99"),), runs=(a_run("98"),))
    told(ws, source, reviews=(a_review("99"), a_review("99", "71")), jobs=(a_job("98"), a_job("98", attempt=3)))
    assert (ws.session.scalars(select(Review)).all(), ws.session.scalars(select(PipelineJob)).all()) == ([], [])
    noted = select(DataQualityIssue.kind, DataQualityIssue.subject).where(DataQualityIssue.source_id == source.id)
    assert sorted(ws.session.execute(noted).all()) == [
        ("job of an unknown run", "98"),
        ("review of an unknown pull request", "99"),
    ]


def test_text_that_a_database_refuses_or_that_is_endless_is_cleaned(ws: Workspace) -> None:
    source = a_source(ws)
    endless = "x" * 100_000
    hostile = a_pull_request(endless, title=f"\x00\ud800{endless}", labels=("a\x00", "a\x00"), added=10**30)
    told(ws, source, pull_requests=(hostile,), reviews=(a_review(endless),), oddities=(("odd\x00", endless, endless),))
    stored = ws.session.scalars(select(PullRequest)).one()
    assert (stored.title[:3], len(stored.title), stored.labels, stored.added) == ("\ufffd?x", 2000, ["a\ufffd"], None)
    assert ws.session.scalar(select(Review.pull_request_id)) == stored.id


def test_the_first_and_the_last_day_there_are_can_be_told(ws: Workspace) -> None:
    source = a_source(ws)
    ends = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))
    told(ws, source, runs=tuple(a_run(str(at.year), created_at=at) for at in ends))
    assert days(ws, source.project_id) == {("pipeline_runs", "0001-01-01"): 1, ("pipeline_runs", "9999-12-31"): 1}
    derive_project(ws, source.project_id)


def test_days_count_what_was_opened_merged_reviewed_and_run(ws: Workspace) -> None:
    source = a_source(ws)
    told(ws, source, **everything_told())
    told(ws, source, runs=tuple(a_run(str(n), outcome=outcome) for n, outcome in enumerate(PipelineOutcome)))
    told(ws, source, reviews=(a_review(number="note", state=ReviewState.NOTE),))
    assert days(ws, source.project_id) == {
        ("pull_requests_opened", "2026-06-01"): 1,
        ("pull_requests_merged", "2026-06-02"): 1,
        ("reviews", "2026-06-02"): 1,
        ("pipeline_runs", "2026-06-01"): 8,
        ("pipeline_failures", "2026-06-01"): 3,
    }


def test_a_row_whose_day_changed_leaves_the_former_day(ws: Workspace) -> None:
    source = a_source(ws)
    told(ws, source, **everything_told())
    later = MONDAY + timedelta(days=400)
    told(
        ws,
        source,
        pull_requests=(a_pull_request(created_at=later),),
        runs=(a_run(created_at=later, outcome=PipelineOutcome.FAILURE),),
        reviews=(a_review(submitted_at=MONDAY),),
    )
    assert days(ws, source.project_id) == {
        ("pull_requests_opened", "2027-07-06"): 1,
        ("reviews", "2026-06-01"): 1,
        ("pipeline_runs", "2027-07-06"): 1,
        ("pipeline_failures", "2027-07-06"): 1,
    }


def test_days_are_counted_over_all_sources_of_a_project_and_without_programs(ws: Workspace) -> None:
    source = a_source(ws)
    second = a_source(ws, project_id=source.project_id)
    told(ws, source, pull_requests=(a_pull_request(),))
    told(
        ws,
        second,
        pull_requests=(a_pull_request(), a_pull_request("8", author=ROBOT), a_pull_request("9", author=None)),
    )
    told(ws, second, reviews=(a_review(account=ROBOT), a_review(number="71", account=None)))
    assert days(ws, source.project_id) == {
        ("pull_requests_opened", "2026-06-01"): 3,
        ("reviews", "2026-06-02"): 1,
    }


def test_days_are_counted_anew_where_somebody_turns_out_to_be_a_program(ws: Workspace) -> None:
    source = a_source(ws)
    told(ws, source, pull_requests=(a_pull_request(merged_at=TUESDAY),), reviews=(a_review(),))
    counted = days(ws, source.project_id)
    ada, bob = (ws.session.scalars(select(Person.id).where(Person.name == name)).one() for name in ("ada", "bob"))
    set_bot(ws, person_id=ada, is_bot=True)
    assert days(ws, source.project_id) == {("reviews", "2026-06-02"): 1}
    set_bot(ws, person_id=bob, is_bot=True)
    assert days(ws, source.project_id) == {}
    for person_id in (ada, bob):
        set_bot(ws, person_id=person_id, is_bot=False)
    assert days(ws, source.project_id) == counted


def test_rows_move_with_a_source_that_is_attached_to_another_project(ws: Workspace) -> None:
    source = a_source(ws)
    former = source.project_id
    told(ws, source, **everything_told())
    counted = days(ws, former)
    source.project_id = a_project(ws)
    told(ws, source)
    assert (days(ws, former), days(ws, source.project_id)) == ({}, counted)
    assert ws.session.scalars(select(PullRequest.project_id)).all() == [source.project_id]


def test_forgetting_a_source_leaves_what_others_told(ws: Workspace) -> None:
    kept = a_source(ws)
    told(ws, kept, runs=(a_run(),), pull_requests=(a_pull_request(merged_by=None),))
    before = without_metric_keys(everything(ws))
    source = a_source(ws, project_id=kept.project_id)
    told(ws, source, **everything_told())
    forget_delivery(ws, source)
    ws.session.delete(source)
    ws.session.flush()
    for name, frame in without_metric_keys(everything(ws)).items():
        assert_frame_equal(frame, before[name])


def test_a_source_without_a_project_is_not_stored(ws: Workspace) -> None:
    source = a_source(ws)
    source.project_id = None
    with pytest.raises(NotNow, match="belongs to no project"):
        told(ws, source, runs=(a_run(),))


@pytest.mark.parametrize("kind", [SourceKind.JENKINS, SourceKind.PUSH])
def test_a_viewer_stores_nothing(house: House, kind: SourceKind) -> None:
    with house.open() as ws:
        source_id = a_source(ws, kind).id
    batch = DeliveryBatch(cursor={}, message="", done=0, total=None)
    with pytest.raises(NotAllowed), house.open(role=Role.VIEWER) as ws:
        store_delivery(ws, ws.get(DataSource, source_id), batch)
