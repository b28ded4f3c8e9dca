"""The numbers that rules for teams look at, each with the rows under it: from the reports that pages show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pandas as pd

from maestro_core.reports import code as code_reports
from maestro_core.reports import delivery as delivery_reports
from maestro_core.reports import patterns
from maestro_core.reports import pipelines as pipeline_reports
from maestro_core.reports import reviews as review_reports
from maestro_core.reports.code import Code
from maestro_core.reports.delivery import DoraKeys
from maestro_core.reports.pipelines import Pipelines
from maestro_core.reports.reviews import Reviews
from maestro_core.scoring.hotspots import LEAST_REVISIONS
from maestro_core.scoring.patterns import TOO_FEW_PEOPLE
from maestro_core.scoring.pipelines import WASTED
from maestro_core.scoring.team_rules import batch_size, longest_stage
from maestro_core.terms import Measured, Period
from maestro_core.workspace import Workspace

MOST_ROWS = 50
PULL_REQUEST = ["number", "title", "url", "lines"]
DEPLOYMENT = ["finished_at", "service", "name", "url", "changes", "recovery_hours", "reason"]


@dataclass(frozen=True)
class Part:
    """A number, the rows under it, and what else a sentence about it says."""

    measured: Measured[Any]
    rows: pd.DataFrame
    detail: str = ""


def parts(ws: Workspace, *, project_id: UUID, period: Period) -> dict[str, Part]:
    """What each rule looks at in one project, by the key of the rule."""
    asked: dict[str, Any] = {"projects": [project_id], "period": period}
    found = (
        _of_reviews(
            review_reports.reviews(ws, **asked, by_calendar=True),
            patterns.reviewing(ws, **asked).busiest_reviewer_share,
        )
        | _of_pipelines(pipeline_reports.pipelines(ws, **asked))
        | _of_delivery(delivery_reports.dora_keys(ws, **asked))
        | _of_code(code_reports.code(ws, **asked))
    )
    alone = patterns.silos(ws, **asked)
    found |= {"silos": Part(alone.files_of_one_author, alone.folders)}
    return {key: Part(part.measured, part.rows.head(MOST_ROWS), part.detail) for key, part in found.items()}


def _of_reviews(told: Reviews, busiest: Measured[float]) -> dict[str, Part]:
    now = told.now
    return {
        "review_wait": Part(now.time_to_first_response, told.slowest[[*PULL_REQUEST, "response"]]),
        "one_reviewer": Part(busiest, told.load),
        "large_pull_requests": Part(now.pull_request_size, told.by_size[["size", "n", "value", "response", "rounds"]]),
        "unreviewed_merges": Part(now.review_coverage, told.stages[["stage", "n", "median", "p90"]]),
        "rubber_stamps": Part(now.rubber_stamps, told.by_size[["size", "n", "value", "response", "rounds"]]),
        "open_work_grows": Part(now.closure_ratio, told.waiting[[*PULL_REQUEST, "wait", "waited"]]),
    }


def _of_pipelines(told: Pipelines) -> dict[str, Part]:
    now = told.now
    wasted = told.by_job.assign(wasted_minutes=told.by_job[list(WASTED)].sum(axis="columns"))
    wasted = wasted.sort_values("wasted_minutes", ascending=False, kind="stable", ignore_index=True)
    slow = told.by_pipeline.sort_values("median", ascending=False, kind="stable", ignore_index=True)
    return {
        "failing_pipelines": Part(
            now.success_rate, told.patterns[["pipeline", "job", "step", "cause", "failures", "last_at"]]
        ),
        "slow_pipelines": Part(now.duration, slow[["pipeline", "runs", "median", "p90"]]),
        "queue": Part(now.queue_time, told.weekly[["week", "queue", "succeeded", "failed"]][::-1]),
        "flaky_jobs": Part(told.flakiness, told.flaky[["pipeline", "job", "flaky", "commits", "value"]]),
        "wasted_minutes": Part(now.wasted, wasted[["pipeline", "job", "wasted_minutes", *WASTED, "minutes"]]),
    }


def _of_delivery(told: DoraKeys) -> dict[str, Part]:
    now, rows = told.now, told.deployments
    failed = rows[rows["failed"].astype(bool)][DEPLOYMENT]
    slow = failed.sort_values("recovery_hours", ascending=False, kind="stable")
    batches = rows.sort_values("changes", ascending=False, kind="stable")[
        ["finished_at", "service", "name", "url", "changes", "lead_hours"]
    ]
    return {
        "slow_delivery": Part(now.change_lead_time, told.stages, longest_stage(told.stages)),
        "large_batches": Part(batch_size(rows), batches),
        "failed_deployments": Part(now.change_fail_rate, failed),
        "slow_recovery": Part(now.failed_deployment_recovery_time, slow),
        "rework": Part(now.rework_rate, rows[rows["is_rework"].astype(bool)][DEPLOYMENT]),
    }


def _of_code(told: Code) -> dict[str, Part]:
    """What depends on one person; nothing of a project that fewer than four people know."""
    hot = told.hotspots[["path", "changes", "lines", "authors", "last_changed_at"]]
    alone = hot[hot["authors"] == 1]
    factor = told.truck_factor if told.is_broken_down else Measured[int].missing(TOO_FEW_PEOPLE)
    busy = alone[alone["changes"] >= LEAST_REVISIONS]
    return {"truck_factor": Part(factor, alone), "busy_files_of_one": Part(told.busy_files_of_one_author, busy)}
