"""What importing the checked rows would do to what is known: decided whole, before anything is written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import select

from maestro_core.actions.entries import MemberEntry, reasons
from maestro_core.actions.import_rows import Checked, GoodRow, Problem
from maestro_core.actions.import_tables import ArtifactRow, MemberRow, ProjectRow, UsageRow, WholeProject
from maestro_core.actions.people import People
from maestro_core.errors import InvalidInput
from maestro_core.models import Artifact, ArtifactUsage, ArtifactVersion, Project, TeamMember, new_key
from maestro_core.models.base import OwnedByTenant
from maestro_core.reports import records
from maestro_core.workspace import Workspace

Values = dict[str, Any]


class Verb(StrEnum):
    """What an import does with a row."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True)
class Step:
    """What importing a row does."""

    table: str
    number: int
    subject: str
    verb: Verb
    changes: str = ""


@dataclass
class Plan:
    """Everything an import would write, and what cannot be imported."""

    people: People
    steps: list[Step] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    inserts: dict[type[OwnedByTenant], list[Values]] = field(default_factory=dict)
    updates: list[tuple[type[OwnedByTenant], UUID, Values]] = field(default_factory=list)

    def insert(self, model: type[OwnedByTenant], values: Values) -> UUID:
        key = new_key()
        self.inserts.setdefault(model, []).append({"id": key, **values})
        return key

    def refuse(self, good: GoodRow, column: str, reason: str) -> None:
        self.problems.append(Problem(good.table, good.number, column, reason))


def plan_import(ws: Workspace, checked: Checked) -> Plan:
    """The steps of an import. What rows tell does not depend on their order: they are taken in the order of keys."""
    plan = Plan(People(ws), problems=list(checked.problems), notes=checked.notes)
    projects = _plan_projects(ws, checked.of("projects"), plan)
    artifacts = _plan_artifacts(ws, checked.of("artifacts"), plan)
    _plan_members(ws, checked.of("members"), projects, plan)
    _plan_usage(ws, checked.of("usage"), projects, artifacts, plan)
    return plan


def _plan_projects(ws: Workspace, rows: list[GoodRow], plan: Plan) -> dict[str, UUID]:
    columns = [getattr(Project, name) for name in ProjectRow.model_fields]
    known = {row["name"]: row for row in records(ws.frame(select(Project.id, *columns)))}
    keys = {name: row["id"] for name, row in known.items()}
    for good in _sorted(rows):
        before, told = known.get(good.row.key[0]), _told(good)
        try:
            whole = WholeProject.model_validate(_fields(before, ProjectRow) | told)
        except ValidationError as problem:
            plan.problems += [Problem(good.table, good.number, column, reason) for column, reason in reasons(problem)]
            continue
        values = {**dict(whole), "created_at": ws.now}
        keys[whole.name] = _put(plan, good, Project, before, told=told, values=values)
    return keys


def _plan_artifacts(ws: Workspace, rows: list[GoodRow], plan: Plan) -> dict[tuple[str, str], UUID]:
    columns = [getattr(Artifact, name) for name in ArtifactRow.model_fields]
    known = {(row["kind"], row["name"]): row for row in records(ws.frame(select(Artifact.id, *columns)))}
    keys = {name: row["id"] for name, row in known.items()}
    for good in _sorted(rows):
        row, told = good.row, _told(good)
        values = {**dict(row), "tags": list(dict(row)["tags"]), "created_at": ws.now}
        told |= {"tags": list(told["tags"])} if "tags" in told else {}
        kind, name = row.key
        keys[kind, name] = _put(plan, good, Artifact, known.get((kind, name)), told=told, values=values)
    return keys


def _plan_members(ws: Workspace, rows: list[GoodRow], projects: dict[str, UUID], plan: Plan) -> None:
    columns = [getattr(TeamMember, name) for name in MemberEntry.model_fields]
    found = records(ws.frame(select(TeamMember.id, TeamMember.project_id, TeamMember.person_id, *columns)))
    known = {(row["project_id"], row["person_id"]): row for row in found}
    # Who has an address is met first, so that a bare name finds them wherever it stands in the file.
    for good in sorted(_sorted(rows), key=lambda good: dict(good.row)["email"] is None):
        row = good.row
        project_id = _reference(plan, good, "project", projects.get(row.key[0]))
        # Nobody is met through a row that is refused.
        person_id = _person(plan, good, row) if project_id and isinstance(row, MemberRow) else None
        if project_id is None or person_id is None:
            continue
        pair = {"project_id": project_id, "person_id": person_id}
        told = {name: value for name, value in _told(good).items() if name in MemberEntry.model_fields}
        values = {name: getattr(row, name) for name in MemberEntry.model_fields} | pair
        before = known.get((project_id, person_id))
        key = _put(plan, good, TeamMember, before, told=told, values=values)
        known[project_id, person_id] = {**(before or values), **told, "id": key}


