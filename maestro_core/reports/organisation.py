"""The organisation: what it decides for all its projects."""

from __future__ import annotations

from maestro_core.access import Permission
from maestro_core.reports import Report, report
from maestro_core.workspace import Workspace


class Organisation(Report):
    """Name, currency (ISO 4217), time zone (IANA), first weekday (0 is Monday) and what counts as success."""

    name: str
    is_sample: bool
    currency: str
    time_zone: str
    week_starts_on: int
    weight_model_performance: float
    weight_business_impact: float
    weight_delivery: float


@report(Permission.VIEW)
def organisation(ws: Workspace) -> Organisation:
    """What this organisation has decided."""
    return Organisation.model_validate(ws.tenant, from_attributes=True)
