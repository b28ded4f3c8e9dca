"""What using an artifact goes along with in each of the three outcomes, as people read it: points and shares saved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import pandas as pd
from sqlalchemy import select

from maestro_core.models import ArtifactEffect, ArtifactScore
from maestro_core.reports import Report, records
from maestro_core.scoring.impact_outcomes import saved
from maestro_core.terms import Target
from maestro_core.workspace import Workspace

BOUNDS = ("effect", "effect_low", "effect_high")
FIELDS = ("score", "score_low", "score_high", *BOUNDS, "probability", "reliability", "projects")


class OutcomeEffect(Report):
    """Of one outcome: the effect with its 90 % interval, how sure that is, and where it stands among artifacts.

    `effect` is in points of success; of duration and cost it is the share saved, so that 0.1 is a tenth shorter or
    cheaper and −0.1 a tenth longer or dearer. In all three, above 0 is better.
    """

    target: Target
    effect: float
    effect_low: float
    effect_high: float
    probability: float
    reliability: float
    projects: int
    score: float
    score_low: float
    score_high: float


def outcome_effects(ws: Workspace, artifact_id: UUID, *, as_of: date | None) -> tuple[OutcomeEffect, ...]:
    """Success, duration and cost, as far as they were learned."""
    success = ws.frame(
        select(*(getattr(ArtifactScore, name) for name in FIELDS)).where(
            ArtifactScore.artifact_id == artifact_id, ArtifactScore.as_of == as_of
        )
    ).assign(target=Target.SUCCESS)
    others = _effects(ws, [artifact_id]).sort_values("target", ascending=False)
    rows = [*records(success), *records(others.drop(columns="artifact_id"))]
    return tuple(OutcomeEffect.model_validate(row) for row in rows)


def savings(ws: Workspace, artifact_ids: Sequence[UUID]) -> pd.DataFrame:
    """artifact_id, duration_saved and cost_saved: shares, each with its 90 % interval _low to _high."""
    effects = _effects(ws, artifact_ids)
    told = pd.DataFrame({"artifact_id": list(artifact_ids)}, dtype=object)
    for target in (Target.DURATION, Target.COST):
        rows = effects.loc[effects["target"] == target, ["artifact_id", *BOUNDS]]
        named = rows.rename(columns={name: name.replace("effect", f"{target}_saved") for name in BOUNDS})
        told = told.merge(named, on="artifact_id", how="left")
    return told


def _effects(ws: Workspace, artifact_ids: Sequence[UUID]) -> pd.DataFrame:
    columns = (getattr(ArtifactEffect, name) for name in FIELDS)
    rows = ws.frame(
        select(ArtifactEffect.artifact_id, ArtifactEffect.target, *columns).where(
            ArtifactEffect.artifact_id.in_(list(artifact_ids))
        )
    )
    return rows.assign(**{name: rows[name].map(saved).astype(float) for name in BOUNDS})
