"""The part of GitHub's GraphQL schema that Maestro asks for, executed over rows of REST.

Names, kinds and what may be null are those of GitHub's public schema; a question that it would refuse fails here too.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from graphql import build_schema, graphql_sync

from tests.replay.github_rest import by_commit

Row = dict[str, Any]

SCHEMA = build_schema("""
scalar DateTime
scalar URI
scalar GitObjectID
scalar GitTimestamp
enum OrderDirection { ASC DESC }
enum IssueOrderField { COMMENTS CREATED_AT UPDATED_AT }
enum DeploymentOrderField { CREATED_AT }
enum ReleaseOrderField { CREATED_AT NAME }
enum PullRequestTimelineItemsItemType { READY_FOR_REVIEW_EVENT CONVERT_TO_DRAFT_EVENT }
enum PullRequestReviewState { APPROVED CHANGES_REQUESTED COMMENTED DISMISSED PENDING }
enum DeploymentStatusState { ERROR FAILURE INACTIVE IN_PROGRESS PENDING QUEUED SUCCESS WAITING }
input IssueOrder { field: IssueOrderField! direction: OrderDirection! }
input DeploymentOrder { field: DeploymentOrderField! direction: OrderDirection! }
input ReleaseOrder { field: ReleaseOrderField! direction: OrderDirection! }
type PageInfo { hasNextPage: Boolean! endCursor: String }
interface Actor { login: String! }
type User implements Actor { login: String! databaseId: Int name: String }
type Bot implements Actor { login: String! databaseId: Int }
type Mannequin implements Actor { login: String! databaseId: Int }
type Label { name: String! }
type LabelConnection { nodes: [Label] pageInfo: PageInfo! totalCount: Int! }
type Commit { oid: GitObjectID! authoredDate: DateTime! }
type PullRequestCommit { commit: Commit! }
type PullRequestCommitConnection { nodes: [PullRequestCommit] pageInfo: PageInfo! totalCount: Int! }
type ReadyForReviewEvent { createdAt: DateTime! }
type ConvertToDraftEvent { createdAt: DateTime! }
union PullRequestTimelineItems = ReadyForReviewEvent | ConvertToDraftEvent
type PullRequestTimelineItemsConnection { nodes: [PullRequestTimelineItems] }
type PullRequestReview { author: Actor state: PullRequestReviewState! submittedAt: DateTime url: URI! }
type PullRequestReviewConnection { nodes: [PullRequestReview] pageInfo: PageInfo! }
type IssueComment { author: Actor createdAt: DateTime! url: URI! }
type IssueCommentConnection { nodes: [IssueComment] pageInfo: PageInfo! }
type PullRequest {
  number: Int! title: String! url: URI! createdAt: DateTime! updatedAt: DateTime! mergedAt: DateTime closedAt: DateTime
  isDraft: Boolean! headRefName: String! baseRefName: String! additions: Int! deletions: Int! changedFiles: Int!
  author: Actor mergedBy: Actor mergeCommit: Commit
  labels(first: Int, after: String): LabelConnection
  commits(first: Int, after: String): PullRequestCommitConnection!
  timelineItems(last: Int, itemTypes: [PullRequestTimelineItemsItemType!]): PullRequestTimelineItemsConnection!
  reviews(first: Int, after: String): PullRequestReviewConnection
  comments(first: Int, after: String): IssueCommentConnection!
}
type PullRequestConnection { nodes: [PullRequest] pageInfo: PageInfo! }
type Issue {
  number: Int! title: String! url: URI! createdAt: DateTime! updatedAt: DateTime! closedAt: DateTime
  labels(first: Int, after: String): LabelConnection
}
type IssueConnection { nodes: [Issue] pageInfo: PageInfo! }
type Ref { name: String! }
type DeploymentStatus { state: DeploymentStatusState! createdAt: DateTime! logUrl: URI environmentUrl: URI }
type DeploymentStatusConnection { nodes: [DeploymentStatus] pageInfo: PageInfo! }
type Deployment {
  databaseId: Int environment: String createdAt: DateTime! commitOid: String! description: String ref: Ref
  statuses(first: Int, after: String): DeploymentStatusConnection
}
type DeploymentConnection { nodes: [Deployment] pageInfo: PageInfo! }
type Release {
  databaseId: Int tagName: String! name: String createdAt: DateTime! publishedAt: DateTime isDraft: Boolean!
  isPrerelease: Boolean! url: URI! tagCommit: Commit
}
type ReleaseConnection { nodes: [Release] pageInfo: PageInfo! }
type Repository {
  pullRequest(number: Int!): PullRequest
  pullRequests(first: Int, after: String, orderBy: IssueOrder): PullRequestConnection!
  issues(first: Int, after: String, orderBy: IssueOrder): IssueConnection!
  deployments(first: Int, after: String, orderBy: DeploymentOrder): DeploymentConnection!
  releases(first: Int, after: String, orderBy: ReleaseOrder): ReleaseConnection!
}
type Query { repository(owner: String!, name: String!, followRenames: Boolean = true): Repository }
""")


def execute(repository: Any, query: str, variables: Row) -> Row:
    """What GitHub answers: the data, and errors beside it."""

    def found(_: Any, owner: str, name: str, **__: Any) -> Any:
        return _repository(repository) if f"{owner}/{name}" == repository.path else None

    result = graphql_sync(SCHEMA, query, {"repository": found}, variable_values=variables)
    errors = {"errors": [{"message": error.message} for error in result.errors]} if result.errors else {}
    return {"data": result.data, **errors}


def _repository(repository: Any) -> Row:
    pulls = sorted(repository.pulls, key=lambda row: row["updated_at"], reverse=True)
    issues = sorted(repository.issues, key=lambda row: row["updated_at"], reverse=True)
    return {
        "pullRequest": lambda _, number: _pull(next(row for row in pulls if row["number"] == number)),
        "pullRequests": _connection(pulls, _pull),
        "issues": _connection(issues, _common),
        "deployments": _connection(repository.deployments[::-1], _deployment),
        "releases": _connection(by_commit(repository.releases), _release),
    }


def _connection(rows: list[Row], node: Callable[[Row], Row]) -> Callable[..., Row]:
    def resolve(_: Any, first: int = 30, after: str | None = None, **__: Any) -> Row:
        start = int(base64.b64decode(after).decode().rpartition(":")[2]) if after else 0
        end = min(start + first, len(rows))
        cursor = base64.b64encode(f"cursor:v2:{end}".encode()).decode() if rows else None
        about = {"hasNextPage": end < len(rows), "endCursor": cursor}
        return {"nodes": list(map(node, rows[start:end])), "pageInfo": about, "totalCount": len(rows)}

    return resolve


def _common(row: Row) -> Row:
    return {
        **{name: row[name] for name in ("number", "title")},
        "url": row["html_url"],
        "createdAt": row["created_at"],
        "updatedAt": row["updated_at"],
        "closedAt": row["closed_at"],
        "labels": _connection(row["labels"], dict),
    }


def _actor(user: Row | None) -> Row | None:
    if user is None:
        return None
    login = user["login"].removesuffix("[bot]")
    return {"__typename": user["type"], "login": login, "databaseId": user["id"], "name": user.get("name")}


def _pull(row: Row) -> Row:
    merged = {"oid": row["merge_commit_sha"]} if row["merged_at"] else None
    commits = [{"commit": {"authoredDate": row["first_commit"]}}] * row["commits"]
    turns = [("ReadyForReviewEvent", at) for at in row["ready"]] + [
        ("ConvertToDraftEvent", at) for at in row["drafted"]
    ]
    return _common(row) | {
        "mergedAt": row["merged_at"],
        "isDraft": row["draft"],
        "headRefName": row["head"]["ref"],
        "baseRefName": row["base"]["ref"],
        "additions": row["additions"],
        "deletions": row["deletions"],
        "changedFiles": row["changed_files"],
        "author": _actor(row["user"]),
        "mergedBy": _actor(row["merged_by"]),
        "mergeCommit": merged,
        "commits": _connection(commits, dict),
        "timelineItems": {"nodes": [{"__typename": kind, "createdAt": at} for kind, at in turns]},
        "reviews": _connection(row["reviews"], _answer),
        "comments": _connection(row["notes"], _answer),
    }


def _answer(row: Row) -> Row:
    moments = {"submittedAt": row.get("submitted_at"), "createdAt": row.get("created_at")}
    return {"author": _actor(row["user"]), "url": row["html_url"], "state": row.get("state"), **moments}


def _deployment(row: Row) -> Row:
    states = [
        {"state": each["state"].upper(), "createdAt": each["created_at"], "logUrl": each["log_url"]}
        for each in row["states"]
    ]
    return {
        "databaseId": row["id"],
        "environment": row["environment"],
        "createdAt": row["created_at"],
        "commitOid": row["sha"],
        "description": row["description"],
        "ref": {"name": row["ref"]} if row["ref"] else None,
        "statuses": _connection(states, dict),
    }


def _release(row: Row) -> Row:
    return {
        "databaseId": row["id"],
        "tagName": row["tag_name"],
        "name": row["name"],
        "createdAt": row["created_at"],
        "publishedAt": row["published_at"],
        "isDraft": row["draft"],
        "isPrerelease": row["prerelease"],
        "url": row["html_url"],
        "tagCommit": {"oid": "5" * 40},
    }
