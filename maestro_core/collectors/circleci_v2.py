"""Version 2 of CircleCI's interface, on circleci.com and on servers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

from maestro_core.collectors.circleci_api import CircleJob, CirclePipeline, CircleWorkflow
from maestro_core.collectors.guarded import web_address
from maestro_core.collectors.json_server import JsonServer
from maestro_core.errors import InvalidInput, SourceUnavailable

TOOL = "CircleCI"
EXAMPLE = "https://app.circleci.com/pipelines/github/organisation/repository"
HOSTS = {"app.circleci.com": "circleci.com", "www.circleci.com": "circleci.com"}
PROVIDERS = {"github": "gh", "gh": "gh", "bitbucket": "bb", "bb": "bb", "circleci": "circleci", "gitlab": "gl"}
WITH_STEPS = {"gh": "github", "bb": "bitbucket"}
"""What version 1.1 calls the providers whose projects it knows."""
FAULTS = {"failed", "timedout", "infrastructure_fail"}
"""How the action of a step says that it failed: by its status, or by a mark of this name."""
PUSHES = dict.fromkeys(("webhook", "github_app", "bitbucket_dc"), "push")
TRIGGERS = PUSHES | {"explicit": "manual", "scheduled_pipeline": "schedule"}
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
MOST_PAGES = 100
"""Of workflows or jobs, of which no pipeline has so many."""


def circleci_location(location: str) -> str:
    """The address of a project, as it is kept, from what somebody pasted.

    >>> circleci_location("https://app.circleci.com/pipelines/github/team/app?branch=main")
    'https://circleci.com/gh/team/app'
    >>> circleci_location("https://ci.example.org/gh/team/app")
    'https://ci.example.org/gh/team/app'
    """
    parts = web_address(location, tool=TOOL, example=EXAMPLE)
    names = [name for name in parts.path.split("/") if name not in {"", "pipelines", "projects"}]
    provider = PROVIDERS.get(names[0].lower()) if names else None
    if provider is None or len(names) < 3:
        raise InvalidInput("The address names no project of CircleCI.", advice=f"Such as {EXAMPLE}")
    slug = "/".join([provider, *(quote(unquote(name), safe="") for name in names[1:3])])
    host = parts.netloc.lower()
    return f"{parts.scheme}://{HOSTS.get(host, host)}/{slug}"


def circleci_project(location: str) -> tuple[str, str]:
    """The address of the server and the slug of a project.

    >>> circleci_project("https://circleci.com/gh/team/app")
    ('https://circleci.com', 'gh/team/app')
    """
    parts = web_address(location, tool=TOOL, example=EXAMPLE)
    return f"{parts.scheme}://{parts.netloc}", parts.path.strip("/")


@dataclass(frozen=True)
class CircleV2:
    """A project, asked over version 2; only the steps of jobs, which it does not tell, over version 1.1."""

    server: JsonServer
    slug: str

    def project(self) -> str | None:
        answer = self.server.get(f"/api/v2/project/{self.slug}")
        return str(answer.get("name") or self.slug) if answer is not None else None

    def pipelines(self, page: str | None) -> tuple[list[CirclePipeline], str | None]:
        answer = self._page(f"/api/v2/project/{self.slug}/pipeline", page)
        if answer is None:
            raise SourceUnavailable(
                f"CircleCI at {self.server.address} has no project {self.slug}, or does not show it.",
                advice=f"Check the address of the project. {self.server.refused}",
            )
        return [each for told in _items(answer) if (each := parse_pipeline(told))], _following(answer)

    def pipeline(self, pipeline_id: str) -> CirclePipeline | None:
        answer = self.server.get(f"/api/v2/pipeline/{quote(pipeline_id, safe='')}")
        return parse_pipeline(answer) if answer else None

    def workflows(self, pipeline_id: str) -> list[CircleWorkflow]:
        told = self._all(f"/api/v2/pipeline/{quote(pipeline_id, safe='')}/workflow")
        return [each for item in told if (each := parse_workflow(item))]

    def jobs(self, workflow_id: str) -> list[CircleJob]:
        told = self._all(f"/api/v2/workflow/{quote(workflow_id, safe='')}/job")
        return [each for item in told if (each := parse_job(item))]

    @property
    def tells_steps(self) -> bool:
        return self.slug.partition("/")[0] in WITH_STEPS

    def failed_step(self, job_number: int) -> str | None:
        provider, _, project = self.slug.partition("/")
        answer = self.server.get(f"/api/v1.1/project/{WITH_STEPS[provider]}/{project}/{job_number}")
        return parse_failed_step(answer or {})

    def _all(self, path: str) -> Iterator[dict[str, Any]]:
        page: str | None = None
        for _ in range(MOST_PAGES):
            answer = self._page(path, page) or {}
            yield from _items(answer)
            if (page := _following(answer)) is None:
                return

    def _page(self, path: str, page: str | None) -> dict[str, Any] | None:
        return self.server.get(path, **({"page-token": page} if page else {}))


def parse_pipeline(told: Mapping[str, Any]) -> CirclePipeline | None:
    """A pipeline; None for one without an id or a time. A project of the GitHub App tells Git's part elsewhere."""
    created = moment(told.get("created_at"))
    if created is None or not told.get("id"):
        return None
    git = _dict(_dict(told.get("trigger_parameters")).get("git"))
    vcs = _dict(told.get("vcs"))
    trigger = str(_dict(told.get("trigger")).get("type") or "")
    number = told.get("number")
    return CirclePipeline(
        id=str(told["id"]),
        number=number if isinstance(number, int) else 0,
        created_at=created,
        updated_at=moment(told.get("updated_at")) or created,
        has_errors=bool(told.get("errors")) or told.get("state") == "errored",
        trigger=TRIGGERS.get(trigger, trigger),
        branch=_text(vcs.get("branch") or vcs.get("tag") or git.get("branch") or git.get("tag")),
        sha=_text(vcs.get("revision") or git.get("checkout_sha")),
    )


