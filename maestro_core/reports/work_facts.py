"""How each project works, in a few numbers: what correlations across the organisation start from.

Reading them takes seconds where there are many projects: training does, and keeps the answer.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
import pandas as pd
from sqlalchemy import func, select

from maestro_core.models import DataSource, Deployment, DeploymentChange, ProcessMetric, Repository
from maestro_core.reports.coverage import CODE_REVIEW
from maestro_core.reports.facts import project_facts
from maestro_core.reports.review_rows import code_review
from maestro_core.reports.work_rows import Reader
from maestro_core.scoring import collaboration
from maestro_core.terms import Period, PipelineOutcome
from maestro_core.workspace import Workspace

MOST_SCORED = 200
"""Collaboration is scored for so many projects, those that ended last: each takes some tens of milliseconds."""

FEWEST_WEEKS = 4
FEWEST_DEPLOYMENTS = 5
LATELY = timedelta(days=365)
COUNTED = ("commits", "lines_added", "lines_deleted")


def work_facts(ws: Workspace) -> pd.DataFrame:
    """One row per project: project_id, success, model_performance, and, as far as they are known, its work.

    collaboration: the score of the 90 days before it ended. commits_per_week and churn_per_week (lines added and
    deleted) from the first day with a commit to the last, at least 4 weeks. deployment_days: median days from the
    oldest change of a deployment to production, of at least 5 successful deployments in the last 365 days.
    """
    facts = project_facts(ws)[["project_id", "success", "model_performance", "finished_at"]]
    ended = facts.dropna(subset=["success", "finished_at"])
    told = facts.drop(columns="finished_at")
    for rows in (_collaboration(ws, ended), _activity(ws), _deployment_days(ws)):
        told = told.merge(rows, on="project_id", how="left")
    return told


def _activity(ws: Workspace) -> pd.DataFrame:
    group = (ProcessMetric.project_id, ProcessMetric.measure)
    span = (func.min(ProcessMetric.day).label("first"), func.max(ProcessMetric.day).label("last"))
    sums = ws.frame(
        select(*group, func.sum(ProcessMetric.value).label("value"), *span)
        .where(ProcessMetric.measure.in_(COUNTED))
        .group_by(*group)
    )
    table = sums.pivot_table(index="project_id", columns="measure", values="value", fill_value=0.0)
    table = table.reindex(columns=list(COUNTED), fill_value=0.0)
    days = sums[sums["measure"] == "commits"].set_index("project_id")
    passed = pd.to_datetime(days["last"]) - pd.to_datetime(days["first"])
    weeks = ((passed.dt.days + 1) / 7).reindex(table.index)
    weeks = weeks.where(weeks >= FEWEST_WEEKS)
    churn = table["lines_added"] + table["lines_deleted"]
    return pd.DataFrame({"commits_per_week": table["commits"] / weeks, "churn_per_week": churn / weeks}).reset_index()


def _deployment_days(ws: Workspace) -> pd.DataFrame:
    rows = ws.frame(
        select(Deployment.project_id, Deployment.finished_at, func.min(DeploymentChange.started_at).label("oldest"))
        .join(DeploymentChange, DeploymentChange.deployment_id == Deployment.id)
        .where(Deployment.outcome == PipelineOutcome.SUCCESS, Deployment.finished_at >= ws.now - LATELY)
        .group_by(Deployment.id, Deployment.project_id, Deployment.finished_at)
    )
    days = (rows["finished_at"] - rows["oldest"]).dt.total_seconds() / 86_400
    grouped = days.groupby(rows["project_id"]).agg(["size", "median"])
    median = grouped["median"].where(grouped["size"] >= FEWEST_DEPLOYMENTS)
    return median.rename("deployment_days").rename_axis("project_id").reset_index()


def _collaboration(ws: Workspace, ended: pd.DataFrame) -> pd.DataFrame:
    with_code = set(ws.session.scalars(select(Repository.project_id)))
    reviewed = set(ws.session.scalars(select(DataSource.project_id).where(DataSource.kind.in_(CODE_REVIEW))))
    last = ended[ended["project_id"].isin(with_code)].sort_values("finished_at").tail(MOST_SCORED)
    pairs = zip(last["project_id"], last["finished_at"].dt.to_pydatetime(), strict=True)
    scores = [_score(ws, project_id, end, reviewed) for project_id, end in pairs]
    return pd.DataFrame({"project_id": last["project_id"], "collaboration": np.array(scores, dtype=float)})


def _score(ws: Workspace, project_id: UUID, end: datetime, reviewed: Collection[UUID | None]) -> float | None:
    reader, since = Reader(ws, [project_id]), end - collaboration.LONG_WINDOW
    evidence = collaboration.Evidence(reader.commits(since, end), reader.changes(since, end))
    if project_id in reviewed:
        found = code_review(reader, Period(end - collaboration.WINDOW, end))
        evidence = replace(evidence, pull_requests=found.pull_requests, reviews=found.reviews)
    # One draw: of the interval, which takes most of the time, nothing is kept.
    return collaboration.collaboration_score(evidence, end=end, seed=0, draws=1).score.value
