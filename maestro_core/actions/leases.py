"""Who leads: exactly one process holds a lease until it expires, however many run.

A lease is taken, kept and lost many times a minute by processes, not by people: these ask for the permission,
but are not audited.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update

from maestro_core.access import Permission
from maestro_core.database import INSERTS
from maestro_core.models import Lease
from maestro_core.workspace import Workspace


def take_lease(ws: Workspace, *, name: str, holder: str, seconds: float) -> bool:
    """Hold the lease for so many seconds where nobody does, where it has expired, or where it is held already.

    One statement decides: of two processes that try at once, the database lets the second see what the first wrote.
    """
    ws.require(Permission.REFRESH, action="leases.take_lease")
    insert: Any = INSERTS[ws.session.get_bind().dialect.name](Lease)
    until = ws.now + timedelta(seconds=seconds)
    statement = insert.values(name=name, holder=holder, expires_at=until).on_conflict_do_update(
        index_elements=["tenant_id", "name"],
        set_={"holder": holder, "expires_at": until},
        where=or_(Lease.expires_at <= ws.now, Lease.holder == holder),
    )
    return ws.session.scalar(statement.returning(Lease.holder)) is not None


def keep_lease(ws: Workspace, *, name: str, holder: str, seconds: float) -> bool:
    """Hold the lease for longer; False where another took it.

    The row stays locked until the workspace ends, so that what is written in the same workspace is written by the
    holder or not at all: this is the fence around every batch of a refresh.
    """
    ws.require(Permission.REFRESH, action="leases.keep_lease")
    mine = (Lease.name == name) & (Lease.holder == holder)
    longer = update(Lease).where(mine).values(expires_at=ws.now + timedelta(seconds=seconds)).returning(Lease.holder)
    return ws.session.scalar(longer) is not None


def holds_lease(ws: Workspace, *, name: str, holder: str) -> bool:
    """Whether nobody has taken the lease from this holder, who alone decides how long to hold it.

    The same fence as `keep_lease`, for what works for the holder in another process: with a holder that died, the lease
    runs out, however long the others live on.
    """
    ws.require(Permission.REFRESH, action="leases.holds_lease")
    mine = select(Lease.holder).where(Lease.name == name, Lease.holder == holder).with_for_update()
    return ws.session.scalar(mine) is not None


def release_lease(ws: Workspace, *, name: str, holder: str) -> None:
    """Let another process lead at once; nothing happens where this one does not."""
    ws.require(Permission.REFRESH, action="leases.release_lease")
    ws.session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))


def lease_holder(ws: Workspace, *, name: str) -> str | None:
    """Who holds the lease now; None where nobody does."""
    return ws.session.scalar(select(Lease.holder).where(Lease.name == name, Lease.expires_at > ws.now))
