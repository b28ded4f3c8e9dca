"""What tests of the refresh share: numbered sources, and who leads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import UUID

from maestro_core.actions.collecting import Tool
from maestro_core.actions.lead import Lead
from maestro_core.actions.refresh import request_refresh
from maestro_core.models import RefreshRun
from maestro_core.workspace import Workspace
from tests.actions.numbered import NUMBERED, NumberedFiles, a_numbered_source
from tests.conftest import House

LEAD = Lead("test")


def read_by(collector: type[NumberedFiles]) -> Tool:
    return replace(NUMBERED, collector=lambda address, _: collector(Path(address.location)))


def a_source(house: House, folder: Path, *contents: object) -> UUID:
    with house.open() as ws:
        return a_numbered_source(ws, folder, *contents)


def a_run(house: House, source_id: UUID) -> UUID:
    with house.open() as ws:
        return request_refresh(ws, source_id=source_id)


def the_run(ws: Workspace, run_id: UUID) -> RefreshRun:
    return ws.get(RefreshRun, run_id)
