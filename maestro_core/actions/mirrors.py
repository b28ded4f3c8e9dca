"""The copies of repositories on disk: removed once their source is gone.

Disconnecting is a transaction, and a disk has none: so what no source needs is removed later, by the process that
leads, however often it was killed before.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import select

from maestro_core.access import Permission
from maestro_core.actions.collecting import mirrors
from maestro_core.actions.lead import Door
from maestro_core.models import DataSource
from maestro_core.settings import Settings


def remove_unused_mirrors(door: Door, *, settings: Settings) -> int:
    """Remove what this tenant's sources do not need any more; how many files and folders that were."""
    with door() as ws:
        ws.require(Permission.REFRESH, action="mirrors.remove_unused_mirrors")
        folder = mirrors(ws, settings)
    # Listed before the sources are read: a source is stored before it is copied, so a new one is among them.
    present = list(folder.iterdir()) if folder.is_dir() else []
    with door() as ws:
        needed = {str(source_id) for source_id in ws.session.scalars(select(DataSource.id))}
    unused = [path for path in present if path.name.partition(".")[0] not in needed]
    for path in unused:
        _remove(path)
    return len(unused)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
