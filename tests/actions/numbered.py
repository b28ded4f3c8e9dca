"""A small real source for tests of the refresh: a folder of numbered files, each with a number in it.

What it stores is a sum, so that a file that is lost or stored twice shows.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from maestro_core.actions.collecting import Tool
from maestro_core.collectors import Batch
from maestro_core.errors import SourceUnavailable
from maestro_core.models import DataSource, ProcessMetric, Project, new_key
from maestro_core.terms import SourceKind
from maestro_core.workspace import Workspace
from tests.conftest import NOW


@dataclass(frozen=True, kw_only=True)
class Numbers(Batch):
    number: float


@dataclass
class NumberedFiles:
    """Reads the files after the cursor in their order; a file that says `stop` cannot be read."""

    folder: Path
    kind: SourceKind = SourceKind.GIT
    seconds: float = 0

    def check(self) -> str:
        if not self.folder.is_dir():
            raise SourceUnavailable(f"There is no folder {self.folder}.", advice="Make it.")
        return f"{len(list(self.folder.iterdir()))} files"

    def collect(self, cursor: Mapping[str, Any]) -> Iterator[Batch]:
        self.check()
        files = sorted(path for path in self.folder.iterdir() if path.suffix == ".txt")
        for place, path in enumerate(files, start=1):
            if path.name > cursor.get("last", ""):
                time.sleep(self.seconds)
                yield Numbers(
                    cursor={"last": path.name}, message=f"Read {path.name}", done=place, total=len(files),
                    number=_number(path),
                )  # fmt: skip


def _number(path: Path) -> float:
    text = path.read_text()
    if text.startswith("stop"):
        raise SourceUnavailable(f"{path.name} says {text}", advice="Write a number into it.")
    return float(text)


def store_numbers(ws: Workspace, source: DataSource, batch: Batch) -> int:
    assert isinstance(batch, Numbers)
    total = ws.session.scalar(select(ProcessMetric).where(ProcessMetric.project_id == source.project_id))
    if total is None:
        total = ProcessMetric(project_id=source.project_id, day=NOW.date(), measure="sum", value=0)
        ws.session.add(total)
    total.value += batch.number
    return 1


def forget_numbers(ws: Workspace, source: DataSource) -> None:
    ws.session.execute(delete(ProcessMetric).where(ProcessMetric.project_id == source.project_id))


NUMBERED = Tool(lambda address, _settings: NumberedFiles(Path(address.location)), store_numbers, forget_numbers)


def a_numbered_source(ws: Workspace, folder: Path, *numbers: object) -> UUID:
    """A source of these numbers, one file each, with a project of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for place, number in enumerate(numbers):
        (folder / f"{place:04}.txt").write_text(str(number))
    project = Project(id=new_key(), name=folder.name, created_at=NOW)
    ws.session.add(project)
    ws.session.flush()
    source = DataSource(
        id=new_key(), kind=SourceKind.GIT, name=folder.name, location=str(folder), project_id=project.id, created_at=NOW
    )
    ws.session.add(source)
    ws.session.flush()
    return source.id


def the_sum(ws: Workspace) -> float | None:
    """What all numbered sources added up to."""
    return ws.session.scalar(select(ProcessMetric.value))
