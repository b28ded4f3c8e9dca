"""Tools of delivery by the command line: connected, read and stored, from servers of our own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from app.cli import app
from app.worker import door_to
from maestro_core.models import DataQualityIssue, Issue, PipelineJob, PipelineRun, PullRequest, Release, Review
from maestro_core.portfolios import open_portfolios
from maestro_core.settings import Settings
from tests.replay.github import BOB, GitHubRepository
from tests.replay.gitlab import GitLabProject
from tests.replay.gitlab import user as gitlab_user
from tests.replay.server import Replay, Reply, replaying

LATELY = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def data_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in os.environ:
        if name.startswith("MAESTRO_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MAESTRO_DATA_DIRECTORY", str(tmp_path / "data"))
    monkeypatch.setenv("MAESTRO_WORKERS", "1")
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path / "data"


@pytest.fixture
def github() -> Iterator[Replay]:
    repository = GitHubRepository()
    for hour in range(3):
        pull = repository.a_pull(at=LATELY + hour * HOUR)
        repository.answer_pull(pull, BOB, "APPROVED", LATELY + (hour + 1) * HOUR)
        repository.a_run(at=LATELY + hour * HOUR)
    repository.an_issue(at=LATELY, labels=("incident",))
    repository.a_release("v1", at=LATELY)
    repository.token = "ghp_s3cret"
    with replaying(repository.answer) as replay:
        yield replay


def maestro(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin)


def counted() -> dict[str, int]:
    tables = (PullRequest, Review, PipelineRun, PipelineJob, Issue, Release)
    with door_to(open_portfolios(Settings()).own)() as ws:
        return {table.__name__: ws.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def test_connecting_github_reads_and_stores_it_once(github: Replay) -> None:
    command = ("connect", "github", f"{github.url}/team/churn", "--token-file", "-")
    for _ in range(2):
        result = maestro(*command, stdin="ghp_s3cret\n")
        assert result.exit_code == 0, result.output
        assert "GitHub answers: team/churn (public) has" in result.output
        assert counted() == {
            "PullRequest": 3,
            "Review": 3,
            "PipelineRun": 3,
            "PipelineJob": 3,
            "Issue": 1,
            "Release": 1,
        }
    assert "ghp_s3cret" not in result.output


def test_connecting_gitlab_reads_and_stores_it() -> None:
    project = GitLabProject()
    request = project.a_merge_request(at=LATELY)
    project.a_note(request, gitlab_user("Bob Ross", 12), "approved this merge request", system=True, at=LATELY)
    project.a_pipeline(at=LATELY)
    project.a_release("v1", at=LATELY)
    with replaying(project.answer) as server:
        result = maestro("connect", "gitlab", f"{server.url}/group/team/churn", "--project", "Churn")
    assert result.exit_code == 0, result.output
    assert (counted()["PullRequest"], counted()["Review"], counted()["PipelineRun"]) == (1, 1, 1)


def test_a_wrong_token_is_told_and_nothing_is_connected(github: Replay) -> None:
    result = maestro("connect", "github", f"{github.url}/team/churn", "--token-file", "-", stdin="wrong")
    assert result.exit_code == 1
    assert "GitHub does not accept the token." in result.stderr
    assert "fine-grained" in result.stderr
    assert "No source is connected yet" in maestro("refresh").stderr


def test_a_repository_without_actions_is_connected_and_the_oddity_kept(github: Replay) -> None:
    github.instead(*[Reply({"message": "Not Found"}, 404)] * 9, when=("/actions/runs",))
    command = ("connect", "github", f"{github.url}/team/churn", "--token-file", "-")
    assert maestro(*command, stdin="ghp_s3cret").exit_code == 0
    with door_to(open_portfolios(Settings()).own)() as ws:
        assert [(issue.kind, issue.subject) for issue in ws.session.scalars(select(DataQualityIssue))] == [
            ("cannot be read", "workflow runs")
        ]


@pytest.mark.parametrize("tool", ["github", "gitlab", "jenkins", "circleci"])
def test_an_address_that_is_none_is_told_with_an_example(tool: str) -> None:
    result = maestro("connect", tool, "somewhere")
    assert result.exit_code == 1
    assert "Such as http" in result.stderr
    assert "Traceback" not in result.output
