"""Pull requests, issues, deployments and releases of a GitHub repository: by GraphQL, or by REST where it is refused.

GraphQL tells a page of pull requests with reviews, comments and first commits in one answer. REST takes three or four
questions for each, and does not say when a draft became ready; but it answers without a token.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from maestro_core.collectors import github_answers as answers
from maestro_core.collectors import github_queries as queries
from maestro_core.collectors.delivery import DeliveryBatch
from maestro_core.collectors.github_details import GitHubDetails, following
from maestro_core.collectors.github_server import GitHubServer, records
from maestro_core.collectors.guarded import Refused, server_time
from maestro_core.collectors.listings import (
    OVERLAP,
    Batches,
    Listing,
    Page,
    Position,
    Row,
    Told,
    digest,
    key_of,
    moment,
    parsed,
)
from maestro_core.collectors.releases import releases
from maestro_core.errors import SourceUnavailable
from maestro_core.terms import UNREADABLE

STATES_CHANGE = timedelta(days=7)
"""A deployment gets its states without moving in the listing."""
LONGEST_APPROVAL = timedelta(days=30)
"""So long GitHub waits for somebody to approve one."""
RELEASED_LATE = timedelta(days=90)
"""A release stands in the listing by the date of its commit: among older ones, new ones are sought once a day."""
FEWEST = 5
"""A GraphQL that cannot tell so many at once is out of order."""
GRAPHQL = "GraphQL"
NEWEST_FIRST = {"state": "all", "sort": "updated", "direction": "desc"}


@dataclass(frozen=True)
class _Topic:
    """A listing, and how it is asked for in GraphQL and in REST."""

    listing: Listing
    connection: str
    query: str
    rest: Callable[..., Page]
    at_once: int = 100
    """Rows of a page of GraphQL, which has ten seconds for it."""


class GitHubReading(GitHubDetails):
    """One pass over what people do in a repository."""

    def __init__(self, server: GitHubServer, cursor: Mapping[str, Any]) -> None:
        super().__init__(server, cursor)
        self.host = str(urlsplit(server.address.web).hostname)
        self.most_at_once = 100
        self.etags: dict[str, str | None] = {}
        """What GitHub called the first pages that are read but not yet told."""
        self.uses_graphql = False

    def everything(self) -> Batches:
        """All listings, each from where it was left."""
        yield from self._choose_interface()
        for topic in (self._pulls(), self._issues(), self._deploys()):
            yield from self.unless_closed(topic.listing.name, self.newest_first(topic.listing, self._pages(topic)))
        topic = self._releases()
        found = releases(self, topic.listing, self._pages(topic), came_at=_published)
        yield from self.unless_closed(topic.listing.name, found)

    def _pages(self, topic: _Topic) -> Callable[[str | None], Page]:
        return partial(self._page_by_query if self.uses_graphql else self._page_by_rest, topic)

    def _choose_interface(self) -> Batches:
        self.uses_graphql = yield from self.ask(self._has_graphql)
        chosen = GRAPHQL if self.uses_graphql else "REST"
        if self.cursor.get("interface", chosen) != chosen:
            # They number pages differently: what was read halfway begins anew.
            for name in ("pull requests", "issues", "deployments", "releases"):
                self.begin_anew(name)
        self.cursor = {**self.cursor, "interface": chosen}

    def _has_graphql(self) -> bool:
        if not self.server.has_token:
            return False
        try:
            self.server.query(queries.PULL_REQUESTS, first=1, after=None)
        except Refused:
            return False
        except TimeoutError:
            # It is busy: what is read by it is not begun anew by REST for that.
            return self.cursor.get("interface") == GRAPHQL
        return True

    def _pulls(self) -> _Topic:
        listing = Listing(name="pull requests", key=_number, changed_at=_updated, told=self._tell_pulls)
        rest = partial(self.server.page, "/pulls", **NEWEST_FIRST, per_page=10)
        return _Topic(listing, "pullRequests", queries.PULL_REQUESTS, rest, at_once=40)

    def _issues(self) -> _Topic:
        told = partial(self._simply, "issues", answers.issue)
        listing = Listing(name="issues", key=_number, changed_at=_updated, told=told)
        return _Topic(
            listing, "issues", queries.ISSUES, partial(self.server.page, "/issues", **NEWEST_FIRST, per_page=100)
        )

    def _deploys(self) -> _Topic:
        listing = Listing(
            name="deployments",
            key=_identity,
            changed_at=_created,
            told=self._tell_deployments,
            again=self._states_change(),
            # REST does not list the states, but a new one changes when the deployment was updated.
            state=digest,
        )
        return _Topic(
            listing, "deployments", queries.DEPLOYMENTS, partial(self.server.page, "/deployments", per_page=30)
        )

    def _releases(self) -> _Topic:
        listing = Listing(
            name="releases",
            key=_identity,
            changed_at=_created,
            told=self._tell_releases,
            again=RELEASED_LATE,
            state=digest,
        )
        return _Topic(listing, "releases", queries.RELEASES, partial(self.server.page, "/releases", per_page=100))

    def _page_by_query(self, topic: _Topic, after: str | None) -> Page:
        """A page by GraphQL, of fewer rows where it has not the time for so many."""
        while True:
            first = min(topic.at_once, self.most_at_once)
            try:
                answer = self.server.query(topic.query, first=first, after=after)
                break
            except TimeoutError as problem:
                if first <= FEWEST:
                    raise SourceUnavailable(f"GitHub cannot tell its {topic.listing.name}: {problem}.") from None
                self.most_at_once = max(first // 2, FEWEST)
        found = answer.value.get(topic.connection) or {}
        rows = records(found.get("nodes"))
        if hidden := len(found.get("nodes") or ()) - len(rows):
            self.lacking.append((UNREADABLE, f"{hidden} of a page of {topic.listing.name}", "GitHub hides them."))
        return Page(rows, following(found), server_time(answer.headers, self.clock.now()))

    def _page_by_rest(self, topic: _Topic, token: str | None) -> Page:
        """A page by REST. A first page that is as it was, with all behind it, does not count against the allowance."""
        listing = topic.listing
        # Where a change does not move a row, a first page that is as it was says nothing of those behind it.
        if token or listing.again != OVERLAP:
            return topic.rest(token)
        page = topic.rest(None, etag=self.cursor.get("etags", {}).get(listing.name))
        self.etags[listing.name] = page.etag
        return page

    def move(self, name: str, position: Position) -> None:
        """As ever, with what the first page was called: before all of it is told, it must not be taken as known."""
        super().move(name, position)
        if name in self.etags:
            self.cursor = {**self.cursor, "etags": {**self.cursor.get("etags", {}), name: self.etags.pop(name)}}

    def _simply(
        self, field: str, parse: Callable[[Row], Any], rows: Sequence[Row]
    ) -> Generator[DeliveryBatch, None, Told]:
        yield from ()
        made, odd = parsed(field.removesuffix("s"), parse, rows)
        return {field: tuple(made), "oddities": tuple(odd)}

    def _tell_pulls(self, rows: Sequence[Row]) -> Generator[DeliveryBatch, None, Told]:
        whole = yield from self.each(rows, self.rest_of_pull if self.uses_graphql else self.pull_by_rest)
        pulls, odd = parsed("pull request", partial(answers.pull_request, host=self.host), whole)
        reviews, more_odd = parsed("answers", partial(answers.answers, host=self.host), whole)
        flat = tuple(review for each in reviews for review in each)
        return {"pull_requests": tuple(pulls), "reviews": flat, "oddities": (*odd, *more_odd)}

    def _states_change(self) -> timedelta:
        """How long before the newest deployment others may get states: since the oldest that still waits for one."""
        waiting = [moment(created) for created in self.cursor.get("awaited deployments", {}).values()]
        since = max(min(waiting, default=self.clock.now()), self.clock.now() - LONGEST_APPROVAL)
        return max(STATES_CHANGE, self.position("deployments").end - since + OVERLAP)

    def _tell_deployments(self, rows: Sequence[Row]) -> Generator[DeliveryBatch, None, Told]:
        whole = yield from self.each(rows, self.with_states)
        told = yield from self._simply("deployments", answers.deployment, whole)
        known = self.cursor.get("awaited deployments", {})
        ends = {each.external_id: None if each.outcome else each.created_at.isoformat() for each in told["deployments"]}
        since = (self.clock.now() - LONGEST_APPROVAL).isoformat()
        waiting = {key: created for key, created in {**known, **ends}.items() if created and created > since}
        self.cursor = {**self.cursor, "awaited deployments": waiting}
        return told

    def _tell_releases(self, rows: Sequence[Row]) -> Generator[DeliveryBatch, None, Told]:
        # REST names the branch or commit that a tag was to be made of, not the one that it is of.
        wanted = {str(row.get("tag_name")) for row in rows if "commit" not in row and row.get("published_at")}
        tags = (yield from self.tags(wanted)) if wanted else {}
        whole = [{"commit": {"oid": tags.get(str(row.get("tag_name")))}, **row} for row in rows]
        return (yield from self._simply("releases", answers.release, whole))


def _updated(row: Row) -> datetime:
    return moment(row["updated_at"])


def _published(row: Row) -> datetime:
    return moment(row["published_at"])


def _created(row: Row) -> datetime:
    return moment(row["created_at"])


def _number(row: Row) -> str:
    return key_of(row["number"])


def _identity(row: Row) -> str:
    return key_of(row.get("id") or row["tag_name"])
