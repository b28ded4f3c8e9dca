"""The rules of the house that no type checker or linter knows."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import maestro_core
from maestro_core.access import Permission
from maestro_core.actions import ACTIONS
from maestro_core.models import Base
from maestro_core.reports import REPORTS
from maestro_core.scoring.catalogue import CATALOGUE
from maestro_core.settings import CHECKOUT, Settings
from maestro_core.terms import SourceKind

CODE = ("maestro_core", "app", "pages", "tests", "benchmarks")
LONGEST_MODULE = 300
KEYWORDS = {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}
# Spelt apart, or this file would break its own rule.
FORBIDDEN = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b|raise NotImplemented" r"Error")


def _import_all() -> list[ModuleType]:
    found = pkgutil.walk_packages(maestro_core.__path__, "maestro_core.")
    names = [module.name for module in found if ".migrations" not in module.name]
    return [importlib.import_module(name) for name in names]


MODULES = _import_all()
REGISTERED = {name: permission for name, permission in (REPORTS | ACTIONS).items() if name.startswith("maestro_core.")}


def _sources(*folders: str) -> list[Path]:
    files = (path for folder in folders for path in sorted((CHECKOUT / folder).rglob("*.py")))
    return [path for path in files if "versions" not in path.parts]


def _function(name: str) -> Callable[..., Any]:
    module, _, function = name.rpartition(".")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def test_there_are_reports_actions_and_measures() -> None:
    assert len(CATALOGUE) > 5
    assert any(name.startswith("maestro_core.reports.") for name in REGISTERED)
    assert any(name.startswith("maestro_core.actions.") for name in REGISTERED)


@pytest.mark.parametrize("name", REGISTERED)
def test_a_report_or_action_is_documented_and_permitted_and_takes_keywords_after_the_workspace(name: str) -> None:
    function = _function(name)
    assert (inspect.getdoc(function) or "").strip(), "it has no docstring"
    assert REGISTERED[name] in Permission
    workspace, *others = inspect.signature(function).parameters.values()
    assert workspace.name == "ws"
    # What is not a keyword is neither audited nor part of the question that a page remembers.
    assert [other.name for other in others if other.kind not in KEYWORDS] == []


def test_reports_are_in_reports_and_actions_in_actions() -> None:
    own = {name for name in REPORTS if name.startswith("maestro_core.")}
    elsewhere = {name for name in own if not name.startswith("maestro_core.reports.")}
    # What an action would do is told by the plan that it follows, so its preview stands beside it.
    assert {name for name in elsewhere if not re.fullmatch(r"maestro_core\.actions\.\w+\.preview", name)} == set()
    changing = {name for name in ACTIONS if name.startswith("maestro_core.")}
    assert [name for name in changing if not name.startswith("maestro_core.actions.")] == []


def _imported(tree: ast.Module) -> dict[str, str]:
    """The full name of each name that a module imports from reports or actions."""
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module)
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in imports
        for alias in node.names
        if re.match(r"maestro_core\.(reports|actions)", str(node.module))
    }


def calls_with_a_workspace(path: Path) -> Iterator[str]:
    """The full names of what this door asks, tells, or calls with a workspace."""
    tree = ast.parse(path.read_text())
    known = _imported(tree)
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args):
        first, called = call.args[0], ast.unparse(call.func)
        if called.rpartition(".")[2] in {"ask", "tell"}:
            called = ast.unparse(first)
        elif not (isinstance(first, ast.Name) and first.id == "ws"):
            continue
        name, dot, rest = called.partition(".")
        if name in known:
            yield known[name] + dot + rest


DOORS = [path for path in _sources("pages", "app") if not path.name.startswith("worker")]


@pytest.mark.parametrize("path", DOORS, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_a_door_calls_only_what_asks_for_a_permission(path: Path) -> None:
    """The worker acts for the installation and keeps its leases; every other door acts for a member."""
    assert sorted(set(calls_with_a_workspace(path)) - set(REGISTERED)) == []


def test_every_page_is_in_the_menu_and_every_line_of_the_menu_is_a_page() -> None:
    pages = {path.stem for path in (CHECKOUT / "pages").glob("*.py") if path.stem != "__init__"}
    tree = ast.parse((CHECKOUT / "app" / "ui" / "frame.py").read_text())
    lists = [node.value for node in tree.body if isinstance(node, ast.Assign) and _is_menu(node)]
    lines = [node.elts[0].value for value in lists for node in ast.walk(value) if isinstance(node, ast.Tuple)]  # type: ignore[attr-defined]
    assert len(lines) == len(set(lines))
    assert set(lines) == pages


def _is_menu(node: ast.Assign) -> bool:
    return ast.unparse(node.targets[0]) in {"MENU", "DETAILS"}


def test_every_collector_is_listed() -> None:
    from maestro_core.actions.collecting import TOOLS

    classes: Iterator[Any] = (
        thing
        for module in MODULES
        if module.__name__.startswith("maestro_core.collectors.")
        for thing in vars(module).values()
        if inspect.isclass(thing) and thing.__module__ == module.__name__ and hasattr(thing, "collect")
    )
    assert {thing.kind for thing in classes} == set(TOOLS) == set(SourceKind) - {SourceKind.PUSH}


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_measure_has_title_unit_source_and_definition(name: str) -> None:
    measure = CATALOGUE[name]
    for part in (measure.title, measure.unit, measure.source, measure.definition):
        assert part.strip()
    assert measure.summary.endswith((".", ";", ":", ")")), "the first paragraph is a sentence"


def _models() -> list[type[Base]]:
    return sorted((mapper.class_ for mapper in Base.registry.mappers), key=lambda model: model.__name__)


@pytest.mark.parametrize("model", _models(), ids=lambda model: model.__name__)
def test_a_model_has_a_docstring_of_its_own_and_is_in_the_vocabulary(model: type[Base]) -> None:
    assert model.__doc__
    assert model.__doc__ != Base.__doc__
    assert f"`{model.__name__}`" in (CHECKOUT / "docs" / "VOCABULARY.md").read_text()


def test_every_class_in_the_vocabulary_exists() -> None:
    named = set(re.findall(r"`([A-Z]\w+)`", (CHECKOUT / "docs" / "VOCABULARY.md").read_text()))
    defined = {name for module in MODULES for name, thing in vars(module).items() if inspect.isclass(thing)}
    assert named - defined == set()


def test_no_module_is_longer_than_it_can_be_read() -> None:
    lengths = {str(path.relative_to(CHECKOUT)): len(path.read_text().splitlines()) for path in _sources(*CODE)}
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_no_module_is_called_after_nothing() -> None:
    vague = {"utils", "helpers", "helper", "manager", "common", "misc"}
    assert [path for path in _sources(*CODE) if vague & set(path.stem.split("_"))] == []


def _product_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    texts = (".py", ".md", ".toml", ".txt", ".yml", ".yaml", ".sh", ".css")
    files = (CHECKOUT / name for name in listed.stdout.splitlines())
    return [path for path in files if path.is_file() and (path.suffix in texts or path.name == "Makefile")]


def test_nothing_is_left_to_do_in_a_file() -> None:
    files = _product_files()
    assert len(files) > 50
    assert [str(path) for path in files if FORBIDDEN.search(path.read_text())] == []


def test_every_setting_is_described_and_in_the_readme() -> None:
    assert [name for name, known in Settings.model_fields.items() if not known.description] == []
    listed = set(re.findall(r"`MAESTRO_(\w+)`", (CHECKOUT / "README.md").read_text()))
    assert listed == {name.upper() for name in Settings.model_fields}


def test_a_document_that_is_referred_to_exists() -> None:
    named = {name for path in _product_files() for name in re.findall(r"\bdocs/[\w./-]+\.md\b", path.read_text())}
    assert sorted(name for name in named if not (CHECKOUT / name).is_file()) == []


def _imports(*folders: str) -> list[set[str]]:
    """For each package that these folders import, the distributions that bring it."""
    nodes = [node for path in _sources(*folders) for node in ast.walk(ast.parse(path.read_text()))]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    known = packages_distributions()
    tops = {name.partition(".")[0] for name in names} - set(CODE)
    return [{each.lower().replace("_", "-") for each in known[top]} for top in tops if top in known]


def test_what_is_imported_is_declared_and_what_is_declared_is_used() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    declared = [
        *project["dependencies"],
        *(each for extra in project["optional-dependencies"].values() for each in extra),
    ]
    names = {re.split(r"[\[<>=]", each)[0] for each in declared}
    imported = _imports("maestro_core", "app", "pages")
    part_of_pydantic = {"pydantic-core"}
    assert [each for each in imported if not each & (names | part_of_pydantic)] == []
    by_name_only = {"psycopg", "uvicorn", "fastapi-swagger"}  # a driver, a server, and files
    assert names - by_name_only - set().union(*imported) == set()


def test_a_process_that_only_refreshes_loads_no_statistics() -> None:
    script = "import sys, maestro_core.actions.refresh; print(*{'scipy', 'sklearn', 'statsmodels'} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert not loaded.stdout.strip(), "there are several such processes, and each would take 50 MB more"


def test_streamlit_tells_nobody_what_people_do() -> None:
    settings = tomllib.loads((CHECKOUT / ".streamlit" / "config.toml").read_text())
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["client"]["showErrorDetails"] == "type"
    assert settings["client"]["toolbarMode"] == "viewer"
    assert settings["server"]["enableAgentApi"] is False
