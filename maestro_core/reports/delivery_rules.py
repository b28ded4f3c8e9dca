"""The rules of delivery of a project, what could be counted, and which rules its tools suggest."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import func, select

from maestro_core.access import Permission
from maestro_core.models import (
    DataSource,
    DeliverySetting,
    DeploymentEvent,
    DeploymentRule,
    IncidentRule,
    Issue,
    PipelineRun,
    Project,
    Release,
)
from maestro_core.reports import Frame, Report, report
from maestro_core.reports.coverage import PIPELINES, Seen, seen
from maestro_core.reports.delivery_told import told_names
from maestro_core.scoring.deployment_failures import USUAL_HOTFIXES, FailureRule
from maestro_core.terms import DeploymentOrigin, IncidentOrigin, SourceKind
from maestro_core.workspace import Workspace

_PRODUCTION = re.compile(r"(?:(?P<service>.+?)[-_/. ])??(?:prod|production|live)(?:[-_/. ].*)?", re.IGNORECASE)
_DEPLOYS = re.compile(r"(?:.*[\s/_-])?(?:deploy|release|publish|rollout)\w*(?:[\s/_-].*)?", re.IGNORECASE)
_VERSION = re.compile(r"v?\d+\.\d+(\.\d+)*")
_HARM = re.compile(r"incident|outage|sev(erity)?[-_: ]?\d|p0|p1|production[-_ ](bug|issue)|post-?mortem", re.IGNORECASE)
MOST_SERVICES = 12
"""More than so many environments of production are regions or customers rather than services."""


class SuggestedRule(Report):
    """A rule that what is there suggests: one after the other, the first one alone is usually right."""

    origin: str
    pattern: str
    service: str
    rows: int
    why: str


class DeliveryRules(Report):
    """What a project counts, and what it could count."""

    project_id: UUID
    project: str
    deployments: Frame
    """rule_id, service, origin, pattern, branch, paths; the oldest first."""
    incidents: Frame
    """rule_id, service, origin, pattern; the oldest first."""
    failure_hours: float
    hotfix_patterns: tuple[str, ...]
    """Empty: the usual ones."""
    usual_hotfixes: tuple[str, ...]
    names: Frame
    """origin, name, rows, last_at: what tools told; most rows first."""
    labels: Frame
    """label, rows: of issues; most rows first."""


class SuggestedRules(Report):
    """Rules proposed from what is there. Each group of deployments would do by itself; the first one fits best."""

    deployments: tuple[tuple[SuggestedRule, ...], ...]
    incidents: tuple[SuggestedRule, ...]


class DeliveryCoverage(Report):
    """What is known of the delivery of some projects, and what is missing where nothing is."""

    projects: Frame
    """project_id, project, deployment_rules, incident_rules, told (rows that could be deployments)."""
    seen: Seen


@report(Permission.VIEW_DELIVERY)
def rules(ws: Workspace, *, project_id: UUID) -> DeliveryRules:
    """What counts as a deployment and as an incident in a project."""
    project = ws.get(Project, project_id)
    setting = ws.session.scalar(select(DeliverySetting).where(DeliverySetting.project_id == project_id))
    return DeliveryRules(
        project_id=project_id,
        project=project.name,
        deployments=_rules(ws, DeploymentRule, project_id, ("service", "origin", "pattern", "branch", "paths")),
        incidents=_rules(ws, IncidentRule, project_id, ("service", "origin", "pattern")),
        failure_hours=setting.failure_hours if setting else FailureRule().hours,
        hotfix_patterns=tuple(setting.hotfix_patterns) if setting else (),
        usual_hotfixes=USUAL_HOTFIXES,
        names=_summed(told_names(ws, project_id)),
        labels=_labels(ws, project_id),
    )


@report(Permission.VIEW_DELIVERY)
def suggested_rules(ws: Workspace, *, project_id: UUID) -> SuggestedRules:
    """Rules that a project without any could begin with, from the names that its tools told; nothing is added."""
    names = told_names(ws, ws.get(Project, project_id).id)
    groups = (_environments(names), _pipelines(names), _jobs(names), _releases(names), _tags(names))
    return SuggestedRules(
        deployments=tuple(tuple(group) for group in groups if group),
        incidents=tuple(_harm(ws, project_id, _labels(ws, project_id))),
    )


@report(Permission.VIEW_DELIVERY)
def coverage(ws: Workspace, *, projects: Collection[UUID]) -> DeliveryCoverage:
    """Which of these projects have rules, and something to apply them to."""
    rows = ws.frame(
        select(
            Project.id.label("project_id"),
            Project.name.label("project"),
            _count(DeploymentRule).label("deployment_rules"),
            _count(IncidentRule).label("incident_rules"),
            (_count(DeploymentEvent) + _count(PipelineRun) + _count(Release)).label("told"),
        )
        .where(Project.id.in_(projects))
        .order_by(Project.name)
    )
    last = select(func.max(DeploymentEvent.created_at)).where(DeploymentEvent.project_id.in_(projects))
    told = rows.loc[rows["told"] > 0, "project_id"]
    # Lead times rest on Git, and tags come from it: but Git alone tells of no deployment.
    also = (SourceKind.GIT,) if len(told) else ()
    found = seen(ws, projects=projects, kinds=PIPELINES, last=last, also=also, known=told)
    return DeliveryCoverage(projects=rows, seen=found)


def _count(table: Any) -> Any:
    return select(func.count(table.id)).where(table.project_id == Project.id).scalar_subquery()


def _rules(ws: Workspace, table: Any, project_id: UUID, names: tuple[str, ...]) -> pd.DataFrame:
    columns = [table.id.label("rule_id"), *(getattr(table, name) for name in names)]
    return ws.frame(select(*columns).where(table.project_id == project_id).order_by(table.id))


def _summed(names: pd.DataFrame) -> pd.DataFrame:
    found = names.groupby(["origin", "name"], sort=False).agg(rows=("rows", "sum"), last_at=("last_at", "max"))
    return found.reset_index().sort_values(["rows", "name"], ascending=[False, True], ignore_index=True)


def _labels(ws: Workspace, project_id: UUID) -> pd.DataFrame:
    labels = ws.session.scalars(select(Issue.labels).where(Issue.project_id == project_id))
    counts = Counter(label for each in labels for label in each)
    return pd.DataFrame(counts.most_common(), columns=["label", "rows"]).astype({"rows": "int64"})


def _environments(names: pd.DataFrame) -> list[SuggestedRule]:
    """Environments called production: one rule for all, or one for each service that they are named after."""
    found = list(_named(names, DeploymentOrigin.ENVIRONMENT, _PRODUCTION))
    services = [_PRODUCTION.fullmatch(name)["service"] for name, _ in found]  # type: ignore[index]
    if found and len(found) <= MOST_SERVICES and all(services):
        why = "an environment called production, named after its service"
        return [
            _suggest(DeploymentOrigin.ENVIRONMENT, name, rows, why, service)
            for (name, rows), service in zip(found, services, strict=True)
        ]
    kinds = {"prod*", "live*"}
    return [
        _suggest(DeploymentOrigin.ENVIRONMENT, glob, sum(rows for _, rows in fitting), "environments of this name")
        for glob in sorted(kinds, reverse=True)
        if (fitting := [(name, rows) for name, rows in found if name.casefold().startswith(glob[:-1])])
    ]


def _pipelines(names: pd.DataFrame) -> list[SuggestedRule]:
    why = "a pipeline whose name says that it deploys"
    origin = DeploymentOrigin.PIPELINE
    return [_suggest(origin, name, rows, why) for name, rows in _named(names, origin, _DEPLOYS)][:1]


def _jobs(names: pd.DataFrame) -> list[SuggestedRule]:
    """A job that deploys, to production before anywhere else."""
    found = list(_named(names, DeploymentOrigin.JOB, _DEPLOYS))
    best = [each for each in found if "prod" in each[0].casefold()] or found
    return [
        _suggest(DeploymentOrigin.JOB, name, rows, "a job whose name says that it deploys") for name, rows in best[:1]
    ]


def _releases(names: pd.DataFrame) -> list[SuggestedRule]:
    rows = int((names["origin"] == DeploymentOrigin.RELEASE).sum())
    return [_suggest(DeploymentOrigin.RELEASE, "", rows, "releases that are no pre-release")] if rows else []


def _tags(names: pd.DataFrame) -> list[SuggestedRule]:
    found = [name for name, _ in _named(names, DeploymentOrigin.TAG, _VERSION)]
    if not found:
        return []
    begins = "v[0-9]*" if all(name.startswith("v") for name in found) else "[0-9]*.[0-9]*"
    return [_suggest(DeploymentOrigin.TAG, begins, len(found), "tags that are versions, such as v1.2.3")]


def _named(names: pd.DataFrame, origin: DeploymentOrigin, fits: re.Pattern[str]) -> Iterator[tuple[str, int]]:
    """The names of one origin that fit, with the most rows first."""
    mine = _summed(names[names["origin"] == origin])
    for name, rows in zip(mine["name"], mine["rows"], strict=True):
        if fits.fullmatch(name.strip()):
            yield name, int(rows)


def _harm(ws: Workspace, project_id: UUID, labels: pd.DataFrame) -> Iterator[SuggestedRule]:
    for label, rows in zip(labels["label"], labels["rows"], strict=True):
        if _HARM.match(label):
            yield _suggest(IncidentOrigin.LABEL, label, int(rows), "a label that says harm")
    pushes = select(func.count(DataSource.id)).where(
        DataSource.project_id == project_id, DataSource.kind == SourceKind.PUSH
    )
    if ws.session.scalar(pushes):
        yield _suggest(IncidentOrigin.PUSHED, "", 0, "incidents that another tool pushes")
    yield _suggest(IncidentOrigin.FIX, "", 0, "a rollback or hotfix tells of what it mends; needs no other source")


def _suggest(origin: str, pattern: str, rows: int, why: str, service: str | None = "") -> SuggestedRule:
    return SuggestedRule(origin=str(origin), pattern=pattern, service=service or "", rows=rows, why=why)
