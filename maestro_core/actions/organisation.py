"""Changing what the organisation decides for all its projects."""

from __future__ import annotations

from typing import Any

from maestro_core.access import Permission
from maestro_core.actions import action
from maestro_core.actions.entries import OrganisationEntry, valid
from maestro_core.workspace import Workspace


@action(Permission.EDIT_SETTINGS)
def change_organisation(ws: Workspace, /, **changes: Any) -> None:
    """Change these fields of `OrganisationEntry`; the others stay as they are.

    New weights change every success score at once; impact and predictions follow with the next training.
    """
    tenant = ws.tenant
    known = {name: getattr(tenant, name) for name in OrganisationEntry.model_fields}
    for name, value in dict(valid(OrganisationEntry, known | changes)).items():
        setattr(tenant, name, value)
    ws.session.flush()
