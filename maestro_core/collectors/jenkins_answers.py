"""What Jenkins answers, in our words. Pure: no questions are asked here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote

from maestro_core.collectors.delivery import SeenPipelineJob, SeenPipelineRun
from maestro_core.terms import PipelineOutcome

ACTIONS = "actions[_class,causes[_class],lastBuiltRevision[SHA1,branch[SHA1,name]],queuingDurationMillis]"
BUILD = f"_class,number,result,building,timestamp,duration,{ACTIONS}"
ITEM = "_class,fullName,lastBuild[number]"
CHILDREN = f"{ITEM},jobs[name,_class,lastBuild[number],jobs[name]{{0,1}}]"

OUTCOMES = {
    "SUCCESS": PipelineOutcome.SUCCESS,
    "FAILURE": PipelineOutcome.FAILURE,
    "UNSTABLE": PipelineOutcome.FAILURE,
    "ABORTED": PipelineOutcome.CANCELLED,
    "NOT_BUILT": PipelineOutcome.SKIPPED,
}
STAGES = {
    "SUCCESS": PipelineOutcome.SUCCESS,
    "FAILED": PipelineOutcome.FAILURE,
    "UNSTABLE": PipelineOutcome.FAILURE,
    "ABORTED": PipelineOutcome.CANCELLED,
    "NOT_EXECUTED": PipelineOutcome.SKIPPED,
}
UNSTABLE = "unstable"
TRIGGERS = {
    "SCMTriggerCause": "push",
    "GitHubPushCause": "push",
    "GitLabWebHookCause": "push",
    "BranchEventCause": "push",
    "BranchIndexingCause": "push",
    "TimerTriggerCause": "schedule",
    "UserIdCause": "manual",
    "UpstreamCause": "upstream",
    "BuildUpstreamCause": "upstream",
    "RemoteCause": "api",
}
AGAIN = {
    "ReplayCause": "replay",
    "RebuildCause": "rebuild",
    "RestartDeclarativePipelineCause": "restart",
    "NaginatorCause": "retry",
}
"""Why a build ran again. It stands behind who pressed the button and what is copied from the first build."""
WORKFLOW = "org.jenkinsci.plugins.workflow.job.WorkflowRun"
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Job:
    """A job of Jenkins: where it is, below the address of the server, and what its builds are runs of."""

    path: str
    pipeline: str
    """Its full name; of a branch in a multibranch project, the name of the project."""
    name: str
    """Its full name, with the branch."""
    branch: str | None = None
    newest: int | None = None
    """The number of its last build; None before the first."""


@dataclass(frozen=True)
class Folder:
    """A folder, a multibranch project or the server itself: what holds jobs."""

    path: str
    name: str
    is_multibranch: bool = False


def parse_item(answer: Mapping[str, Any], path: str) -> Job | Folder:
    """The job or folder that somebody connected."""
    name = str(answer.get("fullName") or "")
    if "jobs" in answer:
        return Folder(path, name, _is_multibranch(answer))
    return Job(path, name, name, None, _newest(answer))


def parse_children(answer: Mapping[str, Any], folder: Folder) -> list[Job | Folder]:
    """What a folder holds. Addresses are made from names: those that Jenkins tells may be of another host."""
    return [_child(each, folder) for each in _dicts(answer.get("jobs")) if str(each.get("name") or "").strip()]


def _child(answer: Mapping[str, Any], folder: Folder) -> Job | Folder:
    told = str(answer["name"])
    path = f"{folder.path}/job/{quote(told, safe='')}"
    # Of a branch, Jenkins tells the name as it stands in an address: feature%2Fx.
    name = "/".join(part for part in (folder.name, unquote(told) if folder.is_multibranch else told) if part)
    if "jobs" in answer:
        return Folder(path, name, _is_multibranch(answer))
    if folder.is_multibranch:
        return Job(path, folder.name, name, unquote(told), _newest(answer))
    return Job(path, name, name, None, _newest(answer))


def _is_multibranch(answer: Mapping[str, Any]) -> bool:
    return str(answer.get("_class") or "").endswith("MultiBranchProject")


def _newest(answer: Mapping[str, Any]) -> int | None:
    last = answer.get("lastBuild")
    number = last.get("number") if isinstance(last, dict) else None
    return number if _is_number(number) else None


def builds_of(answer: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The builds in an answer, without those that have no number or no time that a clock can show."""
    told = _dicts((answer or {}).get("allBuilds"))
    return [build for build in told if _is_number(build.get("number")) and moment(build.get("timestamp"))]


def parse_build(build: Mapping[str, Any], job: Job, *, address: str) -> SeenPipelineRun:
    """A build as a run."""
    scheduled = datetime.fromtimestamp(build["timestamp"] / 1000, UTC)
    sha, branch = _revision(build, job.branch)
    outcome = _outcome(build)
    return SeenPipelineRun(
        external_id=f"{job.name}#{build['number']}",
        attempt=1,
        pipeline=job.pipeline,
        url=f"{address}{job.path}/{build['number']}/",
        trigger=_trigger(build),
        created_at=scheduled - (_queued(build) or timedelta()),
        branch=job.branch or branch,
        sha=sha,
        outcome=outcome,
        started_at=scheduled,
        finished_at=scheduled + _span(build.get("duration")) if outcome else None,
    )


