"""CircleCI: the pipelines of a project, each with its workflows and their jobs.

Pipelines come newest first, in pages; reading stops at the moment up to which all were read before, less a minute, and
passes over those it knows. What had not ended is asked for again until it has, for 30 days. A re-run adds a workflow to
an old pipeline and moves it nowhere: those of the last day are looked at again by each refresh, those of the last 30
days once a day, beyond a week the newest 500 of them. Times are told as they are, also where a re-run began before it
was created. Which step failed is asked for each failed job, of 500 in a refresh, newest first.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, ClassVar, TypeVar

from pydantic import SecretStr

from maestro_core.collectors.circleci_api import CircleApi, CircleJob, CirclePipeline, CircleWorkflow
from maestro_core.collectors.circleci_runs import Told, has_failed_step, told_of
from maestro_core.collectors.circleci_v2 import TOOL, CircleV2, circleci_location, circleci_project
from maestro_core.collectors.delivery import DeliveryBatch
from maestro_core.collectors.details import MOST_LACKING
from maestro_core.collectors.guarded import OutOfOrder
from maestro_core.collectors.json_server import JsonServer
from maestro_core.collectors.pacing import Clock, Limited, at_once, patiently
from maestro_core.errors import SourceUnavailable
from maestro_core.terms import SourceKind

TOKEN_ADVICE = "Enter a personal API token of somebody who sees the project; project tokens do not work here."  # noqa: S105
THREADS = 4
AT_ONCE = 20
"""Pipelines that are asked for again in one batch."""
OVERLAP = timedelta(minutes=1)
DAY, WEEK, LONGEST_WATCH = timedelta(days=1), timedelta(days=7), timedelta(days=30)
MOST_OLD = 500
"""Pipelines older than a week that are looked at again: each is one question a day, and kept in the cursor."""
MOST_STEPS = 500
"""Failed jobs whose steps are asked for in one refresh."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, kw_only=True)
class CircleCI:
    """A project of CircleCI, on circleci.com or on a server."""

    kind: ClassVar[SourceKind] = SourceKind.CIRCLECI

    location: str
    token: SecretStr | None = field(default=None, repr=False)
    clock: Clock = field(default_factory=Clock)

    def check(self) -> str:
        """Whether CircleCI answers, and knows the project."""
        with self._server() as server:
            slug = circleci_project(circleci_location(self.location))[1]
            name = at_once(CircleV2(server, slug).project, tool=TOOL, clock=self.clock)
        if name is None:
            raise SourceUnavailable(
                f"CircleCI at {server.address} has no project {slug}, or does not show it.", advice=TOKEN_ADVICE
            )
        return f"CircleCI at {server.address} answers; it has the project {name}."

    def collect(self, cursor: Mapping[str, Any]) -> Iterator[DeliveryBatch]:
        """New pipelines, then those that had not ended or may have been run again."""
        with self._server() as server:
            address, slug = circleci_project(circleci_location(self.location))
            # People see pipelines elsewhere than programs do, but on a server.
            web = f"{address.replace('://circleci.com', '://app.circleci.com')}/pipelines/{slug}"
            yield from _Reading(CircleV2(server, slug), cursor, clock=self.clock, web=web).everything()

    def _server(self) -> JsonServer:
        secret = self.token.get_secret_value() if self.token else ""
        # Version 1.1 may otherwise answer in EDN, or for people, with comments.
        headers = {"Accept": "application/json"} | ({"Circle-Token": secret} if secret else {})
        address = circleci_project(circleci_location(self.location))[0]
        return JsonServer(tool=TOOL, address=address, refused=TOKEN_ADVICE, headers=headers, clock=self.clock)


