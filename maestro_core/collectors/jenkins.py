"""Jenkins: the builds of a job, or of every job in a folder, a multibranch project or the whole server.

Builds are read newest first, a hundred at a time (`allBuilds`: plain `builds` stops at a hundred), down to those read
before; pages overlap, so that a build that is deleted meanwhile hides none. A build that had not ended is asked for
again until it has, for 30 days. The stages of a pipeline come from the Pipeline REST API plugin, one question for each
build; without it, and for other kinds of job, a build is told as its own only job. How long a build waited is known
only where the Metrics plugin tells it; without that, it is told as created when it started, and noted once.

A job that was deleted and made anew counts from 1 again: its builds replace the former ones of the same numbers.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar

import httpx2
from pydantic import SecretStr

from maestro_core.collectors import jenkins_answers as answers
from maestro_core.collectors.delivery import DeliveryBatch, SeenPipelineJob, SeenPipelineRun
from maestro_core.collectors.guarded import OutOfOrder, web_address
from maestro_core.collectors.jenkins_answers import Folder, Job
from maestro_core.collectors.json_server import ADVICE, JsonServer
from maestro_core.collectors.pacing import Clock, at_once, patiently
from maestro_core.errors import InvalidInput, SourceUnavailable
from maestro_core.terms import UNREADABLE, SourceKind

TOOL = "Jenkins"
EXAMPLE = "https://jenkins.example.org/job/team/job/app"
TOKEN_ADVICE = "Enter user:token as the token; the token is made in Jenkins under the user's name, Security."  # noqa: S105
PAGE = 100
OVERLAP = 10
THREADS = 4
PROBES = 2
DEEPEST = 10
MOST_JOBS = 5_000
LONGEST_WATCH_DAYS = 30
MOST_BROKEN = 3
"""Jobs of which a server in order may tell nothing; where there are more, it is not."""


def jenkins_location(location: str) -> tuple[str, str]:
    """The address of the server and the path of a job or folder below it, from what somebody pasted.

    >>> jenkins_location("https://ci.example.org/jenkins/view/all/job/team/job/app/12/console")
    ('https://ci.example.org/jenkins', '/job/team/job/app')
    >>> jenkins_location("http://localhost:8080/")
    ('http://localhost:8080', '')
    """
    parts = web_address(location, tool=TOOL, example=EXAMPLE)
    before, found, after = f"{parts.path}/".partition("/job/")
    if "/blue/" in before:
        raise InvalidInput(
            "This is an address of Blue Ocean.", advice=f"Enter that of the job itself, such as {EXAMPLE}"
        )
    prefix = before.rstrip("/").partition("/view/")[0]
    names = f"{found}{after}".split("/")[1:]
    path = "".join(f"/job/{name}" for name in _names(names))
    if found and not path:
        raise InvalidInput("The address names no job.", advice=f"Such as {EXAMPLE}")
    return f"{parts.scheme}://{parts.netloc.lower()}{prefix}", path


def _names(segments: Sequence[str]) -> Iterator[str]:
    """The names of the jobs in an address, without the views between them and what follows the last job."""
    for kind, name in zip(segments[::2], segments[1::2], strict=False):
        if kind not in {"job", "view"} or not name:
            return
        if kind == "job":
            yield name


@dataclass(frozen=True)
class Position:
    """How far a job is read: all builds up to `seen`, and in an unfinished pass those from `top` down."""

    seen: int = 0
    top: int | None = None
    offset: int = 0
    unfinished: tuple[int, ...] = ()

    @classmethod
    def told(cls, position: Mapping[str, Any]) -> Position:
        """A position as the cursor keeps it."""
        return cls(**{**position, "unfinished": tuple(position["unfinished"])})

    @property
    def kept(self) -> dict[str, Any]:
        """As the cursor keeps it."""
        return asdict(self) | {"unfinished": list(self.unfinished)}


@dataclass(frozen=True, kw_only=True)
class Jenkins:
    """A job, folder or multibranch project of a Jenkins server. The token is `user:token`."""

    kind: ClassVar[SourceKind] = SourceKind.JENKINS

    location: str
    token: SecretStr | None = field(default=None, repr=False)
    clock: Clock = field(default_factory=Clock)

    def check(self) -> str:
        """Whether Jenkins answers, and knows the job or folder."""
        with self._server() as server:
            path = jenkins_location(self.location)[1]
            item = at_once(lambda: _item(server, path), tool=TOOL, clock=self.clock)
        what = "the folder" if isinstance(item, Folder) else "the job"
        return f"Jenkins at {server.address} answers; it has {what} {item.name or 'of all jobs'}."

    def collect(self, cursor: Mapping[str, Any]) -> Iterator[DeliveryBatch]:
        """What is new in each job."""
        with self._server() as server:
            yield from _Reading(server, cursor).everything(jenkins_location(self.location)[1])

    def _server(self) -> JsonServer:
        secret = self.token.get_secret_value() if self.token else ""
        user, _, password = secret.partition(":")
        headers = {"Authorization": httpx2.BasicAuth(user, password)._auth_header} if secret else {}
        address = jenkins_location(self.location)[0]
        return JsonServer(tool=TOOL, address=address, refused=TOKEN_ADVICE, headers=headers, clock=self.clock)


def _item(server: JsonServer, path: str) -> Job | Folder:
    answer = server.get(f"{path}/api/json", tree=answers.CHILDREN)
    if answer is None:
        raise SourceUnavailable(
            f"Jenkins at {server.address} has no job or folder {path}, or does not show it.",
            advice=f"{ADVICE['host']} {TOKEN_ADVICE}",
        )
    return answers.parse_item(answer, path)


class _Reading:
    """One pass over a server. Its cursor grows with it, and each batch carries the cursor behind it."""

    def __init__(self, server: JsonServer, cursor: Mapping[str, Any]) -> None:
        self.server, self.done = server, 0
        self.positions = {path: Position.told(position) for path, position in cursor.get("jobs", {}).items()}

    def everything(self, path: str) -> Iterator[DeliveryBatch]:
        jobs = yield from self._jobs((yield from self._patiently(lambda: _item(self.server, path))))
        # A job that is gone is forgotten here; its builds stay.
        self.positions = {job.path: self.positions.get(job.path, Position()) for job in jobs}
        broken = 0
        for job in jobs:
            try:
                yield from self._job(job)
            except OutOfOrder as problem:
                broken += 1
                if len(jobs) == 1 or broken > MOST_BROKEN:
                    raise
                detail = f"{problem.message} The other jobs are read, and this one is asked for again next time."
                yield replace(self._batch(f"{job.name}: {UNREADABLE}"), oddities=((UNREADABLE, job.name, detail),))

    def _jobs(self, item: Job | Folder, depth: int = 0) -> Generator[DeliveryBatch, None, list[Job]]:
        """The jobs in a folder and the folders in it."""
        if isinstance(item, Job):
            return [item]
        answer = yield from self._patiently(lambda: self.server.get(f"{item.path}/api/json", tree=answers.CHILDREN))
        yield self._batch(f"Looking for jobs in {item.name or 'Jenkins'}")
        found: list[Job] = []
        for child in answers.parse_children(answer or {}, item):
            if isinstance(child, Job):
                found.append(child)
            elif depth < DEEPEST:
                found += yield from self._jobs(child, depth + 1)
            if len(found) >= MOST_JOBS:
                break
        return found[:MOST_JOBS]

    def _job(self, job: Job) -> Iterator[DeliveryBatch]:
        if job.newest is None:
            return
        if job.newest < self.positions[job.path].seen:
            self.positions[job.path] = Position()
        watched = self.positions[job.path].unfinished
        if job.newest > self.positions[job.path].seen:
            yield from self._new_builds(job)
        if watched:
            builds = yield from self._patiently(lambda: self._again(job, watched))
            kept = tuple(number for number in self.positions[job.path].unfinished if number not in watched)
            self._watch(job, builds, kept)
            yield self._builds(job, builds)

    def _new_builds(self, job: Job) -> Iterator[DeliveryBatch]:
        while True:
            position = self.positions[job.path]
            page = yield from self._patiently(lambda offset=position.offset: self._page(job, offset))
            new = [build for build in page if build["number"] > position.seen]
            top = position.top or max((build["number"] for build in page), default=position.seen)
            is_last = len(page) < PAGE or len(new) < len(page)
            further = replace(position, top=top, offset=position.offset + PAGE - OVERLAP)
            self.positions[job.path] = replace(position, seen=top, top=None, offset=0) if is_last else further
            self._watch(job, new, position.unfinished)
            yield self._builds(job, new)
            if is_last:
                return

    def _page(self, job: Job, offset: int) -> list[dict[str, Any]]:
        """A page of builds, newest first, each with its stages."""
        tree = f"allBuilds[{answers.BUILD}]{{{offset},{offset + PAGE}}}"
        return self._with_stages(job, answers.builds_of(self.server.get(f"{job.path}/api/json", tree=tree)))

    def _again(self, job: Job, numbers: Sequence[int]) -> list[dict[str, Any]]:
        """Builds that had not ended; those that were deleted meanwhile are left out."""
        with ThreadPoolExecutor(THREADS) as threads:
            told = threads.map(lambda n: self.server.get(f"{job.path}/{n}/api/json", tree=answers.BUILD), numbers)
            found = [build for build in told if build]
        return self._with_stages(job, answers.builds_of({"allBuilds": found}))

    def _with_stages(self, job: Job, builds: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Builds with the stages of those that are new or were watched."""
        position = self.positions[job.path]
        new = [build for build in builds if build["number"] > position.seen or build["number"] in position.unfinished]
        numbers = [build["number"] for build in new if answers.has_stages(build)]
        with ThreadPoolExecutor(THREADS) as threads:
            first = list(threads.map(lambda number: self._stages(job, number), numbers[:PROBES]))
            # Without the plugin there are none: it is not asked for each build.
            others = numbers[PROBES:] if any(each is not None for each in first) else []
            told = [*first, *threads.map(lambda number: self._stages(job, number), others)]
        stages = dict(zip(numbers, told, strict=False))
        return [build | {"stages": stages.get(build["number"])} for build in builds]

    def _stages(self, job: Job, number: int) -> dict[str, Any] | None:
        """The stages of a build; None where nobody tells of any."""
        try:
            return self.server.get(f"{job.path}/{number}/wfapi/describe")
        except SourceUnavailable:
            # Of a pipeline that a crash left half written, Jenkins answers this with 500 for ever.
            return {}

    def _watch(self, job: Job, builds: Sequence[Mapping[str, Any]], kept: Sequence[int]) -> None:
        """Remember which builds have not ended, to ask for them again; after 30 days they are taken to hang."""
        oldest = (self.server.clock.now().timestamp() - LONGEST_WATCH_DAYS * 24 * 3600) * 1000
        young = [build for build in builds if answers.is_unfinished(build) and build["timestamp"] > oldest]
        numbers = dict.fromkeys([*kept, *(build["number"] for build in young)])
        self.positions[job.path] = replace(self.positions[job.path], unfinished=tuple(numbers))

    def _builds(self, job: Job, builds: Sequence[Mapping[str, Any]]) -> DeliveryBatch:
        runs: list[SeenPipelineRun] = []
        jobs: list[SeenPipelineJob] = []
        for build in builds:
            run = answers.parse_build(build, job, address=self.server.address)
            runs.append(run)
            jobs += answers.jobs_of(build, run)
        self.done += len(runs)
        told = self._batch(f"{job.name}: {len(runs)} builds")
        return replace(told, runs=tuple(runs), jobs=tuple(jobs), oddities=answers.oddities(builds, job))

    def _patiently(self, step: Any) -> Generator[DeliveryBatch, None, Any]:
        return patiently(step, tool=TOOL, waiting=self._batch, clock=self.server.clock)

    def _batch(self, message: str) -> DeliveryBatch:
        jobs = {path: position.kept for path, position in self.positions.items()}
        return DeliveryBatch(cursor={"jobs": jobs}, message=message, done=self.done, total=None)