def parse_workflow(told: Mapping[str, Any]) -> CircleWorkflow | None:
    """A workflow; None for one without an id or a time."""
    created = moment(told.get("created_at"))
    if created is None or not told.get("id"):
        return None
    return CircleWorkflow(
        id=str(told["id"]),
        name=str(told.get("name") or "workflow"),
        status=str(told.get("status") or ""),
        created_at=created,
        stopped_at=moment(told.get("stopped_at")),
    )


def parse_job(told: Mapping[str, Any]) -> CircleJob | None:
    """A job; None for one without an id."""
    if not told.get("id"):
        return None
    number, dependencies = told.get("job_number"), told.get("dependencies")
    return CircleJob(
        id=str(told["id"]),
        number=number if isinstance(number, int) else None,
        name=str(told.get("name") or "job"),
        status=str(told.get("status") or ""),
        is_approval=told.get("type") == "approval",
        started_at=moment(told.get("started_at")),
        stopped_at=moment(told.get("stopped_at")),
        dependencies=tuple(map(str, dependencies if isinstance(dependencies, list) else ())),
    )


def parse_failed_step(told: Mapping[str, Any]) -> str | None:
    """The name of the first step of which an action failed; one runs in parallel as several actions.

    >>> steps = [{"name": "Checkout code", "actions": [{"status": "success", "failed": None}]},
    ...          {"name": "run tests", "actions": [{"status": "success"}, {"status": "failed", "failed": True}]}]
    >>> parse_failed_step({"steps": steps}), parse_failed_step({})
    ('run tests', None)
    """
    failed = (step for step in _dicts(told.get("steps")) if any(map(_is_fault, _dicts(step.get("actions")))))
    return next((name for step in failed if (name := _text(step.get("name")))), None)


def _is_fault(action: Mapping[str, Any]) -> bool:
    return action.get("status") in FAULTS or any(action.get(mark) is True for mark in FAULTS)


def moment(told: object) -> datetime | None:
    """A time of ISO 8601; None for what is none, or what no clock of a pipeline shows.

    >>> moment("2026-06-01T08:00:00.123Z").isoformat(), moment("soon"), moment("0001-01-01T00:00:00Z")
    ('2026-06-01T08:00:00.123000+00:00', None, None)
    """
    try:
        at = datetime.fromisoformat(str(told))
        known = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return known if FIRST <= known < LAST else None


def _items(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    return _dicts(answer.get("items"))


def _following(answer: Mapping[str, Any]) -> str | None:
    return _text(answer.get("next_page_token"))


def _dicts(told: object) -> list[dict[str, Any]]:
    return [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []


def _dict(told: object) -> dict[str, Any]:
    return told if isinstance(told, dict) else {}


def _text(told: object) -> str | None:
    return str(told) if told else None
