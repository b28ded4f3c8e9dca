"""Where impact has nothing to compare, what is learned beside it is kept all the same."""

from __future__ import annotations

from sqlalchemy import delete, func, select

from maestro_core.actions import training
from maestro_core.models import Artifact, ArtifactEffect, ArtifactScore, ArtifactUsage, TrainingRun
from maestro_core.reports.artifacts import leaderboard
from tests.actions.past_projects import past_projects
from tests.conftest import House


def test_where_projects_used_one_artifact_team_size_is_kept_and_impact_says_why_not(house: House) -> None:
    with house.open() as ws:
        past_projects(ws)
        other = select(Artifact.id).where(Artifact.name == "other")
        ws.session.execute(delete(ArtifactUsage).where(ArtifactUsage.artifact_id.in_(other)))
    told = training.train(house.open)
    assert "nothing to compare" in told["impact"]
    assert told["team_size"] == "learned from 36 projects"
    with house.open(reading=True) as ws:
        kept = set(ws.session.scalars(select(TrainingRun.question)))
        assert kept == {"success", "duration", "cost", "team_size"}
        for table in (ArtifactScore, ArtifactEffect):
            assert ws.session.scalar(select(func.count()).select_from(table)) == 0
        assert "used different artifacts" in str(leaderboard(ws).reason)
