"""Long projects come to use more artifacts: that is not what an artifact does."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from maestro_core.learning.simulation import simulate_outcomes
from maestro_core.scoring.impact import artifact_impact

UNTIL = date(2026, 1, 1)
ARTIFACTS = 100


def portfolio(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Projects whose uses come with time, six in a median duration, of artifacts that do nothing."""
    world, chance = simulate_outcomes(seed, projects=300, artifacts=ARTIFACTS, until=UNTIL), np.random.default_rng(seed)
    days = (world.projects["finished_at"] - world.projects["started_at"]) / pd.Timedelta(days=1)
    number = np.clip(chance.poisson(6 * (days / days.median()).fillna(1.0)), 1, 25)
    used = [chance.choice(ARTIFACTS, size=count, replace=False) for count in number]
    artifact = np.concatenate(used)
    kinds = world.artifacts["kind"].to_numpy()[artifact]
    project = np.repeat(world.projects["project_id"].to_numpy(), number)
    uses = pd.DataFrame({"project_id": project, "artifact_id": artifact, "kind": kinds})
    return world.projects.assign(quick=-np.log(days), used=number), uses


def test_length_that_brings_uses_is_not_taken_for_what_artifacts_do() -> None:
    projects, uses = portfolio(1)
    found = artifact_impact(projects, uses, as_of=UNTIL, outcome="quick").artifacts
    assert projects["quick"].corr(projects["used"]) < -0.5
    assert abs(found["effect"].mean()) < 0.01
    assert ((found["low"] <= 0) & (found["high"] >= 0)).mean() > 0.9
