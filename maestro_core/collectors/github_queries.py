"""What is asked of GitHub's GraphQL. Fields are named as REST names them, so that both are parsed alike.

No e-mail is asked for: that takes a permission of its own. Reviews hold their comments on lines of code.
"""

from __future__ import annotations

_WHO = """
fragment who on Actor {
  login type: __typename
  ... on User { id: databaseId name } ... on Bot { id: databaseId } ... on Mannequin { id: databaseId }
}
"""
_ANSWER = "html_url: url user: author { ...who }"
_REVIEWS = f"pageInfo {{ hasNextPage endCursor }} nodes {{ state submitted_at: submittedAt {_ANSWER} }}"
_COMMENTS = f"pageInfo {{ hasNextPage endCursor }} nodes {{ created_at: createdAt {_ANSWER} }}"


def _listing(connection: str, order: str, fields: str) -> str:
    return f"""
query($owner: String!, $name: String!, $first: Int!, $after: String) {{
  repository(owner: $owner, name: $name) {{
    {connection}(first: $first, after: $after, orderBy: {{field: {order}, direction: DESC}}) {{
      pageInfo {{ hasNextPage endCursor }}
      nodes {{ {fields} }}
    }}
  }}
}}
"""


def _more(connection: str, fields: str) -> str:
    return f"""
query($owner: String!, $name: String!, $number: Int!, $after: String) {{
  repository(owner: $owner, name: $name) {{
    pullRequest(number: $number) {{ {connection}(first: 100, after: $after) {{ {fields} }} }}
  }}
}}
{_WHO}"""


PULL_REQUESTS = (
    _listing(
        "pullRequests",
        "UPDATED_AT",
        f"""
        number title html_url: url created_at: createdAt updated_at: updatedAt merged_at: mergedAt closed_at: closedAt
        draft: isDraft head_ref: headRefName base_ref: baseRefName additions deletions changed_files: changedFiles
        user: author {{ ...who }} merged_by: mergedBy {{ ...who }} merge_commit: mergeCommit {{ oid }}
        labels(first: 50) {{ nodes {{ name }} }}
        commits(first: 1) {{ totalCount nodes {{ commit {{ authoredDate }} }} }}
        turns: timelineItems(itemTypes: [READY_FOR_REVIEW_EVENT, CONVERT_TO_DRAFT_EVENT], last: 20) {{
          nodes {{
            kind: __typename
            ... on ReadyForReviewEvent {{ created_at: createdAt }}
            ... on ConvertToDraftEvent {{ created_at: createdAt }}
          }}
        }}
        reviews(first: 50) {{ {_REVIEWS} }}
        comments(first: 50) {{ {_COMMENTS} }}
        """,
    )
    + _WHO
)
MORE = {"reviews": _more("reviews", _REVIEWS), "comments": _more("comments", _COMMENTS)}
"""More of what a pull request has than fits into the listing."""

DEPLOYMENTS = _listing(
    "deployments",
    "CREATED_AT",
    """
    id: databaseId environment created_at: createdAt sha: commitOid description at: ref { name }
    statuses(first: 100) { nodes { state created_at: createdAt log_url: logUrl environment_url: environmentUrl } }
    """,
)
RELEASES = _listing(
    "releases",
    "CREATED_AT",
    """
    id: databaseId tag_name: tagName name created_at: createdAt published_at: publishedAt draft: isDraft
    prerelease: isPrerelease html_url: url commit: tagCommit { oid }
    """,
)
ISSUES = _listing(
    "issues",
    "UPDATED_AT",
    """
    number title html_url: url created_at: createdAt updated_at: updatedAt closed_at: closedAt
    labels(first: 50) { nodes { name } }
    """,
)
