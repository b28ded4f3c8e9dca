"""When the organisation works: waits for a first response are told in these hours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maestro_core.access import Permission
from maestro_core.actions import action
from maestro_core.actions.entries import WorkingHoursEntry, valid
from maestro_core.scoring.working_hours import WorkingHours
from maestro_core.workspace import Workspace


@action(Permission.EDIT_SETTINGS)
def set_working_hours(ws: Workspace, *, working_hours: Mapping[str, Any] | None) -> None:
    """Tell first responses in these hours (fields of `WorkingHoursEntry`); None: in those of the calendar again."""
    ws.tenant.working_hours = None if working_hours is None else _valid(working_hours)
    ws.session.flush()


def _valid(told: Mapping[str, Any]) -> dict[str, Any]:
    entry = valid(WorkingHoursEntry, told)
    worked = WorkingHours(tuple(sorted(set(entry.days))), entry.opens, entry.closes, entry.zone)
    return {"days": list(worked.days), "opens": worked.opens, "closes": worked.closes, "zone": worked.zone}
