"""What GraphQL tells of a GitLab project of our own: sizes of merge requests, and who began a pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.replay.server import Reply

if TYPE_CHECKING:
    from tests.replay.gitlab import GitLabProject

Row = dict[str, Any]


def answer_graphql(project: GitLabProject, body: Row) -> Reply:
    """The answer to a question about a project, in the order of what was asked."""
    if not project.speaks_graphql:
        return Reply({"errors": [{"message": "Invalid token"}]}, 401)
    asked = body["variables"]
    found = _sizes(asked) if "mergeRequests" in body["query"] else _begun(project, asked)
    return Reply({"data": {"project": found if asked["path"] == project.path else None}})


def _sizes(asked: Row) -> Row:
    sizes = {"additions": 10, "deletions": 3, "fileCount": 2}
    return {"mergeRequests": {"nodes": [{"iid": iid, "diffStatsSummary": sizes} for iid in asked["iids"]]}}


def _begun(project: GitLabProject, asked: Row) -> Row:
    numbers = {name: int(number) for name, number in asked.items() if name != "path"}
    assert len(numbers) <= 10, "too complex for GitLab"
    return {name.replace("iid", "child"): _with_parents(project, number) for name, number in numbers.items()}


def _with_parents(project: GitLabProject, number: int) -> Row:
    parent, job = project.begun.get(number, (None, None))
    return {
        "id": f"gid://gitlab/Ci::Pipeline/{number}",
        "child": parent is not None,
        "sourceJob": {"name": job} if job else None,
        "upstream": _with_parents(project, parent) if parent else None,
    }
