"""What a refresh stored is shown though the rest is read later, or cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from maestro_core.actions.refresh import refresh_queued, request_refresh
from maestro_core.models import Deployment, DeploymentRule, RefreshRun
from maestro_core.settings import Settings
from maestro_core.terms import DeploymentOrigin, RunState, SourceKind
from tests.actions.refreshing import LEAD
from tests.actions.stored_delivery import a_source
from tests.builders import added
from tests.conftest import House
from tests.replay.gitlab import GitLabProject
from tests.replay.server import Replay, Reply, replaying


@pytest.fixture
def project() -> GitLabProject:
    return GitLabProject()


@pytest.fixture
def server(project: GitLabProject) -> Iterator[Replay]:
    with replaying(project.answer) as replay:
        yield replay


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Reply({"message": "Retry later"}, 429, headers={"Retry-After": "3600"}), RunState.QUEUED),
        (Reply({"message": "a teapot"}, 418), RunState.FAILED),
    ],
)
def test_deployments_are_counted_before_the_pipelines_behind_them_are_read(
    leading: House, server: Replay, project: GitLabProject, settings: Settings, answer: Reply, state: RunState
) -> None:
    project.a_deployment()
    server.answering = lambda asked: answer if asked.path.endswith("/pipelines") else project.answer(asked)
    with leading.open() as ws:
        source = a_source(ws, SourceKind.GITLAB, location=f"{server.url}/{project.path}")
        rule = {"origin": DeploymentOrigin.ENVIRONMENT, "pattern": "prod*", "service": "", "branch": "", "paths": []}
        added(ws, DeploymentRule(project_id=source.project_id, **rule))
        run_id = request_refresh(ws, source_id=source.id)
    refresh_queued(leading.open, settings=settings, lead=LEAD)
    with leading.open() as ws:
        assert ws.get(RefreshRun, run_id).state is state
        assert list(ws.session.scalars(select(Deployment.environment))) == ["production"]
