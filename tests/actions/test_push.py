"""What is pushed is a source of its own kind: it is never read."""

from __future__ import annotations

import pandas as pd
import pytest

from maestro_core.actions.push import connect_push
from maestro_core.actions.refresh import due_sources, request_refresh
from maestro_core.errors import NotNow
from maestro_core.reports.sources import sources
from maestro_core.workspace import Workspace
from tests.builders import a_project


def test_what_is_pushed_is_never_due_and_cannot_be_refreshed(ws: Workspace) -> None:
    door = connect_push(ws, project_id=a_project(ws, "shop"))
    assert due_sources(ws, older_than=ws.now) == []
    with pytest.raises(NotNow, match="never read"):
        request_refresh(ws, source_id=door.source_id)
    (told,) = sources(ws).sources.to_dict("records")
    assert (told["name"], told["projects"], pd.isna(told["next_due_at"])) == ("Pushed to shop", ["shop"], True)
