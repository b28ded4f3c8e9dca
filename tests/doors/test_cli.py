"""The command line does what the pages do, politely: on a real repository, in a data directory of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from rich.console import Console
from typer.testing import CliRunner, Result

from app.cli import app
from app.cli_terminal import plain
from app.worker import Pace, start_worker, stop_worker
from maestro_core.portfolios import open_portfolios
from maestro_core.settings import Settings
from tests.mlflow_server import a_laboratory
from tests.repositories import MadeRepository, a_repository


@pytest.fixture(autouse=True)
def data_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in os.environ:
        if name.startswith("MAESTRO_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MAESTRO_DATA_DIRECTORY", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path / "data"


@pytest.fixture
def repository(tmp_path: Path) -> MadeRepository:
    made = a_repository(tmp_path / "repositories" / "churn")
    for number in range(3):
        made.commit(a__txt=f"{number}\n")
    return made


def maestro(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin)


def done(*arguments: str, stdin: str = "") -> str:
    """What a command says that succeeds."""
    result = maestro(*arguments, stdin=stdin)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*arguments: str) -> str:
    """What a command complains about that fails."""
    result = maestro(*arguments)
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    return result.stderr


def test_connecting_a_repository_reads_it(repository: MadeRepository) -> None:
    told = done("connect", "git", str(repository.path))
    assert "The repository answers: 1 branch." in told
    assert "churn: 3 new commits" in told


def test_a_folder_of_repositories_may_be_one_project(repository: MadeRepository, tmp_path: Path) -> None:
    a_repository(tmp_path / "repositories" / "web").commit(b__txt="1")
    done("connect", "git", str(tmp_path / "repositories"), "--project", "Shop")
    told = json.loads(done("status", "--json"))
    assert [(source["name"], source["projects"]) for source in told["sources"]] == [
        ("churn", ["Shop"]),
        ("web", ["Shop"]),
    ]


def test_a_relative_path_is_meant_from_here(repository: MadeRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository.path.parent)
    done("connect", "git", "churn", "--later")
    [source] = json.loads(done("status", "--json"))["sources"]
    assert (source["location"], source["state"]) == (str(repository.path), "queued")


def test_refresh_reads_what_is_new(repository: MadeRepository) -> None:
    done("connect", "git", str(repository.path))
    repository.commit(a__txt="4\n")
    assert "churn: 1 new commit" in done("refresh")
    assert "churn: Nothing new" in done("refresh", "churn")
    assert "churn: Nothing new" in done("refresh", str(repository.path))


@pytest.mark.slow
def test_refresh_shows_the_work_of_the_worker_that_leads(repository: MadeRepository) -> None:
    done("connect", "git", str(repository.path), "--later")
    settings = Settings()
    pace = Pace(lease=30, lead=1, refresh=0.1, queue=3600, train=3600)
    worker = start_worker(open_portfolios(settings), settings, pace=pace)
    try:
        worker.lead()
        # What was queued may have been read before it is asked for: what comes after it is not.
        done("refresh")
        repository.commit(a__txt="4\n")
        assert "churn: 1 new commit" in done("refresh")
        assert worker.leads
    finally:
        stop_worker(worker)


def test_a_source_that_fails_says_why_and_what_to_do_and_the_others_go_on(
    repository: MadeRepository, tmp_path: Path
) -> None:
    a_repository(tmp_path / "repositories" / "web").commit(b__txt="1")
    done("connect", "git", str(tmp_path / "repositories"), "--later")
    repository.path.rename(tmp_path / "elsewhere")
    result = maestro("refresh")
    assert result.exit_code == 1
    assert "churn: There is no folder" in result.stderr
    assert "Connect it anew." in result.stderr
    assert "web: 1 new commit" in result.stdout


def test_a_bug_is_logged_and_told_without_a_traceback(
    repository: MadeRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    from maestro_core.collectors.git import Git

    done("connect", "git", str(repository.path), "--later")
    monkeypatch.setattr(Git, "collect", lambda self, cursor: 1 / 0)
    told = refused("refresh")
    assert "Maestro did not expect" in told
    assert "maestro.log" in told


def test_the_experiments_of_a_server_become_projects(mlflow_url: str) -> None:
    laboratory = a_laboratory(mlflow_url)
    laboratory.run(accuracy=0.9)
    name = laboratory.client.get_experiment(laboratory.experiment).name
    told = done("connect", "mlflow", mlflow_url, "--experiment", name, "--metric", "accuracy")
    assert "runs read" in told
    [source] = json.loads(done("status", "--json"))["sources"]
    assert (source["kind"], source["projects"], source["state"]) == ("mlflow", [name], "succeeded")
    assert "has no experiment fraud.\nIt has: " in refused("connect", "mlflow", mlflow_url, "--experiment", "fraud")
    wrong = ("connect", "mlflow", mlflow_url, "--experiment", name, "--metric", "steps")
    assert "No chosen experiment has a metric steps from 0 to 1.\nThere are: accuracy" in refused(*wrong)


def test_errors_are_polite(repository: MadeRepository) -> None:
    assert "There is no folder" in refused("connect", "git", "/no/such/folder")
    assert "Remote helpers" in refused("connect", "git", "ext::sh")
    assert "No source is connected yet.\nConnect one" in refused("refresh")
    done("connect", "git", str(repository.path), "--later")
    assert "No source is called fraud.\nThere are: churn" in refused("refresh", "fraud")
    assert "does not answer" in refused("connect", "mlflow", "http://127.0.0.1:9")


def test_wrong_usage_has_an_exit_code_of_its_own() -> None:
    assert maestro("refresh", "--no-such-option").exit_code == 2


def test_a_token_is_read_from_standard_input_and_never_told(repository: MadeRepository, data_directory: Path) -> None:
    told = done("connect", "git", str(repository.path), "--token-file", "-", stdin="hunter2\n")
    told += done("status") + done("status", "--json")
    assert "hunter2" not in told
    assert json.loads(done("status", "--json"))["sources"][0]["has_credentials"]
    stored = [path.read_bytes() for path in data_directory.glob("maestro*")]
    assert not any(b"hunter2" in content for content in stored)


def test_status_tells_where_the_data_are_and_how_refreshes_went(
    repository: MadeRepository, data_directory: Path
) -> None:
    assert "Sources: none" in done("status")
    done("connect", "git", str(repository.path))
    told = done("status")
    assert str(data_directory / "maestro.sqlite") in told
    assert "succeeded" in told
    facts = json.loads(done("status", "--json"))
    assert facts["database"] == str(data_directory / "maestro.sqlite")
    assert [run["state"] for run in facts["runs"]] == ["succeeded"]


def test_a_key_is_one(data_directory: Path) -> None:
    Fernet(done("key").strip())
    assert not data_directory.exists()


def test_a_small_portfolio_is_told_what_it_lacks_to_learn(repository: MadeRepository) -> None:
    done("connect", "git", str(repository.path))
    assert "success:" in done("train")
    assert "Nothing was learned yet" in done("train", "--verify")


def test_every_command_has_a_help_that_tells_the_exit_codes() -> None:
    for command in ((), ("connect",), ("refresh",), ("status",), ("connect", "git"), ("worker",), ("serve",)):
        assert "Exit codes: 0" in done(*command, "--help")


def test_the_module_runs_as_the_command_does(data_directory: Path) -> None:
    ran = subprocess.run([sys.executable, "-m", "app.cli", "status", "--json"], capture_output=True, check=True)
    assert json.loads(ran.stdout)["data_directory"] == str(data_directory)


def test_collected_text_commands_neither_the_terminal_nor_its_markup(capsys: pytest.CaptureFixture[str]) -> None:
    Console(force_terminal=True, width=100).print(plain("[red]x[/red] \x1b[31my\x07 \u202ez"))
    told = capsys.readouterr().out
    assert "[red]x[/red]" in told
    assert "\x1b[31m" not in told
    assert "\u202e" not in told
