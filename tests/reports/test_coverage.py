"""How old what a page shows is, and what it cannot see."""

from __future__ import annotations

from datetime import timedelta

import pytest

from maestro_core.models import RefreshRun, Release
from maestro_core.reports.coverage import CODE_REVIEW, PIPELINES, Freshness, freshness
from maestro_core.reports.delivery_rules import coverage
from maestro_core.terms import RunState, SourceKind
from maestro_core.workspace import Workspace
from tests.builders import a_project, added
from tests.reports.ci import NOW, a_tool

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def aged(ws: Workspace, *told: tuple[SourceKind, timedelta | None], kinds: tuple[SourceKind, ...]) -> Freshness:
    project = a_project(ws)
    for kind, age in told:
        a_tool(ws, project, kind=kind, refreshed=None if age is None else NOW - age)
    return freshness(ws, projects=[project], kinds=kinds)


def test_what_was_pushed_long_ago_makes_nothing_stale(ws: Workspace) -> None:
    fresh = aged(ws, (SourceKind.GITHUB, timedelta()), (SourceKind.PUSH, 40 * DAY), kinds=PIPELINES)
    assert (fresh.refreshed_at, fresh.is_stale) == (NOW, False)
    alone = aged(ws, (SourceKind.PUSH, 40 * DAY), kinds=PIPELINES)
    assert (alone.refreshed_at, alone.is_stale) == (NOW - 40 * DAY, False)


def test_a_source_that_was_never_read_is_told(ws: Workspace) -> None:
    fresh = aged(ws, (SourceKind.GITHUB, timedelta()), (SourceKind.JENKINS, None), kinds=PIPELINES)
    assert (fresh.refreshed_at, fresh.is_stale, fresh.unread) == (NOW, False, 1)
    assert aged(ws, kinds=PIPELINES) == Freshness(refreshed_at=None, is_stale=False, unread=0)


def test_a_source_whose_refreshes_fail_is_told_until_one_succeeds(ws: Workspace) -> None:
    project = a_project(ws)
    source = a_tool(ws, project, refreshed=NOW - HOUR)
    for ago in (2 * HOUR, timedelta(minutes=9)):
        fresh = freshness(ws, projects=[project], kinds=PIPELINES)
        assert fresh.failing == 0
        added(ws, RefreshRun(source_id=source, state=RunState.FAILED, requested_at=NOW - ago))
    assert freshness(ws, projects=[project], kinds=PIPELINES).failing == 1


@pytest.mark.parametrize("kind", [SourceKind.GIT, SourceKind.GITLAB])
def test_the_oldest_of_what_an_answer_rests_on_counts(ws: Workspace, kind: SourceKind) -> None:
    fresh = aged(ws, (SourceKind.GITHUB, timedelta()), (kind, 9 * DAY), kinds=(SourceKind.GIT, *CODE_REVIEW))
    assert (fresh.refreshed_at, fresh.is_stale) == (NOW - 9 * DAY, True)


def test_a_project_whose_tags_are_read_is_seen_by_delivery(ws: Workspace) -> None:
    tagged, bare = a_project(ws, "tagged"), a_project(ws, "bare")
    a_tool(ws, bare, kind=SourceKind.GIT)
    source = a_tool(ws, tagged, kind=SourceKind.GIT, refreshed=NOW - 9 * DAY)
    tag = {"external_id": "v1", "tag": "v1", "name": "v1", "is_tag": True, "url": ""}
    added(ws, Release(project_id=tagged, source_id=source, released_at=NOW, **tag))
    seen = coverage(ws, projects=[tagged, bare]).seen
    assert (seen.sources, seen.is_stale, seen.without) == (2, True, ["bare"])
    assert coverage(ws, projects=[bare]).seen.sources == 0, "Git alone tells of no deployment"
