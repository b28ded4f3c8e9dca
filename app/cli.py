"""maestro: Maestro on the command line."""

from __future__ import annotations

import json
import logging
from importlib.metadata import version
from typing import Annotated, Any

import typer
from cryptography.fernet import Fernet
from pydantic_core import to_jsonable_python
from rich.table import Column, Table

from app.cli_connect import connect
from app.cli_refresh import chosen_sources, refresh
from app.cli_terminal import EXIT_CODES, PoliteGroup, out, plain, say
from app.worker import LOG_FORMAT, door_to, reading_door_to, run_worker
from maestro_core.database import is_sqlite
from maestro_core.portfolios import Portfolio, Portfolios, open_portfolios
from maestro_core.reports import records
from maestro_core.reports.sources import refresh_runs, sources
from maestro_core.settings import Settings

app = typer.Typer(
    cls=PoliteGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Maestro learns from past ML and software projects what leads to success.",
    epilog=EXIT_CODES,
)
app.add_typer(connect, name="connect")


@app.command(epilog=EXIT_CODES)
def serve() -> None:
    """Open Maestro in the browser: pages, API and refresh in one process."""
    from app.server import main as serve_pages

    serve_pages(Settings())


@app.command(epilog=EXIT_CODES)
def worker() -> None:
    """Refresh and learn in a process of its own, until it is stopped. Of many workers, one works."""
    settings = Settings()
    logging.basicConfig(level=settings.log_level, format=LOG_FORMAT)
    run_worker(settings)


@app.command("refresh", epilog=EXIT_CODES)
def refresh_command(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE…]", help="Names or locations; all of them without.")
    ] = None,
) -> None:
    """Read what is new in the sources: here, or by the worker that leads, whose progress is shown."""
    settings = Settings()
    own = open_portfolios(settings).own
    if not refresh(own, settings, source_ids=chosen_sources(own, names or [])):
        raise typer.Exit(1)


@app.command(epilog=EXIT_CODES)
def train(
    verify: Annotated[
        bool, typer.Option("--verify", help="Refit the last run, and say whether it is the same.")
    ] = False,
) -> None:
    """Learn anew from all projects, and say what came of it; or verify what was learned."""
    settings = Settings()
    own = open_portfolios(settings).own
    if verify:
        _verify(own)
        return
    from maestro_core.actions.training import train as learn

    with out().status("Learning …"):
        told = learn(door_to(own), watch=reading_door_to(own))
    for question, result in told.items():
        say(f"{question.replace('_', ' ')}: {result}")
    if settings.training_mlflow:
        _log(own, settings)


@app.command(epilog=EXIT_CODES)
def sample() -> None:
    """Make the sample portfolio anew; it never mixes with your own projects."""
    from maestro_core.actions.sample import load_sample

    portfolios = open_portfolios(Settings())
    with out().status("Simulating three years of projects …"):
        load_sample(portfolios.sample)
    say("The sample portfolio is ready: maestro serve")


@app.command(epilog=EXIT_CODES)
def key() -> None:
    """Make a key for MAESTRO_SECRET_KEY, which encrypts the credentials of sources."""
    say(Fernet.generate_key().decode())


@app.command(epilog=EXIT_CODES)
def status(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
    limit: Annotated[int, typer.Option(help="How many of the last refreshes.", min=0)] = 10,
) -> None:
    """Where Maestro keeps its data, how the sources stand, and how the last refreshes went."""
    settings = Settings()
    found = _status(settings, open_portfolios(settings), limit)
    if as_json:
        # Not through the console: it would wrap long lines.
        typer.echo(json.dumps(to_jsonable_python(found, fallback=str), indent=2))
        return
    for name in ("version", "data_directory", "database"):
        say(f"{name.replace('_', ' ')}: {found[name]}")
    _print_table(
        "Sources", found["sources"], ("name", "kind", "location", "projects", "state", "refreshed_at", "error")
    )
    _print_table("Last refreshes", found["runs"], ("source", "state", "requested_at", "rows", "message", "error"))


def main() -> None:
    """The entry point of the package."""
    app()


def _verify(own: Portfolio) -> None:
    """Say of each question whether its last run is refitted to the same numbers; exit code 1 where one is not."""
    from maestro_core.actions.training_check import verify_training

    with out().status("Refitting …"):
        refitted = verify_training(reading_door_to(own))
    for one in refitted:
        say(f"{one.question.replace('_', ' ')}: {one.told}")
    if not refitted:
        say("Nothing was learned yet: maestro train")
    if not all(one.is_equal for one in refitted):
        raise typer.Exit(1)


def _log(own: Portfolio, settings: Settings) -> None:
    from maestro_core.actions.training_log import log_training

    address = settings.training_mlflow or ""
    logged = log_training(reading_door_to(own), address=address, token=settings.training_mlflow_token)
    say(f"{logged} training runs logged to MLflow at {address}")


def _status(settings: Settings, portfolios: Portfolios, limit: int) -> dict[str, Any]:
    """Everything that `maestro status` tells; no password and no credential."""
    engine = portfolios.own.engine
    with reading_door_to(portfolios.own)() as ws:
        known = sources(ws, refresh_minutes=settings.refresh_minutes).sources
        runs = refresh_runs(ws, limit=limit).runs
    return {
        "version": version("maestro"),
        "data_directory": str(settings.data_directory),
        "database": engine.url.database if is_sqlite(engine) else engine.url.render_as_string(hide_password=True),
        "sources": records(known),
        "runs": records(runs),
    }


def _print_table(title: str, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    headers = (Column(name.replace("_", " "), overflow="fold") for name in columns)
    table = Table(*headers, title=title, title_justify="left")
    for row in rows:
        table.add_row(*(plain(_cell(row[name])) for name in columns))
    out().print(table if rows else plain(f"{title}: none"))


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, list):
        return ", ".join(value)
    return f"{value:%Y-%m-%d %H:%M}" if hasattr(value, "strftime") else str(value)


if __name__ == "__main__":
    main()