class _Reading:
    """One pass over a project. Its cursor grows with it, and each batch carries the cursor behind it."""

    def __init__(self, api: CircleApi, cursor: Mapping[str, Any], *, clock: Clock, web: str) -> None:
        self.api, self.clock, self.web, self.stored = api, clock, web, dict(cursor)
        self.now, self.done = clock.now(), 0
        self.lacking: list[tuple[str, str, str]] = []
        self.until: str | None = cursor.get("until")
        self.top: str | None = cursor.get("top")
        self.page: str | None = cursor.get("page")
        self.resumes = self.page is not None
        self.month_read_at: str | None = cursor.get("month_read_at")
        self.steps_left = MOST_STEPS if api.tells_steps else 0
        self.unfinished: dict[str, str] = {**cursor.get("unfinished", {})}
        """When each pipeline was created that had not ended."""
        self.recent: dict[str, list[Any]] = {**cursor.get("recent", {})}
        """When each pipeline was created that may be run again, and how many workflows it had."""

    def everything(self) -> Iterator[DeliveryBatch]:
        watched, is_due = list(self.unfinished), self._month_is_due()
        recent = self._created_since(self.now - (LONGEST_WATCH if is_due else DAY))
        yield from self._new()
        yield from self._again(watched, self._whole)
        yield from self._again(recent, self._grown)
        if is_due:
            self.month_read_at = self.now.isoformat()
            yield self._batch(f"{self.done} workflows")

    def _new(self) -> Iterator[DeliveryBatch]:
        while True:
            pipelines, following = yield from self._patiently(self._listed)
            fresh = [each for each in pipelines if not self._is_known(each)]
            told = yield from self._patiently(partial(self._read, fresh))
            self.top = self.top or max((each.created_at for each in pipelines), default=self.now).isoformat()
            stops = self.until and datetime.fromisoformat(self.until) - OVERLAP
            is_last = following is None or bool(stops and any(each.created_at < stops for each in pipelines))
            self.page = None if is_last else following
            if is_last:
                self.until, self.top = max(self.top, self.until or ""), None
            if told or not is_last:
                yield self._told(told)
            if is_last:
                return

    def _listed(self) -> tuple[list[CirclePipeline], str | None]:
        resumes, self.resumes = self.resumes, False
        try:
            return self.api.pipelines(self.page)
        except Limited:
            self.resumes = resumes
            raise
        except SourceUnavailable:
            if not resumes:
                raise
            # The token of a page is not kept for ever: an interrupted pass begins anew.
            self.page = self.top = None
            return self.api.pipelines(None)

    def _is_known(self, pipeline: CirclePipeline) -> bool:
        before = bool(self.until and pipeline.created_at < datetime.fromisoformat(self.until) - OVERLAP)
        return before or pipeline.id in self.recent or pipeline.id in self.unfinished

    def _read(self, pipelines: Sequence[CirclePipeline]) -> list[tuple[CirclePipeline, Told]]:
        with ThreadPoolExecutor(THREADS) as threads:
            workflows = list(threads.map(lambda each: self.api.workflows(each.id), pipelines))
            return self._with_jobs(list(zip(pipelines, workflows, strict=True)), threads)

    def _with_jobs(
        self, pipelines: Sequence[tuple[CirclePipeline, list[CircleWorkflow]]], threads: ThreadPoolExecutor
    ) -> list[tuple[CirclePipeline, Told]]:
        names = [workflow.id for _, workflows in pipelines for workflow in workflows]
        jobs = self._with_steps(dict(zip(names, threads.map(self._jobs, names), strict=True)), threads)
        return [(each, told_of(each, workflows, jobs, web=self.web)) for each, workflows in pipelines]

    def _jobs(self, workflow: str) -> list[CircleJob]:
        """The jobs of a workflow; none, which is odd, where the server answers everything but that."""
        try:
            return self.api.jobs(workflow)
        except OutOfOrder as problem:
            if len(self.lacking) >= MOST_LACKING:
                raise
            self.api.project()
            self.lacking.append(("a detail is missing", f"jobs of workflow {workflow}", problem.message))
            return []

    def _with_steps(self, jobs: dict[str, list[CircleJob]], threads: ThreadPoolExecutor) -> dict[str, list[CircleJob]]:
        """Jobs with the step that failed, as far as the server tells."""
        failed = {job.id: job.number for each in jobs.values() for job in each if job.number and has_failed_step(job)}
        asked = dict(islice(failed.items(), self.steps_left))
        try:
            # One first: where the server does not tell, it is asked only once.
            first = [self.api.failed_step(number) for number in islice(asked.values(), 1)]
            others = threads.map(self.api.failed_step, islice(asked.values(), 1, None))
            steps = dict(zip(asked, [*first, *others], strict=True))
        except SourceUnavailable:
            # A server may not have this interface, or not for this token: all else is told without it.
            steps, self.steps_left = {}, 0
        self.steps_left -= len(steps)
        return {name: [replace(job, failed_step=steps.get(job.id)) for job in each] for name, each in jobs.items()}

    def _again(
        self, pipelines: Sequence[str], read: Callable[[Sequence[str]], list[tuple[CirclePipeline, Told]]]
    ) -> Iterator[DeliveryBatch]:
        """Pipelines that were told before, as they are now; nothing where nothing changed."""
        rest = iter(pipelines)
        while some := list(islice(rest, AT_ONCE)):
            told = yield from self._patiently(partial(read, some))
            before = self.stored
            batch = self._told(told)
            if told or batch.cursor != before:
                yield batch

    def _whole(self, pipelines: Sequence[str]) -> list[tuple[CirclePipeline, Told]]:
        """All of these pipelines but those that are gone."""
        with ThreadPoolExecutor(THREADS) as threads:
            known = [each for each in threads.map(self.api.pipeline, pipelines) if each]
        for gone in set(pipelines) - {each.id for each in known}:
            self.unfinished.pop(gone, None)
        return self._read(known)

    def _grown(self, pipelines: Sequence[str]) -> list[tuple[CirclePipeline, Told]]:
        """Those of these pipelines that have more workflows than before, but those that this pass has forgotten."""
        pipelines = [each for each in pipelines if each in self.recent]
        with ThreadPoolExecutor(THREADS) as threads:
            numbers = [len(each) for each in threads.map(self.api.workflows, pipelines)]
        grown = [each for each, number in zip(pipelines, numbers, strict=True) if number > self.recent[each][1]]
        return self._whole(grown)

    def _month_is_due(self) -> bool:
        return self.month_read_at is None or datetime.fromisoformat(self.month_read_at) <= self.now - DAY

    def _created_since(self, moment: datetime) -> list[str]:
        return [each for each, (created, _) in self.recent.items() if created >= moment.isoformat()]

    def _told(self, pipelines: Sequence[tuple[CirclePipeline, Told]]) -> DeliveryBatch:
        for pipeline, told in pipelines:
            self._remember(pipeline, told)
        self._forget()
        runs = tuple(run for _, told in pipelines for run in told.runs)
        jobs = tuple(job for _, told in pipelines for job in told.jobs)
        self.done += len(runs)
        odd, self.lacking = tuple(self.lacking), []
        return self._batch(f"{self.done} workflows", runs=runs, jobs=jobs, oddities=odd)

    def _remember(self, pipeline: CirclePipeline, told: Told) -> None:
        created = pipeline.created_at.isoformat()
        self.unfinished.pop(pipeline.id, None)
        self.recent.pop(pipeline.id, None)
        # Without any workflow, none may come: its branch has none.
        longest = LONGEST_WATCH if told.runs else DAY
        if told.is_unfinished and pipeline.created_at > self.now - longest:
            self.unfinished[pipeline.id] = created
        else:
            self.recent[pipeline.id] = [created, told.workflows]

    def _forget(self) -> None:
        """Keep only what may still change, and what the next pass meets again."""
        marks = (datetime.fromisoformat(mark) - OVERLAP for mark in (self.until, self.top) if mark)
        since = min((self.now - WEEK, *marks)).isoformat()
        older = sorted((told[0] for told in self.recent.values() if told[0] < since), reverse=True)
        oldest = (self.now - LONGEST_WATCH).isoformat()
        since = min([since, *(created for created in older[:MOST_OLD] if created >= oldest)])
        self.recent = {each: told for each, told in self.recent.items() if told[0] >= since}

    def _patiently(self, step: Callable[[], Answer]) -> Generator[DeliveryBatch, None, Answer]:
        return patiently(step, tool=TOOL, waiting=self._batch, clock=self.clock)

    def _batch(self, message: str, **rows: Any) -> DeliveryBatch:
        kept = ("until", "top", "page", "month_read_at", "unfinished", "recent")
        # As it is now: what is told later must not change it.
        cursor = {name: copy(value) for name in kept if (value := getattr(self, name))}
        self.stored = cursor
        return DeliveryBatch(cursor=cursor, message=message, done=self.done, total=None, **rows)
