"""Git sources for tests, and what they left in the database."""

from collections import Counter
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from maestro_core.actions.store_git import store_git
from maestro_core.collectors.git import Git, GitBatch
from maestro_core.models import (
    Account,
    Branch,
    CodeFile,
    Commit,
    DataQualityIssue,
    DataSource,
    FileChange,
    Person,
    ProcessMetric,
    Project,
    Repository,
    new_key,
)
from maestro_core.terms import SourceKind
from tests.conftest import NOW, House
from tests.repositories import MadeRepository

TABLES = (Repository, Person, Account, Commit, CodeFile, FileChange, Branch, ProcessMetric, DataQualityIssue)


def a_source(house: House, name: str = "app", project_id: UUID | None = None) -> UUID:
    """A Git source of a project; of a new one where none is told."""
    with house.open() as ws:
        if project_id is None:
            project_id = new_key()
            ws.session.add(Project(id=project_id, name=name, created_at=NOW))
            ws.session.flush()
        source = DataSource(
            id=new_key(), kind=SourceKind.GIT, name=name, location=f"/{name}", project_id=project_id, created_at=NOW
        )
        ws.session.add(source)
        return source.id


def refresh(house: House, source_id: UUID, collector: Git, *, stop_after: int | None = None) -> list[GitBatch]:
    with house.open() as ws:
        cursor = ws.get(DataSource, source_id).cursor
    batches = []
    for batch in collector.collect(cursor):
        with house.open() as ws:
            store_git(ws, ws.get(DataSource, source_id), batch)
        batches.append(batch)
        if len(batches) == stop_after:
            break
    return batches


def rows(house: House, *columns: Any, where: Any = True) -> list[Any]:
    with house.open(reading=True) as ws:
        return sorted(ws.session.execute(select(*columns).where(where)).all())


def everything(house: House) -> dict[str, int]:
    with house.open(reading=True) as ws:
        return {t.__name__: ws.session.scalar(select(func.count()).select_from(t)) or 0 for t in TABLES}


def measured(house: House) -> dict[str, float]:
    total = Counter[str]()
    for measure, value in rows(house, ProcessMetric.measure, ProcessMetric.value):
        total[measure] += value
    return dict(total)


def shortlog(repository: MadeRepository, *options: str) -> dict[str, int]:
    lines = repository.git("shortlog", "-sne", "--all", *options).splitlines()
    return {who.lower(): int(count) for count, who in (line.strip().split("\t") for line in lines)}


def by_account(house: House, where: Any) -> dict[str, int]:
    statement = select(Account.identity, func.count()).join(Commit, Commit.account_id == Account.id).where(where)
    with house.open(reading=True) as ws:
        return dict(ws.session.execute(statement.group_by(Account.identity)).all())
