"""The state of the portfolio: how it does, what changed, what needs attention, how fresh it all is."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import pandas as pd
from sqlalchemy import func, select

from maestro_core.access import Permission
from maestro_core.models import Artifact, ArtifactUsage, DataSource, RefreshRun, TrainingRun
from maestro_core.reports import Frame, Report, report
from maestro_core.reports.facts import project_facts
from maestro_core.reports.projects import OutcomesMissing, ProjectState, missing_outcomes, project_states
from maestro_core.scoring.portfolio import (
    median_project_cost,
    median_project_duration,
    project_success_rate,
    reuse_among_new_uses,
)
from maestro_core.terms import Measured, Outcome, Period, RunState
from maestro_core.workspace import Workspace

YEAR = timedelta(days=365)
LATELY = timedelta(days=30)
STALE_AFTER = timedelta(days=1)
"""A source that has not been refreshed for so long is behind: refreshes run at least daily."""
MOST_CHANGES = 20
QUARTERS = 12


class Compared(Report):
    """A measure of the last 12 months, and of the 12 months before."""

    present: Measured[float]
    before: Measured[float]


class AttentionKind(StrEnum):
    """What needs somebody's attention."""

    SOURCE_FAILING = "source failing"
    SOURCE_STALE = "source stale"
    OUTCOME_MISSING = "outcome missing"
    PARTS_MISSING = "parts of success missing"
    COMPLEXITY_MISSING = "complexity missing"
    TEAM_MISSING = "team missing"


class Attention(Report):
    """Something to do: what, why it matters, and the projects or sources concerned."""

    kind: AttentionKind
    message: str
    advice: str
    projects: tuple[UUID, ...] = ()
    sources: tuple[UUID, ...] = ()


class Freshness(Report):
    """How old what we show may be: the last success of the source longest without one, and of learning."""

    sources: int
    oldest_refresh: datetime | None
    trained_at: datetime | None


class Overview(Report):
    """The state of the portfolio."""

    projects: int
    states: dict[ProjectState, int]
    artifacts: int
    success_rate: Compared
    duration: Compared
    cost: Compared
    reuse: Compared
    ended: Frame
    """quarter, success, failure, cancelled: how many projects ended how in each of the last twelve quarters."""
    changes: Frame
    """at, change, name, project_id, artifact_id: what started, finished or was added in the last 30 days."""
    attention: tuple[Attention, ...]
    outcomes: OutcomesMissing
    freshness: Freshness


@report(Permission.VIEW)
def overview(ws: Workspace) -> Overview:
    """The state of the portfolio today, against the year before."""
    facts = project_facts(ws)
    facts = facts.assign(state=project_states(facts))
    year = Period(ws.now - YEAR, ws.now)
    finished, before = _finished(facts, year), _finished(facts, year.before)
    lately, sources = Period(ws.now - LATELY, ws.now), _sources(ws)
    return Overview(
        projects=len(facts),
        states={state: int((facts["state"] == state).sum()) for state in ProjectState},
        artifacts=ws.session.scalar(select(func.count()).select_from(Artifact)) or 0,
        success_rate=Compared(present=project_success_rate(finished), before=project_success_rate(before)),
        duration=Compared(present=median_project_duration(finished), before=median_project_duration(before)),
        cost=Compared(present=median_project_cost(finished), before=median_project_cost(before)),
        reuse=_reuse(ws, year),
        ended=_ended_by_quarter(facts, ws.now),
        changes=_changes(facts, _artifacts_added(ws, lately), lately),
        attention=(*_about_sources(sources, ws.now), *_about_projects(facts)),
        outcomes=missing_outcomes(facts),
        freshness=_freshness(ws, sources),
    )


def _finished(facts: pd.DataFrame, period: Period) -> pd.DataFrame:
    return facts[_within(facts["finished_at"], period)]


def _ended_by_quarter(facts: pd.DataFrame, now: datetime) -> pd.DataFrame:
    ended = facts.dropna(subset=["finished_at", "outcome"])
    quarter = ended["finished_at"].dt.tz_localize(None).dt.to_period("Q")
    counts = pd.crosstab(quarter, ended["outcome"].astype(str))
    last = pd.Period(now.replace(tzinfo=None), freq="Q")
    quarters = pd.period_range(last - QUARTERS + 1, last, freq="Q")
    table = counts.reindex(index=quarters, columns=[str(outcome) for outcome in Outcome], fill_value=0)
    return table.assign(quarter=[f"{q.year} Q{q.quarter}" for q in quarters]).reset_index(drop=True)


def _within(times: pd.Series[datetime], period: Period) -> pd.Series[bool]:
    return (times >= period.start) & (times < period.end)


def _reuse(ws: Workspace, year: Period) -> Compared:
    taken_up = _first_uses(ws, since=year.before.start)
    present, before = (taken_up[_within(taken_up["first_used_at"], span)] for span in (year, year.before))
    return Compared(present=reuse_among_new_uses(present), before=reuse_among_new_uses(before))


