"""What is learned of artifacts beyond their impact on success: on duration and cost, of reuse, pairs and upgrades."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

import pandas as pd

from maestro_core.errors import NotEnoughData
from maestro_core.models import ArtifactEffect, ArtifactPair, ArtifactScore, Base, VersionUpgrade
from maestro_core.reports import records
from maestro_core.scoring.compatibility import pair_effects
from maestro_core.scoring.impact import artifact_impact
from maestro_core.scoring.impact_outcomes import on_scale
from maestro_core.scoring.impact_residuals import residuals
from maestro_core.scoring.impact_reuse import ReuseEffect, reuse_effects
from maestro_core.scoring.upgrades import version_effects
from maestro_core.terms import Target

TOLD_ANEW: tuple[type[Base], ...] = (ArtifactScore, ArtifactEffect, ArtifactPair, VersionUpgrade)
"""What each learning of impact tells of all artifacts."""

SEED = 20_260_101
"""Projects are dealt into folds: the same facts get the same answer."""

SCORE_COLUMNS = {
    "score": "score",
    "score_low": "score_low",
    "score_high": "score_high",
    "effect": "effect",
    "low": "effect_low",
    "high": "effect_high",
    "probability": "probability",
    "reliability": "reliability",
    "projects": "projects",
}


@dataclass(frozen=True)
class Lessons:
    """How many projects they rest on, how projects that reuse do, and rows for tables, which name no run yet."""

    projects: int
    reuse: Mapping[Target, ReuseEffect]
    tables: Mapping[type[Base], pd.DataFrame]

    def metrics(self) -> dict[str, Any]:
        """The comparison of who reuses, as a training run keeps it."""
        return {str(target): _plain(effect) for target, effect in self.reuse.items()}

    def rows(self, run_id: UUID) -> dict[type[Base], list[dict[str, Any]]]:
        """What is kept, by table, in the name of a training run."""
        named = {"training_run_id": run_id}
        return {table: [row | named for row in records(frame)] for table, frame in self.tables.items()}


def lessons(projects: pd.DataFrame, usage: pd.DataFrame, versions: pd.DataFrame, *, as_of: date) -> Lessons:
    """What past projects say of artifacts; `NotEnoughData` where they say nothing of impact.

    `versions` has project_id, artifact_id, version_id (used last) and version_at.
    """
    impact = artifact_impact(projects, usage, as_of=as_of)
    left = residuals(projects, usage, impact=impact)
    return Lessons(
        impact.fit.projects,
        reuse_effects(projects, usage, as_of=as_of, seed=SEED),
        {
            ArtifactEffect: pd.concat([pd.DataFrame(), *_effects(projects, usage, as_of=as_of)]),
            ArtifactPair: pair_effects(left, usage),
            VersionUpgrade: version_effects(left, versions),
        },
    )


def _effects(projects: pd.DataFrame, usage: pd.DataFrame, *, as_of: date) -> Iterator[pd.DataFrame]:
    """Of duration and of cost, where enough projects tell them."""
    for target in (Target.DURATION, Target.COST):
        scaled = projects.assign(scaled=on_scale(projects, target))
        try:
            found = artifact_impact(scaled, usage, as_of=as_of, outcome="scaled").artifacts
        except NotEnoughData:
            continue
        yield found[["artifact_id", *SCORE_COLUMNS]].rename(columns=SCORE_COLUMNS).assign(target=target)


def _plain(effect: ReuseEffect) -> dict[str, Any]:
    return asdict(effect) | {"difference": effect.difference.model_dump()}
