"""What the listings of GitHub leave out of one thing: many answers of a pull request; by REST, its size and more."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping
from functools import partial
from typing import Any

from maestro_core.collectors import github_queries as queries
from maestro_core.collectors.delivery import DeliveryBatch
from maestro_core.collectors.details import DetailedReading
from maestro_core.collectors.github_server import TOOL, GitHubServer, records
from maestro_core.collectors.listings import Row

MOST_ANSWERS = 20
"""Pages of reviews, and of comments, of one pull request: programs have been seen to comment without end."""

Rows = Generator[DeliveryBatch, None, list[Row]]


class GitHubDetails(DetailedReading):
    """A pass that asks GitHub for more of each thing."""

    def __init__(self, server: GitHubServer, cursor: Mapping[str, Any]) -> None:
        super().__init__(TOOL, cursor, server.clock, probe=partial(server.get, ""))
        self.server = server

    def rest_of_pull(self, row: Row) -> Generator[DeliveryBatch, None, Row]:
        """A pull request of GraphQL with the answers that did not fit into the listing."""
        for name in queries.MORE:
            found = row.get(name) or {}
            more = self._all_more(row, name, following(found))
            rest = yield from self.detail(more, [], of=f"{name} of pull request {row['number']}")
            row = {**row, name: records(found.get("nodes")) + rest}
        return row

    def _all_more(self, row: Row, name: str, after: str | None) -> Rows:
        nodes: list[Row] = []
        for _ in range(MOST_ANSWERS):
            if after is None:
                break
            found = yield from self.ask(partial(self._more, row, name, after))
            nodes, after = nodes + records(found.get("nodes")), following(found)
        return nodes

    def _more(self, row: Row, name: str, after: str) -> Row:
        answer = self.server.query(queries.MORE[name], number=row["number"], after=after)
        found: Row = (answer.value.get("pullRequest") or {}).get(name) or {}
        return found

    def pull_by_rest(self, row: Row) -> Generator[DeliveryBatch, None, Row]:
        """A pull request of a listing of REST with what only other questions tell."""
        path, of = f"/pulls/{row['number']}", f"of pull request {row['number']}"
        told = yield from self.detail(self.ask(lambda: self.server.get(path).value), {}, of=f"size {of}")
        whole: Row = {**row, **(told if isinstance(told, dict) else {})}
        listings = {"reviews": f"{path}/reviews"}
        if whole.get("comments", True):
            listings["comments"] = f"/issues/{row['number']}/comments"
        for name, listing in listings.items():
            whole[name] = yield from self.detail(self._all(listing), [], of=f"{name} {of}")
        whole["first_commit_at"] = yield from self.detail(self._first_commit_at(path), None, of=f"first commit {of}")
        return whole

    def _first_commit_at(self, path: str) -> Generator[DeliveryBatch, None, Any]:
        first = yield from self.ask(partial(self.server.page, f"{path}/commits", None, per_page=1))
        author = (first.rows[0].get("commit") or {}).get("author") if first.rows else None
        return (author or {}).get("date")

    def with_states(self, row: Row) -> Generator[DeliveryBatch, None, Row]:
        """A deployment with its states, which only GraphQL tells in the listing."""
        if "statuses" in row:
            return row
        states = self._all(f"/deployments/{row['id']}/statuses")
        return {**row, "statuses": (yield from self.detail(states, [], of=f"states of deployment {row['id']}"))}

    def tags(self, wanted: Collection[str]) -> Generator[DeliveryBatch, None, dict[str, str]]:
        """The commits of these tags, as far as they are among the first 2,000."""
        found: dict[str, str] = {}
        token: str | None = None
        for _ in range(MOST_ANSWERS):
            page = yield from self.ask(partial(self.server.page, "/tags", token, per_page=100))
            found |= {str(row.get("name")): row["commit"]["sha"] for row in page.rows if row.get("commit")}
            token = page.following
            if token is None or found.keys() >= set(wanted):
                break
        return found

    def _all(self, path: str) -> Rows:
        """All rows of a listing that belongs to one thing."""
        rows: list[Row] = []
        token: str | None = None
        for _ in range(MOST_ANSWERS):
            page = yield from self.ask(partial(self.server.page, path, token, per_page=100))
            rows += page.rows
            token = page.following
            if token is None:
                break
        return rows


def following(found: Row) -> str | None:
    """The token of the next page of a connection of GraphQL."""
    about = found.get("pageInfo") or {}
    return about.get("endCursor") if about.get("hasNextPage") else None
