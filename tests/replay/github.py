"""A GitHub of our own: a repository in the shape that GitHub documents and that recorded answers show.

Rows are kept as REST tells them, with what surrounds them; GraphQL is answered by a real executor over the documented
types (`github_schema`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from tests.replay import github_rest
from tests.replay.github_schema import execute
from tests.replay.server import Reply, Request

Row = dict[str, Any]
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def user(login: str, number: int = 0, kind: str = "User") -> Row:
    """Somebody, as REST tells them."""
    return {
        "login": login,
        "id": number or sum(map(ord, login)),
        "node_id": "MDQ6VXNlcjE=",
        "avatar_url": "https://avatars.githubusercontent.com/u/1?v=4",
        "gravatar_id": "",
        "url": f"https://api.github.com/users/{login}",
        "html_url": f"https://github.com/{login}",
        "type": kind,
        "site_admin": False,
    }


ADA, BOB = user("ada", 11), user("bob", 12)
BOT = user("dependabot[bot]", 49699333, "Bot")


@dataclass
class GitHubRepository:
    """What a repository has, and how its server answers."""

    path: str = "team/churn"
    pulls: list[Row] = field(default_factory=list)
    issues: list[Row] = field(default_factory=list)
    runs: list[Row] = field(default_factory=list)
    jobs: dict[int, list[Row]] = field(default_factory=dict)
    attempts: dict[tuple[int, int], Row] = field(default_factory=dict)
    deployments: list[Row] = field(default_factory=list)
    releases: list[Row] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    """The commits of tags, where a test minds."""
    numbers: Any = field(default_factory=lambda: count(1))
    speaks_graphql: bool = True
    token: str | None = None

    def a_pull(self, *, at: datetime = START, author: Row | None = ADA, **changes: Any) -> Row:
        """A pull request as its own page of REST tells it, with its answers beside it."""
        number = next(self.numbers)
        merged = changes.get("merged_at")
        row = {
            "number": number,
            "html_url": f"https://github.com/{self.path}/pull/{number}",
            "state": "closed" if merged else "open",
            "locked": False,
            "title": f"Change {number}",
            "user": author,
            "body": "What it does",
            "created_at": stamp(at),
            "updated_at": stamp(at),
            "closed_at": merged,
            "merged_at": None,
            "merge_commit_sha": f"{number:040x}",
            "merged_by": BOB if merged else None,
            "labels": [],
            "draft": False,
            "head": {"label": None, "ref": f"topic-{number}", "sha": "8" * 40, "user": None, "repo": None},
            "base": {"label": "team:main", "ref": "main", "sha": "e" * 40},
            "additions": 10,
            "deletions": 3,
            "changed_files": 2,
            "commits": 4,
            "first_commit": stamp(at - timedelta(days=1)),
            "reviews": [],
            "notes": [],
            "ready": [],
            "drafted": [],
        }
        self.pulls.append(row | changes)
        return self.pulls[-1]

    def answer_pull(self, pull: Row, who: Row | None, state: str | None, at: datetime) -> None:
        """A review of this state, or a comment without one."""
        number = next(self.numbers) + 900_000_000_000  # beyond what GraphQL's Int can tell
        kind, moment = ("pullrequestreview", "submitted_at") if state else ("issuecomment", "created_at")
        row = {"id": number, "user": who, "html_url": f"{pull['html_url']}#{kind}-{number}", moment: stamp(at)}
        pull["reviews" if state else "notes"].append(row | ({"state": state} if state else {}))
        pull["updated_at"] = max(pull["updated_at"], stamp(at))

    def a_run(self, *, at: datetime = START, jobs: list[Row] | None = None, **changes: Any) -> Row:
        """A workflow run with its jobs."""
        identity = 3_770_000_000 + next(self.numbers)
        row = {
            "id": identity,
            "name": "CI",
            "head_branch": "main",
            "head_sha": "c" * 40,
            "path": ".github/workflows/ci.yml",
            "display_title": "Change",
            "run_number": 5,
            "event": "push",
            "status": "completed",
            "conclusion": "success",
            "html_url": f"https://github.com/{self.path}/actions/runs/{identity}",
            "pull_requests": [],
            "created_at": stamp(at),
            "updated_at": stamp(at + timedelta(minutes=5)),
            "run_attempt": 1,
            "run_started_at": stamp(at),
            "head_repository": None,
        }
        self.runs.append(row | changes)
        self.jobs[identity] = [self.a_job(self.runs[-1])] if jobs is None else jobs
        return self.runs[-1]

    def a_job(self, run: Row, *, begins: int = 30, lasts: int = 120, **changes: Any) -> Row:
        """A job that begins and ends so many seconds after its run was started."""
        began = datetime.fromisoformat(run["run_started_at"]) + timedelta(seconds=begins)
        row = {
            "id": 11_400_000_000 + next(self.numbers),
            "run_id": run["id"],
            "run_attempt": run["run_attempt"],
            "workflow_name": "CI",
            "status": "completed",
            "conclusion": "success",
            "created_at": run["run_started_at"],
            "started_at": stamp(began),
            "completed_at": stamp(began + timedelta(seconds=lasts)),
            "name": "test (3.11)",
            "html_url": f"{run['html_url']}/job/1",
            "steps": [{"name": "Set up job", "status": "completed", "conclusion": "success", "number": 1}],
            "labels": ["ubuntu-latest"],
        }
        return row | changes

    def a_deployment(self, *states: tuple[str, datetime], at: datetime = START, **changes: Any) -> Row:
        """A deployment with its states, newest first as REST lists them."""
        row = {
            "id": next(self.numbers),
            "sha": "7" * 40,
            "ref": "main",
            "task": "deploy",
            "payload": {},
            "environment": "production",
            "description": "Deploy",
            "creator": ADA,
            "created_at": stamp(at),
            "updated_at": stamp(at),
            "states": [
                {"state": state, "created_at": stamp(when), "log_url": f"https://example.org/log/{state}"}
                for state, when in sorted(states, key=lambda each: each[1], reverse=True)
            ],
        }
        self.deployments.append(row | changes)
        return self.deployments[-1]

    def a_release(self, tag: str, *, at: datetime = START, **changes: Any) -> Row:
        """A release."""
        row = {
            "id": next(self.numbers),
            "tag_name": tag,
            "target_commitish": "main",
            "name": f"Version {tag}",
            "draft": False,
            "prerelease": False,
            "created_at": stamp(at),
            "published_at": stamp(at),
            "html_url": f"https://github.com/{self.path}/releases/tag/{tag}",
        }
        self.releases.append(row | changes)
        return self.releases[-1]

    def an_issue(self, *, at: datetime = START, labels: tuple[str, ...] = (), **changes: Any) -> Row:
        """An issue."""
        number = next(self.numbers)
        row = {
            "number": number,
            "title": f"Issue {number}",
            "html_url": f"https://github.com/{self.path}/issues/{number}",
            "user": ADA,
            "labels": [{"id": 1, "name": label, "color": "d73a4a"} for label in labels],
            "state": "open",
            "created_at": stamp(at),
            "updated_at": stamp(at),
            "closed_at": None,
        }
        self.issues.append(row | changes)
        return self.issues[-1]

    def answer(self, request: Request) -> Reply:
        """What the server answers, by path."""
        if self.token and request.headers.get("Authorization") != f"token {self.token}":
            return Reply({"message": "Bad credentials", "documentation_url": "https://docs.github.com"}, 401)
        if request.path == "/api/graphql":
            return self._graphql(request)
        root, _, rest = request.path.partition(f"/repos/{self.path}")
        if root != "/api/v3":
            return github_rest.missing()
        return github_rest.answer(self, rest, request)

    def _graphql(self, request: Request) -> Reply:
        if not self.speaks_graphql or "Authorization" not in request.headers:
            return Reply({"message": "This endpoint requires you to be authenticated."}, 401)
        return Reply(execute(self, request.body["query"], request.body["variables"]))
