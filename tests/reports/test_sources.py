"""What the sources page tells: how each source stands, what went wrong, how old the numbers are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from pydantic import SecretStr

from maestro_core.actions.sources import ExperimentChoice, connect_git, connect_mlflow
from maestro_core.errors import NotAllowed
from maestro_core.models import DataQualityIssue, DataSource, RefreshRun
from maestro_core.reports import records
from maestro_core.reports.sources import quality_issues, refresh_runs, sources
from maestro_core.terms import Role, RunState
from maestro_core.workspace import Workspace
from tests.conftest import NOW, House


def a_source(ws: Workspace, name: str = "churn", *, token: SecretStr | None = None) -> UUID:
    [source_id] = connect_git(ws, location=f"https://example.org/{name}.git", token=token)
    return source_id


def ended(ws: Workspace, source_id: UUID, *, minutes_ago: int, error: str | None = None) -> UUID:
    """The refresh that connecting queued, or another one, as it ended."""
    at = NOW - timedelta(minutes=minutes_ago)
    for waiting in ws.session.query(RefreshRun).filter_by(source_id=source_id, state=RunState.QUEUED):
        ws.session.delete(waiting)
    state = RunState.FAILED if error else RunState.SUCCEEDED
    run = RefreshRun(
        source_id=source_id, state=state, requested_at=at - timedelta(minutes=2), started_at=at - timedelta(minutes=1),
        finished_at=at, rows=7, done=3, total=3, error=error, advice=error and "Renew the token.",
    )  # fmt: skip
    ws.session.add(run)
    if not error:
        ws.get(DataSource, source_id).refreshed_at = at
    ws.session.flush()
    return run.id


def test_a_source_is_told_with_its_last_refresh_and_when_the_next_is_due(ws: Workspace) -> None:
    source_id = a_source(ws)
    ended(ws, source_id, minutes_ago=90)
    ended(ws, source_id, minutes_ago=20, error="The token was refused.")
    [row] = records(sources(ws, refresh_minutes=60).sources)
    assert (row["id"], row["name"], row["kind"], row["projects"]) == (source_id, "churn", "git", ["churn"])
    assert (row["state"], row["error"], row["advice"]) == (
        RunState.FAILED,
        "The token was refused.",
        "Renew the token.",
    )
    assert row["refreshed_at"] == NOW - timedelta(minutes=90)
    assert row["next_due_at"] == NOW + timedelta(minutes=40)


def test_a_source_that_waits_or_is_read_has_no_next_refresh_yet(ws: Workspace) -> None:
    a_source(ws)
    [row] = records(sources(ws).sources)
    assert (row["state"], row["next_due_at"], row["refreshed_at"]) == (RunState.QUEUED, None, None)


def test_a_server_is_told_with_the_projects_of_all_its_experiments(ws: Workspace) -> None:
    choices = [ExperimentChoice(name, name) for name in ("fraud", "churn")]
    connect_mlflow(ws, url="http://localhost:5000", experiments=choices)
    [row] = records(sources(ws).sources)
    assert (row["kind"], row["projects"]) == ("mlflow", ["churn", "fraud"])


def test_whether_there_is_a_credential_is_told_and_never_which(ws: Workspace) -> None:
    a_source(ws, "open")
    a_source(ws, "secret", token=SecretStr("hunter2"))
    told = sources(ws).sources
    assert dict(zip(told["name"], told["has_credentials"], strict=True)) == {"open": False, "secret": True}
    stored = ws.session.query(DataSource.credentials).filter_by(name="secret").one()[0]
    assert "credentials" not in told
    assert str(stored) not in sources(ws).model_dump_json()


def test_without_sources_there_are_no_rows_but_all_columns(ws: Workspace) -> None:
    told = sources(ws).sources
    assert told.empty
    assert {"id", "kind", "projects", "state", "next_due_at", "has_credentials"} <= set(told.columns)
    assert refresh_runs(ws).runs.empty
    assert quality_issues(ws).issues.empty


def test_refreshes_are_told_newest_first_of_one_source_or_of_all(ws: Workspace) -> None:
    churn, fraud = a_source(ws, "churn"), a_source(ws, "fraud")
    old, new = ended(ws, churn, minutes_ago=90), ended(ws, churn, minutes_ago=20)
    other = ended(ws, fraud, minutes_ago=50)
    assert list(refresh_runs(ws).runs["id"]) == [new, other, old]
    assert list(refresh_runs(ws, source_id=churn).runs["id"]) == [new, old]
    assert list(refresh_runs(ws, limit=1).runs["id"]) == [new]
    assert list(refresh_runs(ws, source_id=fraud).runs["seconds"]) == [60]


def test_odd_data_are_told_newest_first(ws: Workspace) -> None:
    churn, fraud = a_source(ws, "churn"), a_source(ws, "fraud")
    for source_id, days in ((churn, 2), (fraud, 1)):
        at = NOW - timedelta(days=days)
        issue = DataQualityIssue(source_id=source_id, kind="date", subject="abc", detail="clamped", found_at=at)
        ws.session.add(issue)
    assert list(quality_issues(ws).issues["source"]) == ["fraud", "churn"]
    assert list(quality_issues(ws, source_id=churn).issues["detail"]) == ["clamped"]


@pytest.mark.parametrize("report", [sources, refresh_runs, quality_issues])
def test_a_viewer_does_not_see_the_sources(house: House, report: Callable[[Workspace], object]) -> None:
    with house.open(role=Role.ANALYST) as ws:
        assert report(ws)
    with pytest.raises(NotAllowed), house.open(role=Role.VIEWER) as ws:
        report(ws)
