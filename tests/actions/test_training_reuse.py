"""What is learned of artifacts beyond their impact on success, and what is kept of it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import func, select, update

from maestro_core.actions import training
from maestro_core.models import ArtifactEffect, ArtifactPair, Project, TrainingRun, VersionUpgrade
from maestro_core.reports.compatibility import goes_well_with
from maestro_core.reports.facts import version_facts
from maestro_core.reports.upgrades import upgrades_of
from maestro_core.terms import Target
from maestro_core.workspace import Workspace
from tests.builders import a_finished_project, a_project, a_use, a_version, an_artifact
from tests.conftest import NOW, House

DAY = timedelta(days=1)
TABLES = (ArtifactEffect, ArtifactPair, VersionUpgrade)


def past(ws: Workspace, number: int = 60) -> tuple[list[UUID], list[UUID], list[UUID]]:
    """Projects that used some of four artifacts, the first of which saves half the cost; its versions."""
    artifacts = [an_artifact(ws, f"a{place}") for place in range(4)]
    versions = [a_version(ws, artifacts[0], name, NOW - (900 - 10 * place) * DAY) for place, name in enumerate("12")]
    chance, projects = np.random.default_rng(3), []
    for place in range(number):
        used = [bool(place >> bit & 1) for bit in range(4)]
        project = a_finished_project(
            ws,
            success=60.0 + 10 * chance.normal(),
            complexity=2.0 + place % 6,
            team_size=2.0 + place % 4,
            started_at=NOW - 500 * DAY,
            finished_at=NOW - (400 - place) * DAY,
            compute_cost=1000.0 * (0.5 if used[0] else 1.0) * float(np.exp(0.1 * chance.normal())),
        )
        for artifact_id, uses in zip(artifacts, used, strict=True):
            if uses:
                version_id = versions[place // 16 % 2] if artifact_id == artifacts[0] else None
                a_use(ws, artifact_id, project, NOW - 490 * DAY, version_id=version_id)
        projects.append(project)
    return artifacts, versions, projects


def test_effects_on_duration_and_cost_are_kept_beside_the_scores(house: House) -> None:
    with house.open() as ws:
        artifacts, _, _ = past(ws)
    training.train(house.open)
    with house.open(reading=True) as ws:
        columns = (ArtifactEffect.artifact_id, ArtifactEffect.target, ArtifactEffect.effect, ArtifactEffect.effect_low)
        kept = ws.frame(select(*columns))
        assert kept.groupby("target").size().to_dict() == {Target.COST: 4, Target.DURATION: 4}
        best = kept[kept["target"] == Target.COST].sort_values("effect").iloc[-1]
        assert best["artifact_id"] == artifacts[0]
        assert best["effect"] > 0.3
        assert best["effect_low"] > 0


def test_pairs_and_upgrades_are_kept_where_pages_ask_for_them(house: House) -> None:
    with house.open() as ws:
        artifacts, _, _ = past(ws)
    training.train(house.open)
    with house.open(reading=True) as ws:
        companions = goes_well_with(ws, artifact_ids=[artifacts[1]]).companions
        assert set(companions["artifact_id"]) == {artifacts[0], artifacts[2], artifacts[3]}
        assert (companions["finished"] >= 10).all()
        assert companions["effect"].notna().all()
        upgrade = upgrades_of(ws, artifact_id=artifacts[0]).versions.set_index("version").loc["1"]
        assert upgrade["measured"] == "2"
        assert upgrade["before"] + upgrade["after"] == 30
        assert upgrade["effect_low"] < upgrade["effect"] < upgrade["effect_high"]


def test_how_projects_that_reuse_do_is_kept_with_what_it_rests_on(house: House) -> None:
    with house.open() as ws:
        past(ws)
    training.train(house.open)
    with house.open(reading=True) as ws:
        run = ws.session.scalars(select(TrainingRun).where(TrainingRun.question == "reuse")).one()
        assert set(run.metrics) == {str(target) for target in Target}
        told = run.metrics["success"]
        assert told["difference"]["value"] is not None or told["difference"]["reason"]
        assert {"reusing", "others"} <= set(told)


def test_what_was_learned_goes_with_the_evidence(house: House) -> None:
    with house.open() as ws:
        _, _, projects = past(ws)
    training.train(house.open)
    with house.open() as ws:
        assert all(ws.session.scalar(select(func.count()).select_from(table)) for table in TABLES)
        withdrawn = update(Project).where(Project.id.in_(projects[:50]))
        ws.session.execute(withdrawn.values(outcome=None))
    training.train_if_due(house.open)
    with house.open(reading=True) as ws:
        assert not any(ws.session.scalar(select(func.count()).select_from(table)) for table in TABLES)


def test_a_cost_of_nothing_known_leaves_the_other_outcomes(house: House) -> None:
    with house.open() as ws:
        past(ws)
        ws.session.execute(update(Project).values(compute_cost=None))
    training.train(house.open)
    with house.open(reading=True) as ws:
        assert set(ws.session.scalars(select(ArtifactEffect.target))) == {Target.DURATION}
        run = ws.session.scalars(select(TrainingRun).where(TrainingRun.question == "reuse")).one()
        assert run.metrics["cost"]["difference"]["reason"]


def test_a_new_version_in_use_makes_learning_due(house: House) -> None:
    with house.open() as ws:
        artifacts, _, projects = past(ws)
    assert training.train_if_due(house.open)
    assert not training.train_if_due(house.open)
    with house.open() as ws:
        newest = a_version(ws, artifacts[0], "3", NOW - 10 * DAY)
        a_use(ws, artifacts[0], projects[1], NOW - 9 * DAY, version_id=newest)
    assert training.train_if_due(house.open)


def test_the_version_used_last_is_the_one_that_counts(ws: Workspace) -> None:
    artifact_id, project = an_artifact(ws), a_project(ws)
    old, new = (a_version(ws, artifact_id, name, NOW - place * DAY) for place, name in ((20, "1"), (10, "2")))
    a_use(ws, artifact_id, project, NOW - 3 * DAY, version_id=new)
    a_use(ws, artifact_id, project, NOW - 2 * DAY, version_id=old)
    a_use(ws, artifact_id, project, NOW - 1 * DAY)
    told = version_facts(ws)
    assert told[["project_id", "artifact_id", "version_id"]].to_numpy().tolist() == [[project, artifact_id, old]]
    assert told["version_at"].iloc[0] == NOW - 20 * DAY


@pytest.mark.parametrize("number", [0, 2])
def test_without_versions_there_are_columns_and_no_rows(ws: Workspace, number: int) -> None:
    for _ in range(number):
        a_use(ws, an_artifact(ws), a_project(ws))
    assert list(version_facts(ws).columns) == ["project_id", "artifact_id", "version_id", "version_at"]
    assert version_facts(ws).empty
