"""Making the deployments and incidents of a project from what tools told, by its rules."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
from sqlalchemy import select

from maestro_core.actions.deliver_rows import forget_made, store_made
from maestro_core.models import DeliverySetting, DeploymentRule, IncidentRule, Project, new_key
from maestro_core.reports.delivery_told import (
    commits_on_files,
    told_commits,
    told_counts,
    told_deployments,
    told_files,
    told_issues,
    told_names,
    told_pull_requests,
)
from maestro_core.scoring.deployment_changes import brought
from maestro_core.scoring.deployment_failures import USUAL_HOTFIXES, FailureRule, judged
from maestro_core.scoring.deployment_words import fix_words, trackers
from maestro_core.scoring.deployments import (
    DeploymentPattern,
    IncidentPattern,
    deployments_of,
    incidents_of,
    is_under,
    matches,
)
from maestro_core.terms import DeploymentOrigin, IncidentOrigin
from maestro_core.workspace import Workspace

VERSION = "5"
"""Of how deployments are made: another one makes all anew."""
NAMED = (DeploymentOrigin.PIPELINE, DeploymentOrigin.JOB)


@dataclass(frozen=True)
class Rules:
    """What a project counts as deployments and incidents, and how it tells a failure."""

    deployments: tuple[DeploymentPattern, ...]
    incidents: tuple[IncidentPattern, ...]
    failure: FailureRule


def recount_delivery(ws: Workspace, project_id: UUID) -> None:
    """Make the deployments and incidents of a project anew, where what they are made from changed."""
    # Two at once would each add what the other adds: the row of the project makes the second one wait.
    ws.session.execute(select(Project.id).where(Project.id == project_id).with_for_update())
    setting = setting_of(ws, project_id)
    rules = rules_of(ws, project_id, setting)
    if not rules.deployments and not rules.incidents:
        _forget(ws, project_id, setting)
        return
    told = told_for(ws, project_id, rules.deployments)
    digest = _digest(rules, told, told_counts(ws, project_id))
    setting = setting or new_setting(ws, project_id)
    if setting.made_from == digest:
        return
    _make(ws, project_id, rules, told)
    setting.made_from = digest
    ws.session.flush()


def setting_of(ws: Workspace, project_id: UUID) -> DeliverySetting | None:
    """How a project tells a failure; None where it was never set."""
    return ws.session.scalar(select(DeliverySetting).where(DeliverySetting.project_id == project_id))


def new_setting(ws: Workspace, project_id: UUID) -> DeliverySetting:
    """The usual way to tell a failure, kept for a project that has none yet."""
    setting = DeliverySetting(
        id=new_key(), project_id=project_id, failure_hours=FailureRule().hours, hotfix_patterns=[], made_from=""
    )
    ws.session.add(setting)
    return setting


def rules_of(ws: Workspace, project_id: UUID, setting: DeliverySetting | None) -> Rules:
    """The rules of a project, oldest first: of two that fit, the older one counts."""
    deployments = select(DeploymentRule).where(DeploymentRule.project_id == project_id).order_by(DeploymentRule.id)
    incidents = select(IncidentRule).where(IncidentRule.project_id == project_id).order_by(IncidentRule.id)
    return Rules(
        tuple(
            DeploymentPattern(rule.origin, rule.pattern, rule.service, rule.branch, tuple(rule.paths))
            for rule in ws.session.scalars(deployments)
        ),
        tuple(IncidentPattern(rule.origin, rule.pattern, rule.service) for rule in ws.session.scalars(incidents)),
        _failure(setting),
    )


def told_for(ws: Workspace, project_id: UUID, rules: Sequence[DeploymentPattern]) -> pd.DataFrame:
    """The told rows that these rules choose from."""
    origins = {rule.origin for rule in rules}
    names = told_names(ws, project_id) if origins & set(NAMED) else pd.DataFrame({"origin": [], "name": []})
    fitting = {
        name
        for origin, name in zip(names["origin"], names["name"], strict=True)
        if any(rule.origin == origin and _may_name(name, rule.pattern) for rule in rules)
    }
    return told_deployments(ws, project_id, origins=origins, names=fitting)


def _may_name(name: str, pattern: str) -> bool:
    """Whether a pattern fits; a job, which may be one within another, may also be named behind its pipeline."""
    parts = pattern.split(" / ")
    return any(matches(name, " / ".join(parts[place:])) for place in range(len(parts)))


def _make(ws: Workspace, project_id: UUID, rules: Rules, told: pd.DataFrame) -> None:
    deployments = deployments_of(told, rules.deployments)
    services = {*deployments["service"], *(rule.service for rule in rules.deployments)}
    incidents = incidents_of(told_issues(ws, project_id), rules.incidents, services=services)
    commits, pull_requests = told_commits(ws, project_id), told_pull_requests(ws, project_id)
    touching = _touching(ws, project_id, rules.deployments, commits)
    found = brought(deployments, commits, pull_requests=pull_requests, touching=touching)
    words = fix_words(found, commits, pull_requests)
    meant = trackers(found, pull_requests, sources=incidents["source_id"].unique())
    worded = found.deployments.assign(words=pd.Series(words, dtype=object), trackers=pd.Series(meant, dtype=object))
    finds_fixes = any(rule.origin == IncidentOrigin.FIX for rule in rules.incidents)
    verdict = judged(worded, incidents, rule=rules.failure, finds_fixes=finds_fixes)
    store_made(ws, project_id, verdict, found.changes)


def _touching(
    ws: Workspace, project_id: UUID, rules: Sequence[DeploymentPattern], commits: pd.DataFrame
) -> Callable[[int], np.ndarray[Any, Any] | None]:
    """Which commits belong to the paths of each rule, read only where a rule has some."""
    wanted: dict[int, np.ndarray[Any, Any]] = {}
    if any(rule.paths for rule in rules):
        files = told_files(ws, project_id)
        for place, rule in enumerate(rules):
            if rule.paths:
                under = [is_under(path, rule.paths) for path in files["path"]]
                on = commits_on_files(ws, files["file_id"][under].tolist())
                wanted[place] = commits["commit_id"].isin(on).to_numpy(dtype=bool)
    return wanted.get


def _failure(setting: DeliverySetting | None) -> FailureRule:
    if setting is None:
        return FailureRule()
    return FailureRule(setting.failure_hours, tuple(setting.hotfix_patterns) or USUAL_HOTFIXES)


def _forget(ws: Workspace, project_id: UUID, setting: DeliverySetting | None) -> None:
    """Without a rule nothing is a deployment."""
    if setting and setting.made_from:
        forget_made(ws, project_id)
        setting.made_from = ""
        ws.session.flush()


def _digest(rules: Rules, told: pd.DataFrame, counts: list[str]) -> str:
    digest = hashlib.sha256(repr((VERSION, astuple(rules), counts, len(told))).encode())
    rows = told.astype(str).sort_values(["source_id", "external_id", "finished_at", "outcome"])
    digest.update(np.ascontiguousarray(pd.util.hash_pandas_object(rows, index=False).to_numpy()).tobytes())
    return digest.hexdigest()
