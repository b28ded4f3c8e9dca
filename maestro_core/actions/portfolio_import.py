"""Importing a portfolio from a file: preview what it would do, then do it, in one transaction."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import insert, update

from maestro_core.access import Permission
from maestro_core.actions import action
from maestro_core.actions.import_files import read_tables
from maestro_core.actions.import_plan import Plan, Step, Verb, plan_import
from maestro_core.actions.import_rows import MOST_PROBLEMS, Problem, check_rows
from maestro_core.actions.import_tables import TABLES
from maestro_core.actions.import_template import TemplateKind, template
from maestro_core.errors import InvalidInput
from maestro_core.models import Artifact, ArtifactUsage, ArtifactVersion, Project, TeamMember
from maestro_core.reports import Frame, Report, report
from maestro_core.workspace import Workspace

__all__ = ["ImportCounts", "ImportPreview", "TemplateKind", "import_portfolio", "preview", "template"]

MODELS = (Project, Artifact, ArtifactVersion, TeamMember, ArtifactUsage)
"""In the order in which one refers to another."""


class ImportCounts(Report):
    """How many rows are new, changed, the same, or cannot be imported."""

    new: int
    changed: int
    same: int
    bad: int


class ImportPreview(Report):
    """What importing a file would do. Nothing is written."""

    tables: Frame
    """table, new, changed, same, bad: numbers of rows."""
    rows: Frame
    """table, row (as the spreadsheet numbers it), subject, verb (new, changed, same), changes."""
    problems: Frame
    """table, row, column, reason: the first thousand things to correct."""
    notes: tuple[str, ...]
    counts: ImportCounts

    @property
    def changes_something(self) -> bool:
        """Whether importing would write anything."""
        return self.counts.new + self.counts.changed > 0


@report(Permission.IMPORT)
def preview(ws: Workspace, *, name: str, content: bytes) -> ImportPreview:
    """What importing this file would do, and which rows cannot be imported, and why."""
    plan = _plan(ws, name, content)
    problems = sorted(plan.problems, key=_place)
    steps = sorted(plan.steps, key=_place)
    return ImportPreview(
        tables=_tables(steps, problems),
        rows=pd.DataFrame(
            [(step.table, step.number, step.subject, step.verb, step.changes) for step in steps],
            columns=["table", "row", "subject", "verb", "changes"],
        ),
        problems=pd.DataFrame(
            [(told.table, told.number, told.column, told.reason) for told in problems[:MOST_PROBLEMS]],
            columns=["table", "row", "column", "reason"],
        ),
        notes=tuple(plan.notes),
        counts=_counts(plan),
    )


@action(Permission.IMPORT)
def import_portfolio(ws: Workspace, *, name: str, content: bytes) -> ImportCounts:
    """Write every row of this file that can be imported; the others are left out. Call it once confirmed."""
    plan = _plan(ws, name, content)
    if not plan.steps:
        raise InvalidInput("No row of the file can be imported.", advice="See the preview for what to correct.")
    plan.people.write(ws)
    for model in MODELS:
        if model in plan.inserts:
            ws.session.execute(insert(model), plan.inserts[model])
    for changed, key, values in plan.updates:
        ws.session.execute(update(changed).where(changed.id == key).values(values))
    ws.session.expire_all()
    return _counts(plan)


def _plan(ws: Workspace, name: str, content: bytes) -> Plan:
    return plan_import(ws, check_rows(read_tables(name, content)))


def _place(told: Step | Problem) -> tuple[int, int]:
    return list(TABLES).index(told.table), told.number


def _counts(plan: Plan) -> ImportCounts:
    verbs = [step.verb for step in plan.steps]
    bad = len({(told.table, told.number) for told in plan.problems})
    return ImportCounts(
        new=verbs.count(Verb.NEW), changed=verbs.count(Verb.CHANGED), same=verbs.count(Verb.SAME), bad=bad
    )


def _tables(steps: list[Step], problems: list[Problem]) -> pd.DataFrame:
    told = [(step.table, str(step.verb)) for step in steps]
    told += [(table, "bad") for table, _ in {(problem.table, problem.number) for problem in problems}]
    counts = pd.DataFrame(told, columns=["table", "verb"]).groupby(["table", "verb"]).size().unstack(fill_value=0)
    shown = counts.reindex(index=list(TABLES), columns=[*map(str, Verb), "bad"], fill_value=0)
    return shown.rename_axis(index="table", columns=None).reset_index()
