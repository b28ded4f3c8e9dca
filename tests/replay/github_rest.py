"""What a GitHub of our own answers by REST, path by path."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

from tests.replay.server import Reply, Request

Row = dict[str, Any]
MOST_FILTERED = 1000


def answer(repository: Any, path: str, request: Request) -> Reply:
    """What is told at a path below the repository."""
    for pattern, tell in ROUTES.items():
        if match := re.fullmatch(pattern, path):
            return tell(repository, request, *match.groups())
    return missing()


def about(repository: Any, _: Request) -> Reply:
    return Reply({"id": 1, "full_name": repository.path, "private": False, "default_branch": "main"})


def list_pulls(repository: Any, request: Request) -> Reply:
    listed = [_without(pull, "additions", "deletions", "changed_files", "commits") for pull in repository.pulls]
    return pages(request, by_update(listed))


def one_pull(repository: Any, _: Request, number: str) -> Reply:
    pull = _numbered(repository, number)
    return Reply(_without(pull) | {"comments": len(pull["notes"]), "review_comments": 0})


def list_reviews(repository: Any, request: Request, number: str) -> Reply:
    return pages(request, _numbered(repository, number)["reviews"])


def list_commits(repository: Any, request: Request, number: str) -> Reply:
    pull = _numbered(repository, number)
    commit = {"sha": "1" * 40, "commit": {"author": {"name": "Ada", "date": pull["first_commit"]}}}
    return pages(request, [commit] * pull["commits"])


def list_comments(repository: Any, request: Request, number: str) -> Reply:
    return pages(request, _numbered(repository, number)["notes"])


def list_issues(repository: Any, request: Request) -> Reply:
    as_issues = [_without(pull) | {"pull_request": {}} for pull in repository.pulls]
    return pages(request, by_update(repository.issues + as_issues))


def list_deployments(repository: Any, request: Request) -> Reply:
    listed = [
        _without(each, "states") | {"updated_at": max(state["created_at"] for state in [each, *each["states"]])}
        for each in reversed(repository.deployments)
    ]
    return pages(request, listed)


def list_states(repository: Any, request: Request, identity: str) -> Reply:
    found = next(each for each in repository.deployments if str(each["id"]) == identity)
    return pages(request, found["states"])


def list_releases(repository: Any, request: Request) -> Reply:
    return pages(request, by_commit(repository.releases))


def list_tags(repository: Any, request: Request) -> Reply:
    names = sorted((row["tag_name"] for row in repository.releases if not row["draft"]), reverse=True)
    return pages(
        request,
        [{"name": name, "commit": {"sha": repository.tags.get(name, "5" * 40)}, "node_id": "MDM6"} for name in names],
    )


def list_runs(repository: Any, request: Request) -> Reply:
    first, _, last = request.query.get("created", ">=").partition("..")
    first, last = first.removeprefix(">="), last or "9999"
    found = [run for run in repository.runs if first <= run["created_at"] <= last]
    listed = sorted(found, key=lambda run: run["created_at"], reverse=True)[:MOST_FILTERED]
    return pages(request, listed, around=lambda rows: {"total_count": len(found), "workflow_runs": rows})


def one_run(repository: Any, _: Request, identity: str) -> Reply:
    run = next((run for run in repository.runs if str(run["id"]) == identity), None)
    return Reply(run) if run else missing()


def list_jobs(repository: Any, request: Request, identity: str) -> Reply:
    jobs = repository.jobs.get(int(identity), [])
    return pages(request, jobs, around=lambda rows: {"total_count": len(jobs), "jobs": rows})


def one_attempt(repository: Any, _: Request, identity: str, attempt: str) -> Reply:
    found = repository.attempts.get((int(identity), int(attempt)))
    return Reply(found) if found else missing()


def _numbered(repository: Any, number: str) -> Row:
    return next(pull for pull in repository.pulls if str(pull["number"]) == number)


ROUTES: dict[str, Callable[..., Reply]] = {
    "": about,
    "/pulls": list_pulls,
    r"/pulls/(\d+)": one_pull,
    r"/pulls/(\d+)/reviews": list_reviews,
    r"/pulls/(\d+)/commits": list_commits,
    "/issues": list_issues,
    r"/issues/(\d+)/comments": list_comments,
    "/deployments": list_deployments,
    r"/deployments/(\d+)/statuses": list_states,
    "/releases": list_releases,
    "/tags": list_tags,
    "/actions/runs": list_runs,
    r"/actions/runs/(\d+)": one_run,
    r"/actions/runs/(\d+)/jobs": list_jobs,
    r"/actions/runs/(\d+)/attempts/(\d+)": one_attempt,
}


def by_commit(releases: list[Row]) -> list[Row]:
    """As releases are listed: by when they were created, which is the date of their commit."""
    return sorted(releases, key=lambda row: row["created_at"])[::-1]


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
    told_before = request.headers.get("If-None-Match")
    etag = f'W/"{hashlib.sha256(repr(rows[(page - 1) * size : page * size]).encode()).hexdigest()}"'
    if told_before == etag:
        return Reply(status=304, raw=b"", headers={"ETag": etag})
    headers = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4985", "ETag": etag}
    return Reply(around(rows[(page - 1) * size : page * size]), headers=headers | ({"Link": told} if told else {}))


def missing() -> Reply:
    return Reply({"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}, 404)


def _without(row: Row, *names: str) -> Row:
    return {
        name: value
        for name, value in row.items()
        if name not in {*names, "reviews", "notes", "ready", "drafted", "first_commit"}
    }
