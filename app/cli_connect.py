"""maestro connect: the tools that facts come from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TextIO
from uuid import UUID

import typer
from pydantic import SecretStr

from app.cli_refresh import refresh
from app.cli_terminal import EXIT_CODES, PoliteGroup, say
from app.worker import door_to
from maestro_core.actions.sources import (
    ExperimentChoice,
    check_source,
    connect_git,
    connect_mlflow,
    connect_tool,
    git_locations,
)
from maestro_core.collectors.mlflow_preview import preview
from maestro_core.errors import NotFound
from maestro_core.portfolios import Portfolio, open_portfolios
from maestro_core.settings import Settings
from maestro_core.terms import SourceKind

connect = typer.Typer(
    cls=PoliteGroup, no_args_is_help=True, help="Connect the tools that facts come from.", epilog=EXIT_CODES
)

TokenFile = Annotated[
    typer.FileText | None,
    typer.Option("--token-file", help="A file with the token, - is standard input. Kept encrypted, never shown."),
]
OneProject = Annotated[
    str | None, typer.Option(help="The project it tells about; else the one of the same repository or name.")
]
Later = Annotated[bool, typer.Option("--later", help="Only queue the first refresh, for a worker or the server.")]


@connect.command("git", epilog=EXIT_CODES)
def git(
    locations: Annotated[list[str], typer.Argument(metavar="PATH…", help="Repositories or folders of them, or URLs.")],
    project: Annotated[str | None, typer.Option(help="One project for all; else each gets one of its own.")] = None,
    token_file: TokenFile = None,
    later: Later = False,
) -> None:
    """Connect Git repositories and read their history."""
    settings, token = Settings(), _token(token_file)
    places = [place for location in locations for place in git_locations(_absolute(location))]
    for place in places:
        say(f"{place}: {check_source(kind=SourceKind.GIT, location=place, token=token, settings=settings)}")
    own = open_portfolios(settings).own
    with door_to(own)() as ws:
        found = [connect_git(ws, location=place, project_name=project, token=token) for place in places]
    _read(own, settings, [source for ids in found for source in ids], later=later)


@connect.command("mlflow", epilog=EXIT_CODES)
def mlflow(
    url: Annotated[str, typer.Argument(metavar="URL", help="Such as http://localhost:5000")],
    experiment: Annotated[list[str] | None, typer.Option(help="Name of an experiment; all of them without.")] = None,
    metric: Annotated[
        str | None, typer.Option(help="The metric, 0 to 1 and higher is better, that tells how well a model performs.")
    ] = None,
    token_file: TokenFile = None,
    later: Later = False,
) -> None:
    """Connect experiments of an MLflow server, each as a project of its own, and read their runs."""
    settings, token = Settings(), _token(token_file)
    choices = _choices(url, token, experiment or [], metric)
    own = open_portfolios(settings).own
    with door_to(own)() as ws:
        source_id = connect_mlflow(ws, url=url, token=token, experiments=choices)
    _read(own, settings, [source_id], later=later)


@connect.command("github", epilog=EXIT_CODES)
def github(
    url: Annotated[str, typer.Argument(metavar="URL", help="Such as https://github.com/pallets/flask")],
    project: OneProject = None,
    token_file: TokenFile = None,
    later: Later = False,
) -> None:
    """Connect a GitHub repository: pull requests, reviews, workflow runs, deployments, releases and issues."""
    _connect(SourceKind.GITHUB, url, project, token_file, later=later)


@connect.command("gitlab", epilog=EXIT_CODES)
def gitlab(
    url: Annotated[str, typer.Argument(metavar="URL", help="Such as https://gitlab.com/gitlab-org/cli")],
    project: OneProject = None,
    token_file: TokenFile = None,
    later: Later = False,
) -> None:
    """Connect a GitLab project: merge requests, notes, pipelines, deployments, releases and issues."""
    _connect(SourceKind.GITLAB, url, project, token_file, later=later)


@connect.command("jenkins", epilog=EXIT_CODES)
def jenkins(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="A job, a folder or a server: https://ci.example.org/job/app")
    ],
    project: OneProject = None,
    token_file: TokenFile = None,
    later: Later = False,
) -> None:
    """Connect Jenkins, with user:token as the token: builds and their stages."""
    _connect(SourceKind.JENKINS, url, project, token_file, later=later)


@connect.command("circleci", epilog=EXIT_CODES)
def circleci(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="Such as https://app.circleci.com/pipelines/github/team/app")
    ],
    project: OneProject = None,
    token_file: TokenFile = None,
    later: Later = False,
) -> None:
    """Connect a CircleCI project: pipelines, workflows and jobs."""
    _connect(SourceKind.CIRCLECI, url, project, token_file, later=later)


def _connect(kind: SourceKind, url: str, project: str | None, token_file: TextIO | None, *, later: bool) -> None:
    settings, token = Settings(), _token(token_file)
    say(check_source(kind=kind, location=url, token=token, settings=settings))
    own = open_portfolios(settings).own
    with door_to(own)() as ws:
        source_id = connect_tool(ws, kind=kind, location=url, project_name=project, token=token)
    _read(own, settings, [source_id], later=later)


def _choices(url: str, token: SecretStr | None, names: list[str], metric: str | None) -> list[ExperimentChoice]:
    """The named experiments, or all that have runs."""
    offered = preview(url, token)
    missing = set(names) - set(offered["name"])
    chosen = offered[offered["name"].isin(names) if names else offered["runs"] > 0]
    if missing or chosen.empty:
        raise NotFound(
            f"{url} has no experiment {', '.join(sorted(missing)) or 'with runs'}.",
            advice=f"It has: {', '.join(sorted(offered['name'])) or 'none'}",
        )
    if metric and not chosen["performance_metrics"].map(lambda known: metric in known).any():
        known = sorted({name for names in chosen["performance_metrics"] for name in names})
        raise NotFound(
            f"No chosen experiment has a metric {metric} from 0 to 1.", advice=f"There are: {', '.join(known)}"
        )
    return [
        ExperimentChoice(
            row["experiment_id"], row["name"], None, metric if metric in row["performance_metrics"] else None
        )
        for row in chosen.to_dict("records")
    ]


def _read(own: Portfolio, settings: Settings, source_ids: list[UUID], *, later: bool) -> None:
    if later:
        say("Queued: a worker or the server reads it. See: maestro status")
    elif not refresh(own, settings, source_ids=source_ids):
        raise typer.Exit(1)


def _absolute(location: str) -> str:
    """A path as it is meant from here; a URL as it is."""
    path = Path(location).expanduser()
    return str(path.absolute()) if path.exists() else location


def _token(file: TextIO | None) -> SecretStr | None:
    return SecretStr(file.read().strip()) if file else None
