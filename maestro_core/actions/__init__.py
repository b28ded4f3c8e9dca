"""What we do: each action is permitted first, changes something, and is audited in the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import pandas as pd
from pydantic_core import PydanticSerializationError, from_json, to_json
from sqlalchemy import update

from maestro_core.access import Permission
from maestro_core.models import Tenant
from maestro_core.workspace import Workspace, an_audit_event

P = ParamSpec("P")
Result = TypeVar("Result")

ACTIONS: dict[str, Permission] = {}
LONGEST_ARGUMENT = 500


def action(
    permission: Permission,
) -> Callable[[Callable[Concatenate[Workspace, P], Result]], Callable[Concatenate[Workspace, P], Result]]:
    """Ask for the permission, act, write down who did what with which arguments, and outdate remembered answers."""

    def permit(function: Callable[Concatenate[Workspace, P], Result]) -> Callable[Concatenate[Workspace, P], Result]:
        name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"

        @wraps(function)
        def perform(ws: Workspace, /, *args: P.args, **kwargs: P.kwargs) -> Result:
            arguments = {key: _plain(value) for key, value in kwargs.items()}
            ws.require(permission, action=name, arguments=arguments)
            result = function(ws, *args, **kwargs)
            ws.session.add(an_audit_event(ws, name, arguments))
            outdate_answers(ws)
            return result

        ACTIONS[f"{function.__module__}.{function.__qualname__}"] = permission
        return perform

    return permit


def outdate_answers(ws: Workspace) -> None:
    """Tell every door that what it remembers of this tenant is old."""
    mine = Tenant.id == ws.member.tenant_id
    ws.session.execute(update(Tenant).where(mine).values(data_version=Tenant.data_version + 1))


def _plain(value: Any) -> Any:
    """An argument as the audit keeps it: secrets as asterisks, tables and long texts cut."""
    if isinstance(value, pd.DataFrame | bytes):
        return f"{type(value).__name__} of {len(value)}"
    # PostgreSQL's JSON refuses NaN, infinity and NUL: an argument that has one would escape the audit.
    try:
        text = to_json(value, fallback=str, inf_nan_mode="strings", bytes_mode="base64").replace(b"\\u0000", b"\\ufffd")
    except PydanticSerializationError:
        # Half a character, which JSON can say and UTF-8 cannot.
        text = to_json(repr(value))
    return from_json(text) if len(text) <= LONGEST_ARGUMENT else f"{text[:LONGEST_ARGUMENT].decode(errors='ignore')}…"