def jobs_of(build: Mapping[str, Any], run: SeenPipelineRun) -> list[SeenPipelineJob]:
    """The stages of a pipeline, branches of parallel ones among them; without any, the whole build is one job."""
    stages = _dicts((build.get("stages") or {}).get("stages"))
    told = [_stage(stage, run) for stage in stages if stage.get("id") and stage.get("name")]
    return told or [_whole(build, run)]


def oddities(builds: Iterable[Mapping[str, Any]], job: Job) -> tuple[tuple[str, str, str], ...]:
    """What is odd about builds: nobody tells how long they waited."""
    if all(_queued(build) is not None for build in builds):
        return ()
    detail = "Told as created when they started. The Metrics plugin of Jenkins would tell."
    return (("builds without queue time", job.pipeline, detail),)


def _whole(build: Mapping[str, Any], run: SeenPipelineRun) -> SeenPipelineJob:
    return SeenPipelineJob(
        run=run.external_id,
        attempt=run.attempt,
        external_id="build",
        name=run.pipeline.rpartition("/")[2],
        url=run.url,
        outcome=run.outcome,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        failure_reason=UNSTABLE if build.get("result") == "UNSTABLE" else None,
    )


def has_stages(build: Mapping[str, Any]) -> bool:
    """Whether a build is one of a pipeline, whose stages can be asked for once it has ended."""
    return build.get("_class") == WORKFLOW and _outcome(build) is not None


def is_unfinished(build: Mapping[str, Any]) -> bool:
    return _outcome(build) is None


def moment(milliseconds: Any) -> datetime | None:
    """A time that Jenkins tells in milliseconds since 1970; None for what no clock of a build shows.

    >>> moment(1559281453240).year, moment(-1), moment(10**30)
    (2019, None, None)
    """
    if not _is_number(milliseconds) or not FIRST.timestamp() <= milliseconds / 1000 <= LAST.timestamp():
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _stage(stage: Mapping[str, Any], run: SeenPipelineRun) -> SeenPipelineJob:
    outcome = STAGES.get(str(stage.get("status")))
    ran = outcome is not PipelineOutcome.SKIPPED
    asked = moment(stage.get("startTimeMillis")) if ran else None
    took = _span(stage.get("durationMillis"))
    # Waiting for somebody's input is within the duration, and no time of a machine.
    waited = min(_span(stage.get("pauseDurationMillis")), took)
    return SeenPipelineJob(
        run=run.external_id,
        attempt=run.attempt,
        external_id=str(stage["id"]),
        name=str(stage["name"]),
        url=run.url,
        outcome=outcome,
        started_at=asked + waited if asked else None,
        finished_at=asked + took if asked and outcome else None,
        failure_reason=_reason(stage) if outcome is PipelineOutcome.FAILURE else None,
    )


def _reason(stage: Mapping[str, Any]) -> str | None:
    if stage.get("status") == "UNSTABLE":
        return UNSTABLE
    error = stage.get("error")
    told = error.get("message") or error.get("type") if isinstance(error, dict) else None
    return str(told) if told else None


def _outcome(build: Mapping[str, Any]) -> PipelineOutcome | None:
    return None if build.get("building") else OUTCOMES.get(str(build.get("result")))


def _actions(build: Mapping[str, Any]) -> list[dict[str, Any]]:
    # Most actions are told as {}, and a plugin may tell null.
    return [action for action in _dicts(build.get("actions")) if action]


def _queued(build: Mapping[str, Any]) -> timedelta | None:
    told = [action["queuingDurationMillis"] for action in _actions(build) if "queuingDurationMillis" in action]
    return _span(told[0]) if told and _is_number(told[0]) else None


def _span(milliseconds: Any) -> timedelta:
    return timedelta(milliseconds=milliseconds if _is_number(milliseconds) and 0 <= milliseconds < 10**11 else 0)


def _trigger(build: Mapping[str, Any]) -> str:
    causes = (cause for action in _actions(build) for cause in _dicts(action.get("causes")))
    words = [str(cause.get("_class") or "").replace("$", ".").rpartition(".")[2] for cause in causes]
    again = [AGAIN[word] for word in words if word in AGAIN]
    if again:
        return again[-1]
    return TRIGGERS.get(words[0], words[0].removesuffix("Cause")) if words else ""


def _revision(build: Mapping[str, Any], branch: str | None) -> tuple[str | None, str | None]:
    """Commit and branch. A build that loaded a library has several revisions, of which the library's comes first."""
    told = [
        action["lastBuiltRevision"] for action in _actions(build) if isinstance(action.get("lastBuiltRevision"), dict)
    ]
    known = [(str(each["SHA1"]), _branch(each)) for each in told if each.get("SHA1")]
    of_branch = [each for each in known if branch and each[1] == branch]
    chosen = of_branch or known
    return chosen[-1] if chosen else (None, None)


def _branch(revision: Mapping[str, Any]) -> str | None:
    """The branch of a revision, without the remote that Jenkins names before it."""
    names = [str(each.get("name") or "") for each in _dicts(revision.get("branch"))]
    name = names[0] if names else ""
    for prefix in ("refs/remotes/", "refs/heads/", "origin/"):
        name = name.removeprefix(prefix)
    return None if name in {"", "detached", "HEAD"} else name


def _dicts(told: object) -> list[dict[str, Any]]:
    return [each for each in told if isinstance(each, dict)] if isinstance(told, Iterable) else []


def _is_number(told: Any) -> bool:
    return isinstance(told, int) and not isinstance(told, bool)
