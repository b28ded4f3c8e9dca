"""Whatever a page asks or tells, a program can ask or tell too."""

from __future__ import annotations

from pathlib import Path

from tests.test_architecture import REGISTERED, calls_with_a_workspace

CHECKOUT = Path(__file__).parents[2]
BY_PEOPLE_ONLY = {
    # What a server has is looked at before some of it is chosen; `maestro connect mlflow` does both for programs.
    "maestro_core.actions.sources.connect_mlflow",
    # Its answer is a secret that is shown once: to a person, who takes it to the other tool.
    "maestro_core.actions.push.connect_push",
    "maestro_core.actions.push.rotate_push_secret",
    # `/people` tells them by the same keys, to the same roles.
    "maestro_core.reports.collaboration.names",
    # Whether to show the sample instead, of which the API knows nothing.
    "maestro_core.reports.organisation.is_empty",
}


def called(*folders: str) -> set[str]:
    """The reports and actions that the modules of these folders call."""
    files = (path for folder in folders for path in (CHECKOUT / folder).rglob("*.py"))
    return {name for path in files for name in calls_with_a_workspace(path)} & set(REGISTERED)


def test_whatever_a_page_asks_or_tells_a_program_can_ask_or_tell() -> None:
    pages, programs = called("pages", "app/ui"), called("app/api")
    assert len(pages) > 80
    assert pages - programs == BY_PEOPLE_ONLY
