"""A GitHub of our own: a repository in the shape that GitHub documents and that recorded answers show.

Rows are kept as REST tells them, with what surrounds them; GraphQL is answered by a real executor over the documented
types (`github_schema`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from tests.replay.github_schema import execute
from tests.replay.server import Reply, Request

Row = dict[str, Any]
MOST_FILTERED = 1000
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
            return missing()
        return self._rest(rest, request)

    def _graphql(self, request: Request) -> Reply:
        if not self.speaks_graphql or "Authorization" not in request.headers:
            return Reply({"message": "This endpoint requires you to be authenticated."}, 401)
        return Reply(execute(self, request.body["query"], request.body["variables"]))

    def _rest(self, path: str, request: Request) -> Reply:
        for pattern, tell in ROUTES.items():
            if match := re.fullmatch(pattern, path):
                return tell(self, request, *match.groups())
        return missing()

    def about(self, _: Request) -> Reply:
        return Reply({"id": 1, "full_name": self.path, "private": False, "default_branch": "main"})

    def list_pulls(self, request: Request) -> Reply:
        listed = [_without(pull, "additions", "deletions", "changed_files", "commits") for pull in self.pulls]
        return pages(request, by_update(listed))

    def one_pull(self, _: Request, number: str) -> Reply:
        pull = self._numbered(number)
        return Reply(_without(pull) | {"comments": len(pull["notes"]), "review_comments": 0})

    def list_reviews(self, request: Request, number: str) -> Reply:
        return pages(request, self._numbered(number)["reviews"])

    def list_commits(self, request: Request, number: str) -> Reply:
        pull = self._numbered(number)
        commit = {"sha": "1" * 40, "commit": {"author": {"name": "Ada", "date": pull["first_commit"]}}}
        return pages(request, [commit] * pull["commits"])

    def list_comments(self, request: Request, number: str) -> Reply:
        return pages(request, self._numbered(number)["notes"])

    def list_issues(self, request: Request) -> Reply:
        as_issues = [_without(pull) | {"pull_request": {}} for pull in self.pulls]
        return pages(request, by_update(self.issues + as_issues))

    def list_deployments(self, request: Request) -> Reply:
        listed = [
            _without(each, "states") | {"updated_at": max(state["created_at"] for state in [each, *each["states"]])}
            for each in reversed(self.deployments)
        ]
        return pages(request, listed)

    def list_states(self, request: Request, identity: str) -> Reply:
        found = next(each for each in self.deployments if str(each["id"]) == identity)
        return pages(request, found["states"])

    def list_releases(self, request: Request) -> Reply:
        return pages(request, self.releases[::-1])

    def list_runs(self, request: Request) -> Reply:
        first, _, last = request.query.get("created", ">=").partition("..")
        first, last = first.removeprefix(">="), last or "9999"
        found = [run for run in self.runs if first <= run["created_at"] <= last]
        listed = sorted(found, key=lambda run: run["created_at"], reverse=True)[:MOST_FILTERED]
        return pages(request, listed, around=lambda rows: {"total_count": len(found), "workflow_runs": rows})

    def one_run(self, _: Request, identity: str) -> Reply:
        run = next((run for run in self.runs if str(run["id"]) == identity), None)
        return Reply(run) if run else missing()

    def list_jobs(self, request: Request, identity: str) -> Reply:
        jobs = self.jobs.get(int(identity), [])
        return pages(request, jobs, around=lambda rows: {"total_count": len(jobs), "jobs": rows})

    def one_attempt(self, _: Request, identity: str, attempt: str) -> Reply:
        found = self.attempts.get((int(identity), int(attempt)))
        return Reply(found) if found else missing()

    def _numbered(self, number: str) -> Row:
        return next(pull for pull in self.pulls if str(pull["number"]) == number)


ROUTES: dict[str, Callable[..., Reply]] = {
    "": GitHubRepository.about,
    "/pulls": GitHubRepository.list_pulls,
    r"/pulls/(\d+)": GitHubRepository.one_pull,
    r"/pulls/(\d+)/reviews": GitHubRepository.list_reviews,
    r"/pulls/(\d+)/commits": GitHubRepository.list_commits,
    "/issues": GitHubRepository.list_issues,
    r"/issues/(\d+)/comments": GitHubRepository.list_comments,
    "/deployments": GitHubRepository.list_deployments,
    r"/deployments/(\d+)/statuses": GitHubRepository.list_states,
    "/releases": GitHubRepository.list_releases,
    "/actions/runs": GitHubRepository.list_runs,
    r"/actions/runs/(\d+)": GitHubRepository.one_run,
    r"/actions/runs/(\d+)/jobs": GitHubRepository.list_jobs,
    r"/actions/runs/(\d+)/attempts/(\d+)": GitHubRepository.one_attempt,
}


def by_update(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row["updated_at"], reverse=True)


def pages(request: Request, rows: list[Row], *, around: Callable[[list[Row]], Any] = list) -> Reply:
    """A page of rows, with the links to the others that GitHub puts into a header."""
    size, page = min(int(request.query.get("per_page", 30)), 100), int(request.query.get("page", 1))
    links = {"next": page + 1, "last": -(-len(rows) // size)} if page * size < len(rows) else {}
    links |= {"prev": page - 1, "first": 1} if page > 1 else {}
    told = ", ".join(
        f'<http://{request.headers["Host"]}{request.path}?page={to}>; rel="{rel}"' for rel, to in links.items()
    )
    headers = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4985", "X-GitHub-Media-Type": "github.v3"}
    return Reply(around(rows[(page - 1) * size : page * size]), headers=headers | ({"Link": told} if told else {}))


def missing() -> Reply:
    return Reply({"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}, 404)


def _without(row: Row, *names: str) -> Row:
    return {
        name: value for name, value in row.items() if name not in {*names, "reviews", "notes", "ready", "first_commit"}
    }
