"""When the organisation works, as it told."""

from __future__ import annotations

from maestro_core.models import Tenant
from maestro_core.scoring.working_hours import WorkingHours


def hours_of(tenant: Tenant) -> WorkingHours | None:
    """The working hours of an organisation; None: it told none, and hours are those of the calendar."""
    told = tenant.working_hours
    return None if told is None else WorkingHours(tuple(told["days"]), told["opens"], told["closes"], told["zone"])
