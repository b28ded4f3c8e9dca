"""Newer versions: who moved, who stays, and what moving goes along with."""

from __future__ import annotations

import pickle
from datetime import timedelta
from uuid import UUID, uuid4

import pandas as pd
import pytest
from sqlalchemy import update

from maestro_core.errors import NotFound
from maestro_core.models import ArtifactVersion, VersionUpgrade
from maestro_core.reports.upgrades import upgrades_for, upgrades_of
from maestro_core.workspace import Workspace
from tests.builders import a_finished_project, a_project, a_use, a_version, added, an_artifact
from tests.conftest import NOW
from tests.reports.test_compatibility import a_training_run

DAY = timedelta(days=1)


def versions(ws: Workspace, artifact_id: UUID, *names: str) -> list[UUID]:
    """Versions of an artifact, the oldest first, a month apart."""
    return [a_version(ws, artifact_id, name, NOW - 30 * (len(names) - place) * DAY) for place, name in enumerate(names)]


def test_a_project_is_told_of_versions_newer_than_the_one_it_used_last(ws: Workspace) -> None:
    behind, current = an_artifact(ws, "behind"), an_artifact(ws, "current")
    old, _ = versions(ws, behind, "1", "2")
    older, latest = versions(ws, current, "1", "2")
    project = a_project(ws)
    a_use(ws, behind, project, NOW - 5 * DAY, version_id=old)
    a_use(ws, current, project, NOW - 5 * DAY, version_id=older)
    a_use(ws, current, project, NOW - 4 * DAY, version_id=latest)
    told = upgrades_for(ws, project_id=project).upgrades
    assert list(told["name"]) == ["behind"]
    assert (told["version"].iloc[0], told["newest"].iloc[0]) == ("1", "2")
    assert told["effect"].isna().all()


def test_a_retired_version_is_no_upgrade(ws: Workspace) -> None:
    artifact_id = an_artifact(ws)
    old, new = versions(ws, artifact_id, "1", "2")
    project = a_project(ws)
    a_use(ws, artifact_id, project, version_id=old)
    ws.session.execute(update(ArtifactVersion).where(ArtifactVersion.id == new).values(tags=["Deprecated"]))
    assert upgrades_for(ws, project_id=project).upgrades.empty
    assert upgrades_of(ws, artifact_id=artifact_id).newest == "1"


def test_uses_that_do_not_tell_their_version_say_nothing(ws: Workspace) -> None:
    artifact_id = an_artifact(ws)
    versions(ws, artifact_id, "1", "2")
    project = a_project(ws)
    a_use(ws, artifact_id, project)
    assert upgrades_for(ws, project_id=project).upgrades.empty


def test_who_moved_and_who_stays(ws: Workspace) -> None:
    artifact_id = an_artifact(ws)
    old, new = versions(ws, artifact_id, "1", "2")
    moved, started_there, staying = (a_project(ws, name) for name in ("moved", "started there", "staying"))
    ended = a_finished_project(ws, "ended")
    a_use(ws, artifact_id, moved, NOW - 9 * DAY, version_id=old)
    a_use(ws, artifact_id, moved, NOW - 8 * DAY, version_id=new)
    a_use(ws, artifact_id, started_there, NOW - 7 * DAY, version_id=new)
    a_use(ws, artifact_id, staying, NOW - 6 * DAY, version_id=old)
    a_use(ws, artifact_id, ended, NOW - 5 * DAY, version_id=old)
    answer = upgrades_of(ws, artifact_id=artifact_id)
    assert (answer.newest, answer.newest_at) == ("2", NOW - 30 * DAY)
    assert answer.moved[["project", "version"]].to_numpy().tolist() == [["moved", "1"]]
    assert answer.moved["moved_at"].iloc[0] == NOW - 8 * DAY
    assert list(answer.staying["project"]) == ["staying"]
    counts = answer.versions.set_index("version")[["projects", "running"]]
    assert counts.to_dict("index") == {"2": {"projects": 2, "running": 2}, "1": {"projects": 2, "running": 1}}
    assert upgrades_for(ws, project_id=staying).upgrades["moved"].iloc[0] == 1


def test_going_back_to_an_older_version_is_staying(ws: Workspace) -> None:
    artifact_id = an_artifact(ws)
    old, new = versions(ws, artifact_id, "1", "2")
    project = a_project(ws, "back")
    a_use(ws, artifact_id, project, NOW - 9 * DAY, version_id=new)
    a_use(ws, artifact_id, project, NOW - 8 * DAY, version_id=old)
    answer = upgrades_of(ws, artifact_id=artifact_id)
    assert answer.moved.empty
    assert list(answer.staying["project"]) == ["back"]


def test_what_a_newer_version_goes_along_with_is_told_where_it_was_learned(ws: Workspace) -> None:
    artifact_id, project = an_artifact(ws), a_project(ws)
    old, new, _ = versions(ws, artifact_id, "1", "2", "3")
    a_use(ws, artifact_id, project, version_id=old)
    found = {"effect": 3.0, "effect_low": 1.0, "effect_high": 5.0, "probability": 0.99, "before": 7, "after": 4}
    run = a_training_run(ws)
    added(ws, VersionUpgrade(artifact_id=artifact_id, version_id=old, newer_id=new, training_run_id=run, **found))
    row = upgrades_for(ws, project_id=project).upgrades.iloc[0]
    assert (row["newest"], row["measured"], row["effect"], row["after"]) == ("3", "2", 3.0, 4)
    rows = upgrades_of(ws, artifact_id=artifact_id).versions.set_index("version")
    assert rows.loc["1", "effect_high"] == 5.0
    assert pd.isna(rows.loc["3", "effect"])


def test_what_does_not_exist_is_not_found_and_nothing_has_no_upgrade(ws: Workspace) -> None:
    for question in ({"artifact_id": uuid4()}, {"project_id": uuid4()}):
        ask = upgrades_of if "artifact_id" in question else upgrades_for
        with pytest.raises(NotFound):
            ask(ws, **question)
    alone = upgrades_of(ws, artifact_id=an_artifact(ws))
    assert (alone.newest, alone.newest_at) == (None, None)
    assert all(frame.empty for frame in (alone.versions, alone.moved, alone.staying))
    answer = upgrades_for(ws, project_id=a_project(ws))
    assert answer.upgrades.empty
    for told in (alone, answer):
        assert pickle.loads(pickle.dumps(told)).model_dump_json() == told.model_dump_json()
