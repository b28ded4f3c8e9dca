"""A GitLab of our own: a project in the shape that GitLab documents and that recorded answers show."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from tests.replay.gitlab_graphql import answer_graphql
from tests.replay.server import Reply, Request

Row = dict[str, Any]
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
CHILD = "parent_pipeline"
NEVER = "1970-01-01T00:00:00.000Z"


def stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def user(name: str, number: int) -> Row:
    """Somebody, as GitLab tells them within other rows: never with an e-mail."""
    username = name.lower().replace(" ", ".")
    web = f"https://gitlab.example.org/{username}"
    return {"id": number, "name": name, "username": username, "state": "active", "avatar_url": None, "web_url": web}


ADA, BOB = user("Ada Lovelace", 11), user("Bob Ross", 12)
GHOST = user("Ghost User", 13) | {"username": "ghost"}


@dataclass
class GitLabProject:
    """What a project has, and how its server answers."""

    path: str = "group/team/churn"
    rows: dict[str, list[Row]] = field(
        default_factory=lambda: {
            name: [] for name in ("merge_requests", "issues", "deployments", "pipelines", "releases")
        }
    )
    notes: dict[int, list[Row]] = field(default_factory=dict)
    commits: dict[int, list[Row]] = field(default_factory=dict)
    details: dict[int, Row] = field(default_factory=dict)
    jobs: dict[int, list[Row]] = field(default_factory=dict)
    begun: dict[int, tuple[int, str | None]] = field(default_factory=dict)
    """Child pipelines: who began each, by which job; it may have been deleted since."""
    numbers: Any = field(default_factory=lambda: count(1))
    speaks_graphql: bool = True
    token: str | None = None

    def a_merge_request(self, *, at: datetime = START, author: Row = ADA, commits: int = 2, **changes: Any) -> Row:
        """A merge request as the listing tells it, with its commits beside it."""
        number = next(self.numbers)
        merged = changes.get("merged_at")
        row = {
            "id": 84_000 + number,
            "iid": number,
            "project_id": 3,
            "title": f"Change {number}",
            "description": "What it does",
            "state": "merged" if merged else "opened",
            "created_at": stamp(at),
            "updated_at": stamp(at),
            "merged_by": BOB if merged else None,
            "merge_user": BOB if merged else None,
            "merged_at": merged,
            "closed_by": None,
            "closed_at": None,
            "target_branch": "main",
            "source_branch": f"topic-{number}",
            "user_notes_count": 0,
            "author": author,
            "labels": [],
            "draft": False,
            "work_in_progress": False,
            "sha": "8" * 40,
            "merge_commit_sha": f"{number:040x}" if merged else None,
            "squash_commit_sha": None,
            "web_url": f"https://gitlab.example.org/{self.path}/-/merge_requests/{number}",
        }
        self.rows["merge_requests"].append(row | changes)
        self.notes[number] = []
        self.commits[number] = [
            {"id": f"{each:040x}", "authored_date": stamp(at - timedelta(hours=each + 1)), "author_name": "Ada"}
            for each in range(commits)
        ]
        return self.rows["merge_requests"][-1]

    def a_note(self, request: Row, who: Row, body: str, *, at: datetime = START, **changes: Any) -> None:
        """A note on a merge request; `system=True` for what GitLab itself notes."""
        row = {
            "id": next(self.numbers),
            "type": None,
            "body": body,
            "author": who,
            "created_at": stamp(at),
            "updated_at": stamp(at),
            "system": False,
            "noteable_type": "MergeRequest",
            "noteable_iid": request["iid"],
        }
        self.notes[request["iid"]].append(row | changes)

    def a_pipeline(self, *, at: datetime = START, jobs: list[Row] | None = None, **changes: Any) -> Row:
        """A pipeline as the listing tells it; its times stand on its own page only."""
        number = next(self.numbers)
        row = {
            "id": number,
            "iid": number,
            "project_id": 3,
            "sha": "a" * 40,
            "ref": "main",
            "status": "success",
            "source": "push",
            "created_at": stamp(at),
            "updated_at": stamp(at + timedelta(minutes=5)),
            "web_url": f"https://gitlab.example.org/{self.path}/-/pipelines/{number}",
            "name": None,
        }
        self.rows["pipelines"].append(row | changes)
        self.details[number] = {
            "before_sha": "0" * 40,
            "tag": False,
            "yaml_errors": None,
            "user": ADA,
            "started_at": stamp(at + timedelta(seconds=20)),
            "finished_at": stamp(at + timedelta(minutes=5)),
            "duration": 280,
            "queued_duration": 20,
            "coverage": None,
        }
        self.jobs[number] = [self.a_job(at=at)] if jobs is None else jobs
        return self.rows["pipelines"][-1]

    def a_child(self, parent: Row, trigger: str | None, **changes: Any) -> Row:
        """A pipeline that a job of another one began; only its page and GraphQL lead to it."""
        row = self.a_pipeline(source=CHILD, **changes)
        self.begun[row["id"]] = (parent["id"], trigger)
        return row

    def a_job(self, *, at: datetime = START, **changes: Any) -> Row:
        """A job of a pipeline."""
        number = next(self.numbers)
        row = {
            "id": number,
            "status": "success",
            "stage": "test",
            "name": "rubocop",
            "ref": "main",
            "tag": False,
            "coverage": None,
            "allow_failure": False,
            "created_at": stamp(at),
            "started_at": stamp(at + timedelta(seconds=30)),
            "finished_at": stamp(at + timedelta(minutes=4)),
            "duration": 210.5,
            "queued_duration": 0.01,
            "web_url": f"https://gitlab.example.org/{self.path}/-/jobs/{number}",
            "runner": None,
        }
        return row | changes

    def a_deployment(self, *, at: datetime = START, **changes: Any) -> Row:
        """A deployment by a job."""
        number = next(self.numbers)
        row = {
            "id": number,
            "iid": number,
            "ref": "main",
            "sha": "7" * 40,
            "created_at": stamp(at),
            "updated_at": stamp(at + timedelta(minutes=2)),
            "user": ADA,
            "environment": {"id": 9, "name": "production", "external_url": "https://shop.example.org"},
            "deployable": {
                "id": 664,
                "status": "success",
                "name": "deploy",
                "finished_at": stamp(at + timedelta(minutes=1)),
                "web_url": f"https://gitlab.example.org/{self.path}/-/jobs/664",
            },
            "status": "success",
        }
        self.rows["deployments"].append(row | changes)
        return self.rows["deployments"][-1]

    def a_release(self, tag: str, *, at: datetime = START, **changes: Any) -> Row:
        """A release."""
        row = {
            "tag_name": tag,
            "name": f"Version {tag}",
            "created_at": stamp(at),
            "released_at": stamp(at),
            "upcoming_release": False,
            "commit": {"id": "5" * 40, "short_id": "5555555"},
            "_links": {"self": f"https://gitlab.example.org/{self.path}/-/releases/{tag}"},
        }
        self.rows["releases"].append(row | changes)
        return self.rows["releases"][-1]

    def an_issue(self, *, at: datetime = START, **changes: Any) -> Row:
        """An issue."""
        number = next(self.numbers)
        row = {
            "id": 76_000 + number,
            "iid": number,
            "title": f"Issue {number}",
            "state": "opened",
            "created_at": stamp(at),
            "updated_at": stamp(at),
            "closed_at": None,
            "labels": [],
            "author": ADA,
            "issue_type": "issue",
            "web_url": f"https://gitlab.example.org/{self.path}/-/issues/{number}",
        }
        self.rows["issues"].append(row | changes)
        return self.rows["issues"][-1]

    def answer(self, request: Request) -> Reply:
        """What the server answers, by path."""
        if self.token and request.headers.get("PRIVATE-TOKEN") != self.token:
            return Reply({"message": "401 Unauthorized"}, 401)
        if request.path == "/api/graphql":
            return answer_graphql(self, request.body)
        root = f"/api/v4/projects/{self.path.replace('/', '%2F')}"
        rest = request.path.removeprefix(root)
        for pattern, tell in ROUTES.items():
            if rest != request.path and (match := re.fullmatch(pattern, rest)):
                return tell(self, request, *match.groups())
        return Reply({"message": "404 Project Not Found"}, 404)

    def about(self, _: Request) -> Reply:
        return Reply({"id": 3, "path_with_namespace": self.path, "default_branch": "main"})

    def listed(self, request: Request, name: str) -> Reply:
        rows = self.rows[name]
        if name == "pipelines":
            source = request.query.get("source")
            rows = [row for row in rows if (row["source"] != CHILD if source is None else row["source"] == source)]
        if request.query.get("order_by") == "updated_at":
            since = request.query.get("updated_after", NEVER)
            rows = sorted((row for row in rows if row["updated_at"] >= since), key=lambda row: row["updated_at"])
        if request.query.get("order_by") == "released_at":
            rows = sorted(rows, key=lambda row: row["released_at"])
        return pages(request, rows if request.query.get("sort") == "asc" else rows[::-1])

    def one_pipeline(self, _: Request, number: str) -> Reply:
        row = next((row for row in self.rows["pipelines"] if str(row["id"]) == number), None)
        return Reply(row | self.details[int(number)]) if row else Reply({"message": "404 Not found"}, 404)

    def of_merge_request(self, request: Request, number: str, what: str) -> Reply:
        return pages(request, (self.notes if what == "notes" else self.commits)[int(number)])

    def of_pipeline(self, request: Request, number: str) -> Reply:
        with_retried = request.query.get("include_retried") == "true"
        jobs = self.jobs[int(number)]
        return pages(request, [job for job in jobs if with_retried or not job.get("retried")])


ROUTES: dict[str, Callable[..., Reply]] = {
    "": GitLabProject.about,
    "/(merge_requests|issues|deployments|pipelines|releases)": GitLabProject.listed,
    r"/merge_requests/(\d+)/(notes|commits)": GitLabProject.of_merge_request,
    r"/pipelines/(\d+)": GitLabProject.one_pipeline,
    r"/pipelines/(\d+)/jobs": GitLabProject.of_pipeline,
}


def pages(request: Request, rows: list[Row]) -> Reply:
    """A page of rows, with the headers and links that GitLab tells of the others."""
    size, page = min(int(request.query.get("per_page", 20)), 100), int(request.query.get("page", 1))
    is_last = page * size >= len(rows)
    link = f'<http://{request.headers["Host"]}{request.path}?page={page + 1}&per_page={size}>; rel="next"'
    headers = {
        "X-Page": str(page),
        "X-Next-Page": "" if is_last else str(page + 1),
        "X-Per-Page": str(size),
        "RateLimit-Limit": "2000",
        "RateLimit-Remaining": "1985",
    }
    return Reply(rows[(page - 1) * size : page * size], headers=headers | ({} if is_last else {"Link": link}))