def _first_uses(ws: Workspace, *, since: datetime) -> pd.DataFrame:
    first_used_at = func.min(ArtifactUsage.used_at)
    nth = func.row_number().over(
        partition_by=ArtifactUsage.artifact_id, order_by=(first_used_at, ArtifactUsage.project_id)
    )
    pairs = (
        select(first_used_at.label("first_used_at"), nth.label("nth"))
        .group_by(ArtifactUsage.artifact_id, ArtifactUsage.project_id)
        .subquery("pairs")
    )
    return ws.frame(select(pairs.c.first_used_at, pairs.c.nth).where(pairs.c.first_used_at >= since))


def _artifacts_added(ws: Workspace, lately: Period) -> pd.DataFrame:
    """The newest, as many as are shown at most: a collector may bring thousands at once."""
    columns = select(Artifact.id.label("artifact_id"), Artifact.name, Artifact.created_at)
    added = columns.where(Artifact.created_at >= lately.start, Artifact.created_at < lately.end)
    return ws.frame(added.order_by(Artifact.created_at.desc(), Artifact.id).limit(MOST_CHANGES))


def _changes(facts: pd.DataFrame, artifacts: pd.DataFrame, lately: Period) -> pd.DataFrame:
    changes = (
        facts.assign(at=facts["started_at"], change="project started"),
        facts.assign(at=facts["finished_at"], change="project finished"),
        artifacts.assign(at=artifacts["created_at"], change="artifact added"),
    )
    columns = ["at", "change", "name", "project_id", "artifact_id"]
    recent = [rows[_within(rows["at"], lately)].reindex(columns=columns) for rows in changes]
    return pd.concat(recent).sort_values("at", ascending=False, kind="stable", ignore_index=True).head(MOST_CHANGES)


def _sources(ws: Workspace) -> pd.DataFrame:
    sources = ws.frame(
        select(DataSource.id.label("source_id"), DataSource.name, DataSource.created_at, DataSource.refreshed_at)
    )
    ended = (RunState.SUCCEEDED, RunState.FAILED)
    requested_at = func.max(RefreshRun.requested_at).label("requested_at")
    latest = (
        select(RefreshRun.source_id, requested_at).where(RefreshRun.state.in_(ended)).group_by(RefreshRun.source_id)
    )
    newest = latest.subquery("newest")
    runs = ws.frame(
        select(RefreshRun.source_id, RefreshRun.state, RefreshRun.error).join(
            newest,
            (newest.c.source_id == RefreshRun.source_id) & (newest.c.requested_at == RefreshRun.requested_at),
        )
    )
    return sources.merge(runs.drop_duplicates("source_id"), on="source_id", how="left")


def _about_sources(sources: pd.DataFrame, now: datetime) -> list[Attention]:
    failing = sources["state"] == RunState.FAILED
    behind = sources["refreshed_at"].fillna(sources["created_at"]) < now - STALE_AFTER
    return [
        *_attention(
            AttentionKind.SOURCE_FAILING,
            sources[failing],
            message="{} whose last refresh failed",
            advice="Open Sources to see the error and what to do.",
        ),
        *_attention(
            AttentionKind.SOURCE_STALE,
            sources[behind & ~failing],
            message="{} not refreshed for more than a day",
            advice="Refresh now, and check that the refresh is running.",
        ),
    ]


def _about_projects(facts: pd.DataFrame) -> list[Attention]:
    missing = missing_outcomes(facts).projects
    team = facts["team_size"].isna()
    return [
        *_attention(
            AttentionKind.OUTCOME_MISSING,
            missing[missing["missing"] == "outcome"],
            message="{} finished without an outcome",
            advice="Enter how they ended: impact and predictions learn from it.",
        ),
        *_attention(
            AttentionKind.PARTS_MISSING,
            missing[missing["missing"] != "outcome"],
            message="{} ended without any part of the success score",
            advice="Enter model performance, business impact or delivery.",
        ),
        *_attention(
            AttentionKind.COMPLEXITY_MISSING,
            facts[facts["complexity"].isna()],
            message="{} without a complexity",
            advice="Enter 1 to 10: without it, hard projects look like bad ones.",
        ),
        *_attention(
            AttentionKind.TEAM_MISSING,
            facts[team],
            message="{} without a team",
            advice="Enter the team size or its members: team sizing learns from it.",
        ),
    ]


def _attention(kind: AttentionKind, rows: pd.DataFrame, *, message: str, advice: str) -> list[Attention]:
    if rows.empty:
        return []
    about = "sources" if "source_id" in rows else "projects"
    subject = about if len(rows) > 1 else about[:-1]
    concerned = {about: tuple(rows["source_id" if about == "sources" else "project_id"])}
    return [Attention(kind=kind, message=message.format(f"{len(rows)} {subject}"), advice=advice, **concerned)]


def _freshness(ws: Workspace, sources: pd.DataFrame) -> Freshness:
    refreshed = sources["refreshed_at"].dropna()
    return Freshness(
        sources=len(sources),
        oldest_refresh=None if refreshed.empty else refreshed.min(),
        trained_at=ws.session.scalar(select(func.max(TrainingRun.trained_at))),
    )
