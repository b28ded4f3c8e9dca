"""A CircleCI that answers in the shape that version 2 of its interface documents."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.collectors.replay_json import NOTHING, Answer, Question

START = datetime(2026, 6, 1, 8, tzinfo=UTC)
SLUG = "gh/team/app"


def told(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


def a_pipeline(number: int, at: datetime | None = None, **facts: Any) -> dict[str, Any]:
    """A pipeline as CircleCI tells it, an hour after the one before."""
    created = at or START + timedelta(hours=number)
    return {
        "id": f"pipeline-{number}",
        "errors": [],
        "project_slug": SLUG,
        "updated_at": told(created),
        "number": number,
        "state": "created",
        "created_at": told(created),
        "trigger": {"type": "webhook", "received_at": told(created), "actor": {"login": "ada", "avatar_url": None}},
        "vcs": {"provider_name": "GitHub", "revision": f"{number:040x}", "branch": "main", "review_url": ""},
        **facts,
    }


def a_workflow(name: str, at: datetime, status: str = "success", *, again: int = 0) -> dict[str, Any]:
    """A workflow of ten minutes; `again` tells re-runs apart."""
    ended = status not in {"running", "on_hold", "failing"}
    return {
        "id": f"{name}-{at.timestamp():.0f}-{again}",
        "name": name,
        "status": status,
        "created_at": told(at),
        "stopped_at": told(at + timedelta(minutes=10)) if ended else None,
        "pipeline_number": 1,
        "project_slug": SLUG,
        "started_by": "0b4cc7a8-9b0a-4c55-8b4c-9e8f6a7f0000",
    }


def a_job(name: str, at: datetime, status: str = "success", **facts: Any) -> dict[str, Any]:
    return {
        "id": f"{name}-{at.timestamp():.0f}",
        "job_number": 7,
        "name": name,
        "type": "build",
        "status": status,
        "project_slug": SLUG,
        "dependencies": [],
        "started_at": told(at),
        "stopped_at": told(at + timedelta(minutes=5)),
        **facts,
    }


def a_step(name: str, *statuses: str) -> dict[str, Any]:
    """A step as version 1.1 tells it: an action for each container that it ran in."""
    actions = [
        {
            "name": name,
            "status": status,
            "index": index,
            "step": 101,
            "failed": True if status == "failed" else None,
            "timedout": True if status == "timedout" else None,
            "infrastructure_fail": None,
            "canceled": None,
            "exit_code": {"success": 0, "failed": 1}.get(status),
            "type": "test",
            "background": False,
            "has_output": True,
            "run_time_millis": 820,
        }
        for index, status in enumerate(statuses)
    ]
    return {"name": name, "actions": actions}


@dataclass
class PretendCircle:
    """Pipelines, newest first in pages; workflows by pipeline and jobs by workflow."""

    pipelines: list[dict[str, Any]] = field(default_factory=list)
    workflows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    jobs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    steps: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    """By the number of their job."""
    page: int = 20

    def add(self, number: int, status: str = "success", at: datetime | None = None, **facts: Any) -> dict[str, Any]:
        """A pipeline with one workflow of one job."""
        pipeline = a_pipeline(number, at, **facts)
        created = datetime.fromisoformat(pipeline["created_at"])
        workflow = a_workflow("build", created, status, again=number)
        self.pipelines.append(pipeline)
        self.workflows[pipeline["id"]] = [workflow]
        self.jobs[workflow["id"]] = [a_job("unit", created + timedelta(minutes=1), status)]
        return pipeline

    def answer(self, question: Question) -> Answer:
        if found := re.fullmatch(r"/api/v1.1/project/github/team/app/(\d+)", question.path):
            return self._steps(int(found[1]), question)
        path = question.path.removeprefix("/api/v2")
        if path == f"/project/{SLUG}":
            return Answer({"slug": SLUG, "name": "app", "organization_name": "team"})
        if path == f"/project/{SLUG}/pipeline":
            newest = sorted(self.pipelines, key=lambda each: str(each["created_at"]), reverse=True)
            return self._paged(newest, question)
        if found := re.fullmatch(r"/pipeline/([^/]+)/workflow", path):
            return self._paged(self.workflows.get(found[1], []), question)
        if found := re.fullmatch(r"/workflow/([^/]+)/job", path):
            return self._paged(self.jobs.get(found[1], []), question)
        known = [each for each in self.pipelines if path == f"/pipeline/{each['id']}"]
        return Answer(known[0]) if known else NOTHING

    def _steps(self, number: int, question: Question) -> Answer:
        if question.headers.get("accept") != "application/json":
            return Answer(b"{:build_num 7}", kind="application/edn")
        told = {"build_num": number, "vcs_type": "github", "lifecycle": "finished", "steps": self.steps.get(number)}
        return Answer(told) if number in self.steps else NOTHING

    def _paged(self, items: list[dict[str, Any]], question: Question) -> Answer:
        start = int(question.query.get("page-token", "0"))
        end = start + self.page
        return Answer({"items": items[start:end], "next_page_token": str(end) if end < len(items) else None})
