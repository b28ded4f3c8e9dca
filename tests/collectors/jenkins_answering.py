"""A Jenkins that answers in the shape its REST interface has: actions that are {}, addresses of another host."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from tests.collectors.replay_json import NOTHING, Answer, Question

START = datetime(2026, 6, 1, 8, tzinfo=UTC)
PIPELINE = "org.jenkinsci.plugins.workflow.job.WorkflowJob"
MULTIBRANCH = "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject"
FOLDER = "com.cloudbees.hudson.plugins.folder.Folder"
RUN = "org.jenkinsci.plugins.workflow.job.WorkflowRun"
ELSEWHERE = "http://0.0.0.0:8080"


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def a_build(number: int, result: str | None = "SUCCESS", **facts: Any) -> dict[str, Any]:
    """A build as Jenkins tells it, an hour after the one before."""
    at = START + timedelta(hours=number)
    return {
        "_class": RUN,
        "actions": [
            {"_class": "hudson.model.CauseAction", "causes": [{"_class": "hudson.model.Cause$UserIdCause"}]},
            {},
            {"_class": "jenkins.metrics.impl.TimeInQueueAction", "queuingDurationMillis": 30_000},
            {"_class": "hudson.plugins.git.util.BuildData", **a_revision(f"{number:040x}")},
            {},
        ],
        "building": result is None,
        "duration": 0 if result is None else 600_000,
        "number": number,
        "result": result,
        "timestamp": milliseconds(at),
        **facts,
    }


def a_revision(sha: str, branch: str = "refs/remotes/origin/main") -> dict[str, Any]:
    return {"lastBuiltRevision": {"SHA1": sha, "branch": [{"SHA1": sha, "name": branch}]}}


def a_stage(number: str, name: str, status: str = "SUCCESS", **facts: Any) -> dict[str, Any]:
    return {
        "_links": {"self": {"href": f"/job/app/1/execution/node/{number}/wfapi/describe"}},
        "id": number,
        "name": name,
        "execNode": "",
        "status": status,
        "startTimeMillis": milliseconds(START),
        "durationMillis": 60_000,
        "pauseDurationMillis": 0,
        **facts,
    }


@dataclass
class PretendJenkins:
    """Jobs by path, each with its builds; folders hold what is below them."""

    jobs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    """Of folders: what is no job. The server itself is one."""
    stages: dict[tuple[str, int], list[dict[str, Any]]] = field(default_factory=dict)
    has_plugin: bool = True

    def answer(self, question: Question) -> Answer:
        path = question.path.removesuffix("/api/json")
        if stages := re.fullmatch(r"(.+)/(\d+)/wfapi/describe", question.path):
            return self._described(stages[1], int(stages[2]))
        if build := re.fullmatch(r"(.+)/(\d+)", path):
            return self._build(build[1], int(build[2]))
        if path in self.jobs:
            return Answer(self._job(path, question.query["tree"]))
        return Answer(self._folder(path)) if path in self.classes else NOTHING

    def _described(self, path: str, number: int) -> Answer:
        if not self.has_plugin:
            return Answer(b"<html>Not Found</html>", 404, kind="text/html")
        status = {"id": str(number), "status": "SUCCESS", "endTimeMillis": 0, "queueDurationMillis": 1}
        return Answer(status | {"stages": self.stages.get((path, number), [])})

    def _build(self, path: str, number: int) -> Answer:
        found = [build for build in self.jobs.get(path, ()) if build["number"] == number]
        return Answer(found[0]) if found else NOTHING

    def _job(self, path: str, tree: str) -> dict[str, Any]:
        builds = sorted(self.jobs[path], key=lambda build: -build["number"])
        said = re.search(r"\{(\d+),(\d+)\}$", tree)
        if tree.startswith("allBuilds") and said:
            return {"_class": PIPELINE, "allBuilds": builds[int(said[1]) : int(said[2])]}
        last = {"_class": RUN, "number": builds[0]["number"]} if builds else None
        names = [unquote(name) for name in path.split("/job/")[1:]]
        return {"_class": PIPELINE, "fullName": "/".join(names), "lastBuild": last}

    def _folder(self, path: str) -> dict[str, Any]:
        names = [unquote(name) for name in path.split("/job/")[1:]]
        known = [*self.jobs, *self.classes]
        children = [each for each in known if each.rpartition("/job/")[0] == path and each != path]
        return {
            "_class": self.classes[path],
            **({"fullName": "/".join(names)} if names else {}),
            "jobs": [self._child(each) for each in children],
        }

    def _child(self, path: str) -> dict[str, Any]:
        told = {"name": unquote(path.rpartition("/job/")[2]), "url": f"{ELSEWHERE}{path}/"}
        if path in self.classes:
            return told | {"_class": self.classes[path], "jobs": []}
        return told | {key: value for key, value in self._job(path, "").items() if key != "fullName"}
