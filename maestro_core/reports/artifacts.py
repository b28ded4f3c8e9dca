"""Artifacts: which are worth reusing, and everything about one of them. Scores are read, never computed here."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import Select, func, select

from maestro_core.access import Permission
from maestro_core.models import Artifact, ArtifactScore
from maestro_core.reports import Frame, Report, records, report
from maestro_core.reports.artifact_effects import OutcomeEffect, outcome_effects
from maestro_core.reports.artifact_rows import (
    artifact_rows,
    consumers,
    impact_over_time,
    scoring_days,
    use_over_time,
    versions,
)
from maestro_core.reports.compatibility import companions
from maestro_core.reports.leaderboard import Preset, Wanted, chosen
from maestro_core.reports.projects import outcomes_missing
from maestro_core.scoring.impact import MINIMUM_OUTCOMES
from maestro_core.terms import ArtifactKind, percent, with_sign
from maestro_core.workspace import Workspace


class Leaderboard(Report):
    """Artifacts in the order of a preset; where nothing is scored, `reason` says why.

    rank, rank_change (places won since `compared_with`; missing for a new one), is_new, artifact_id, name, kind,
    description, score (0 to 100) and effect (points of success) with their 90 % intervals, probability of an effect
    above zero, duration_saved and cost_saved (shares, with their intervals _low to _high), projects (that the score
    rests on), reuse (distinct projects that use it), people (that use it), trend
    (scores over the last scoring days, oldest first), uses_per_month (distinct projects in each of the last 12
    months), owner, tags, last_used_at, staleness (days since), versions, latest_version, created_at.
    """

    artifacts: Frame
    as_of: date | None
    compared_with: date | None
    reason: str | None
    total: int
    """How many artifacts match, also beyond the limit."""


class Facets(Report):
    """What can be filtered by: value and the number of artifacts, most first."""

    kinds: Frame
    owners: Frame
    tags: Frame


class ArtifactImpact(Report):
    """The latest score with its parts; intervals hold 90 %."""

    as_of: date
    score: float
    score_low: float
    score_high: float
    effect: float
    effect_low: float
    effect_high: float
    probability: float
    reliability: float
    projects: int
    rank: int


class ArtifactAnalytics(Report):
    """How an artifact is used, by whom, with what, and what that was worth."""

    consumers: Frame
    """project_id, project, first_used_at, last_used_at, version (last used), uses, people, outcome, success."""
    use_over_time: Frame
    """month, projects and people (distinct) in each of the last 36 months since the first use."""
    impact_over_time: Frame
    """as_of, score and effect with their intervals, probability, projects, rank."""
    goes_well_with: Frame
    """artifact_id, name, kind, together (projects, at least 3), lift; from 10 finished common projects on, finished,
    effect (points of success beyond the effect of each) with its 90 % interval, probability of one above zero."""


class ArtifactFacts(Report):
    """What is registered of one artifact."""

    artifact_id: UUID
    name: str
    kind: ArtifactKind
    description: str
    owner: str | None
    url: str | None
    tags: tuple[str, ...]
    created_at: datetime


class Artifacts(Report):
    """Registered artifacts by name, and how many match, also beyond the limit."""

    artifacts: tuple[ArtifactFacts, ...]
    total: int


class ArtifactReport(ArtifactFacts, ArtifactAnalytics):
    """Everything about one artifact."""

    impact: ArtifactImpact | None
    effects: tuple[OutcomeEffect, ...]
    """On success, duration and cost, as far as they were learned."""
    why: str
    """Why it has this score, or why it has none, in a sentence."""
    versions: Frame
    """version_id, version, digest, tags, created_at, uses (of this version); newest first."""


@report(Permission.VIEW)
def leaderboard(
    ws: Workspace,
    *,
    preset: Preset = Preset.TOP,
    search: str = "",
    kinds: Collection[ArtifactKind] = (),
    owners: Collection[str] = (),
    tags: Collection[str] = (),
    limit: int = 200,
) -> Leaderboard:
    """The artifacts that match, in the order of the preset."""
    days = scoring_days(ws)
    wanted = Wanted(search, kinds, owners, tags)
    matching = chosen(preset, wanted, as_of=days.latest, now=ws.now)
    keys = list(ws.session.scalars(matching.limit(limit)))
    return Leaderboard(
        artifacts=artifact_rows(ws, keys, days),
        as_of=days.latest,
        compared_with=days.compared,
        reason=None if days.latest else why_unscored(ws),
        total=len(keys) if len(keys) < limit else _number_of(ws, preset, wanted, as_of=days.latest),
    )


@report(Permission.VIEW)
def registered(
    ws: Workspace, *, name: str | None = None, kind: ArtifactKind | None = None, limit: int = 200
) -> Artifacts:
    """The artifacts of exactly this name, this kind, or all of them, in the order of their names."""
    wanted = [column == value for column, value in ((Artifact.name, name), (Artifact.kind, kind)) if value is not None]
    total = ws.session.scalar(select(func.count()).select_from(Artifact).where(*wanted)) or 0
    rows = records(ws.frame(_registered().where(*wanted).order_by(Artifact.name, Artifact.kind).limit(limit)))
    return Artifacts(artifacts=tuple(ArtifactFacts.model_validate(row) for row in rows), total=total)


@report(Permission.VIEW)
def facts(ws: Workspace, *, artifact_id: UUID) -> ArtifactFacts:
    """What is registered of this artifact."""
    return _facts(ws, artifact_id)


@report(Permission.VIEW)
def facets(ws: Workspace) -> Facets:
    """The kinds, owners and tags of all artifacts, and how many have each."""
    rows = ws.frame(
        select(Artifact.kind, Artifact.owner, Artifact.tags, func.count().label("artifacts")).group_by(
            Artifact.kind, Artifact.owner, Artifact.tags
        )
    )
    return Facets(kinds=_facet(rows, "kind"), owners=_facet(rows, "owner"), tags=_facet(rows.explode("tags"), "tags"))


@report(Permission.VIEW)
def artifact(ws: Workspace, *, artifact_id: UUID) -> ArtifactReport:
    """Everything about this artifact."""
    known, impact = _facts(ws, artifact_id), _impact(ws, artifact_id)
    return ArtifactReport(
        **dict(known),
        impact=impact,
        effects=outcome_effects(ws, artifact_id, as_of=impact.as_of if impact else None),
        why=why_score(impact) if impact else why_unscored(ws),
        versions=versions(ws, artifact_id),
        **dict(_analytics(ws, artifact_id)),
    )


@report(Permission.VIEW)
def analytics(ws: Workspace, *, artifact_id: UUID) -> ArtifactAnalytics:
    """How this artifact is used, and what that was worth."""
    return _analytics(ws, ws.get(Artifact, artifact_id).id)


def why_score(impact: ArtifactImpact) -> str:
    """Why an artifact has its score, in words."""
    direction = "more" if impact.effect >= 0 else "less"
    return (
        f"{impact.projects} finished project{'s' if impact.projects != 1 else ''} used it. Against comparable projects "
        f"with an average artifact they reached {abs(impact.effect):.1f} points of success {direction} "
        f"(90 % interval {with_sign(impact.effect_low, 1)} to {with_sign(impact.effect_high, 1)}); that the effect is "
        f"above zero is {percent(impact.probability)} likely. {_evidence(impact)}"
    )


def why_unscored(ws: Workspace) -> str:
    """Why an artifact has no score, in words."""
    missing = outcomes_missing(ws).for_impact
    if missing:
        return f"Not enough evidence: {missing} more outcome{'s' if missing > 1 else ''} of {MINIMUM_OUTCOMES} needed."
    if scoring_days(ws).latest is None:
        return (
            "Not scored yet: scores compare finished projects that used different artifacts and whose success differs."
        )
    return "Not scored yet: no project with a known outcome used it when scores were last computed."


def _evidence(impact: ArtifactImpact) -> str:
    if impact.effect_low > 0 or impact.effect_high < 0:
        return "The interval leaves out zero, so the evidence is clear."
    return "The interval contains zero: it may still be no better than an average artifact."


def _registered() -> Select[*tuple[Any, ...]]:
    columns = (getattr(Artifact, name) for name in ArtifactFacts.model_fields if name != "artifact_id")
    return select(Artifact.id.label("artifact_id"), *columns)


def _facts(ws: Workspace, artifact_id: UUID) -> ArtifactFacts:
    row = ws.get(Artifact, artifact_id)
    return ArtifactFacts.model_validate(records(ws.frame(_registered().where(Artifact.id == row.id)))[0])


def _analytics(ws: Workspace, artifact_id: UUID) -> ArtifactAnalytics:
    return ArtifactAnalytics(
        consumers=consumers(ws, artifact_id),
        use_over_time=use_over_time(ws, artifact_id),
        impact_over_time=impact_over_time(ws, artifact_id),
        goes_well_with=companions(ws, [artifact_id]).drop(columns="with_id"),
    )


def _impact(ws: Workspace, artifact_id: UUID) -> ArtifactImpact | None:
    as_of = scoring_days(ws).latest
    columns = (getattr(ArtifactScore, name) for name in ArtifactImpact.model_fields)
    scored = ws.frame(select(*columns).where(ArtifactScore.artifact_id == artifact_id, ArtifactScore.as_of == as_of))
    return None if scored.empty else ArtifactImpact.model_validate(records(scored)[0])


def _number_of(ws: Workspace, preset: Preset, wanted: Wanted, *, as_of: date | None) -> int:
    matching = chosen(preset, wanted, as_of=as_of, now=ws.now).order_by(None).subquery()
    return ws.session.scalar(select(func.count()).select_from(matching)) or 0


def _facet(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    values = rows.dropna(subset=[name]).groupby(name)["artifacts"].sum().rename_axis("value").reset_index()
    return values.sort_values(["artifacts", "value"], ascending=[False, True], ignore_index=True)