def _plan_usage(
    ws: Workspace,
    rows: list[GoodRow],
    projects: dict[str, UUID],
    artifacts: dict[tuple[str, str], UUID],
    plan: Plan,
) -> None:
    found = records(ws.frame(select(ArtifactVersion.id, ArtifactVersion.artifact_id, ArtifactVersion.version)))
    versions = {(row["artifact_id"], row["version"]): row["id"] for row in found}
    imported = ArtifactUsage.origin.startswith("import:")
    origins = set(ws.session.scalars(select(ArtifactUsage.origin).where(imported)))
    uses = [(good, good.row) for good in _sorted(rows) if isinstance(good.row, UsageRow)]
    # A version not known yet is as old as its first use.
    for good, row in sorted(uses, key=lambda use: use[1].used_at):
        project_id = _reference(plan, good, "project", projects.get(row.project))
        artifact_id = _reference(plan, good, "artifact", artifacts.get((row.kind, row.artifact)))
        if project_id is None or artifact_id is None:
            continue
        person_id = _person(plan, good, row) if row.person else None
        if row.person and person_id is None:
            continue
        use: Values = {
            "project_id": project_id,
            "artifact_id": artifact_id,
            "person_id": person_id,
            "used_at": row.used_at,
        }
        use["version_id"] = _version(plan, versions, artifact_id, row)
        origin = _origin(use)
        is_known = origin in origins
        origins.add(origin)
        if not is_known:
            plan.insert(ArtifactUsage, {**use, "origin": origin})
        verb = Verb.SAME if is_known else Verb.NEW
        plan.steps.append(Step(good.table, good.number, f"{row.project} uses {row.artifact}", verb))


def _put(
    plan: Plan, good: GoodRow, model: type[OwnedByTenant], before: Values | None, *, told: Values, values: Values
) -> UUID:
    """Insert what is not known, or update what is told differently; the key."""
    subject = " · ".join(good.row.key)
    if before is None:
        plan.steps.append(Step(good.table, good.number, subject, Verb.NEW))
        return plan.insert(model, values)
    changed = {name: value for name, value in told.items() if before[name] != value}
    if changed:
        plan.updates.append((model, before["id"], changed))
    words = "; ".join(f"{name}: {_plain(before[name])} → {_plain(value)}" for name, value in changed.items())
    plan.steps.append(Step(good.table, good.number, subject, Verb.CHANGED if changed else Verb.SAME, words))
    key: UUID = before["id"]
    return key


def _person(plan: Plan, good: GoodRow, row: MemberRow | UsageRow) -> UUID | None:
    try:
        if isinstance(row, MemberRow):
            return plan.people.known_as(row.person, row.email)
        return plan.people.meant(row.person or "")
    except InvalidInput as problem:
        plan.refuse(good, "person", f"{problem.message} {problem.advice}")
        return None


def _reference(plan: Plan, good: GoodRow, column: str, key: UUID | None) -> UUID | None:
    if key is None:
        named = getattr(good.row, column)
        plan.refuse(good, column, f"there is no {column} {named!r} that could be imported, nor does Maestro know one")
    return key


def _version(plan: Plan, versions: dict[tuple[UUID, str], UUID], artifact_id: UUID, row: UsageRow) -> UUID | None:
    if row.version is None:
        return None
    if (artifact_id, row.version) not in versions:
        told = {"artifact_id": artifact_id, "version": row.version, "tags": [], "created_at": row.used_at}
        versions[artifact_id, row.version] = plan.insert(ArtifactVersion, told)
    return versions[artifact_id, row.version]


def _origin(use: Values) -> str:
    """The same use has the same origin, in whichever file, row and order it is told."""
    told = {name: value.isoformat() if name == "used_at" else str(value) for name, value in use.items()}
    return f"import:{hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()}"


def _sorted(rows: Iterable[GoodRow]) -> list[GoodRow]:
    return sorted(rows, key=lambda good: good.row.key)


def _told(good: GoodRow) -> Values:
    return {name: getattr(good.row, name) for name in good.row.model_fields_set}


def _fields(before: Values | None, model: type[ProjectRow]) -> Values:
    return {name: before[name] for name in model.model_fields} if before else {}


def _plain(value: Any) -> str:
    return "nothing" if value is None else str(getattr(value, "isoformat", lambda: value)())
