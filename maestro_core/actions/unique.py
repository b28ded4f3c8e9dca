"""Names that must not be taken: the database decides, also between two who ask at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from maestro_core.errors import NotNow
from maestro_core.workspace import Workspace


@contextmanager
def unless_taken(ws: Workspace, message: str, *, advice: str) -> Iterator[None]:
    """Write what is added or changed within, or raise `NotNow` where a unique constraint says it is there already."""
    try:
        with ws.session.begin_nested():
            yield
    except IntegrityError as problem:
        raise NotNow(message, advice=advice) from problem
