"""Merge requests, issues, deployments, pipelines and releases of a GitLab project.

Almost everything can be listed by when it changed, oldest first. The listings tell neither the notes and commits of a
merge request nor the times of a pipeline: two questions for each. Only GraphQL tells how many lines a merge request
changes, for a page of them at once; where it is refused, their size is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

from maestro_core.collectors import gitlab_answers as answers
from maestro_core.collectors import gitlab_children as children
from maestro_core.collectors.delivery import DeliveryBatch
from maestro_core.collectors.details import DetailedReading
from maestro_core.collectors.gitlab_server import TOOL, GitLabServer, records
from maestro_core.collectors.guarded import Refused
from maestro_core.collectors.listings import (
    BEGINNING,
    Batches,
    Listing,
    Oddity,
    Page,
    Row,
    Told,
    digest,
    key_of,
    moment,
    parsed,
)
from maestro_core.collectors.releases import releases

SIZES = """
query($path: ID!, $iids: [String!]) {
  project(fullPath: $path) {
    mergeRequests(iids: $iids, first: 20) { nodes { iid diffStatsSummary { additions deletions fileCount } } }
  }
}
"""
AT_ONCE = 20
"""Of what takes questions for each; a page that is not read whole is read again."""
PER_PAGE = 100
MOST_PAGES = 20
"""Of the notes, commits or jobs of one thing: programs have been seen to comment without end."""
RELEASED_LATE = timedelta(days=90)
"""A release may be changed after its day, and does not move: among older ones, new ones are sought once a day."""
OLDEST_CHANGE_FIRST = {"order_by": "updated_at", "sort": "asc"}

Whole = Generator[DeliveryBatch, None, Row]
Telling = Generator[DeliveryBatch, None, Told]


class GitLabReading(DetailedReading):
    """One pass over a project."""

    def __init__(self, server: GitLabServer, cursor: Mapping[str, Any]) -> None:
        super().__init__(TOOL, cursor, server.clock, probe=partial(server.get, ""))
        self.server, self.host = server, str(urlsplit(server.address.web).hostname)

    def everything(self, *, pipelines_since: datetime) -> Batches:
        """All listings, each from where it was left."""
        yield from self._changed("merge_requests", self._tell_merge_requests, key="iid", per_page=AT_ONCE, scope="all")
        yield from self._changed("issues", partial(self._simply, "issues", answers.issue), key="iid", scope="all")
        yield from self._changed("deployments", partial(self._simply, "deployments", answers.deployment))
        yield from self.unless_closed("releases", self._releases())
        yield from self._changed("pipelines", self._tell_pipelines, since=pipelines_since, per_page=AT_ONCE)
        yield from self._changed(
            "pipelines",
            self._tell_children,
            name="child pipelines",
            since=pipelines_since,
            per_page=children.AT_ONCE,
            source=children.SOURCE,
        )

    def _changed(
        self,
        path: str,
        told: Callable[[Sequence[Row]], Telling],
        *,
        name: str = "",
        key: str = "id",
        since: datetime = BEGINNING,
        **asked: Any,
    ) -> Batches:
        listing = Listing(
            name=name or path.replace("_", " "),
            key=lambda row: key_of(row[key]),
            changed_at=lambda row: moment(row["updated_at"]),
            told=told,
        )
        page_of = partial(self._page_since, f"/{path}", {"per_page": PER_PAGE, **OLDEST_CHANGE_FIRST, **asked})
        yield from self.unless_closed(listing.name, self.oldest_first(listing, page_of, since=since))

    def _page_since(self, path: str, asked: Row, since: datetime, token: str | None) -> Page:
        after = since.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return self.server.page(path, token, **asked, updated_after=after)

    def _releases(self) -> Batches:
        listing = Listing(
            name="releases",
            key=lambda row: key_of(row["tag_name"]),
            changed_at=lambda row: moment(row["released_at"]),
            told=partial(self._simply, "releases", answers.release),
            again=RELEASED_LATE,
            state=digest,
        )
        page_of = partial(self.server.page, "/releases", order_by="released_at", sort="desc", per_page=PER_PAGE)
        yield from releases(self, listing, page_of, came_at=lambda row: moment(row["created_at"]))

    def _simply(self, field: str, parse: Callable[[Row], Any], rows: Sequence[Row]) -> Telling:
        yield from ()
        made, odd = parsed(field.removesuffix("s"), parse, rows)
        return {field: tuple(made), "oddities": tuple(odd)}

    def _tell_merge_requests(self, rows: Sequence[Row]) -> Telling:
        asking = self.ask(partial(self._sizes, [str(row["iid"]) for row in rows]))
        sizes = yield from self.detail(asking, {}, of=f"sizes of {len(rows)} merge requests")
        sized = [{**row, "sizes": sizes.get(str(row["iid"]))} for row in rows]
        whole = yield from self.each(sized, self._whole_merge_request)
        pulls, odd = parsed("merge request", partial(answers.merge_request, host=self.host), whole)
        reviews, more_odd = parsed("notes", partial(answers.answers, host=self.host), whole)
        flat = tuple(review for each in reviews for review in each)
        return {"pull_requests": tuple(pulls), "reviews": flat, "oddities": (*odd, *more_odd)}

    def _sizes(self, numbers: list[str]) -> dict[str, Row]:
        try:
            found = self.server.query(SIZES, iids=numbers)
        except Refused:
            return {}
        nodes = records((found.get("mergeRequests") or {}).get("nodes"))
        return {str(node.get("iid")): node.get("diffStatsSummary") or {} for node in nodes}

    def _whole_merge_request(self, row: Row) -> Whole:
        path = f"/merge_requests/{row['iid']}"
        of = f"of merge request {row['iid']}"
        notes = yield from self.detail(
            self._all(f"{path}/notes", sort="asc", order_by="created_at"), [], of=f"notes {of}"
        )
        commits = yield from self.detail(self._all(f"{path}/commits"), [], of=f"commits {of}")
        return {**row, "notes": notes, "commits": commits, "commit_count": len(commits) or None}

    def _tell_pipelines(self, rows: Sequence[Row]) -> Telling:
        whole = yield from self.each(rows, self._whole_pipeline)
        runs, odd = parsed("pipeline", answers.pipeline, whole)
        jobs = []
        for row in whole:
            made, odd_jobs = parsed("job", partial(answers.job, pipeline=row["id"]), row["jobs"])
            jobs += made
            odd += odd_jobs
        return {"runs": tuple(runs), "jobs": tuple(jobs), "oddities": tuple(odd)}

    def _tell_children(self, rows: Sequence[Row]) -> Telling:
        """The jobs of child pipelines, with the runs they belong to, which may have begun since these were read."""
        # A server that does not know how to list them lists all others.
        ours = [row for row in rows if row.get("source") == children.SOURCE]
        parents = (yield from self.ask(partial(self._parents, ours))) if ours else {}
        jobs: list[Any] = []
        odd: list[Oddity] = [children.UNKNOWN_PARENTS] if len(parents) < len(ours) else []
        for row, parent in ((row, parents[row["id"]]) for row in ours if row["id"] in parents):
            told = yield from self._all(f"/pipelines/{row['id']}/jobs", include_retried="true")
            made, odd_jobs = parsed("job", partial(answers.job, pipeline=parent.run, through=parent.through), told)
            jobs += made
            odd += odd_jobs
        runs, odd_runs = yield from self._runs({parent.run for parent in parents.values()})
        return {"runs": tuple(runs), "jobs": tuple(jobs), "oddities": (*odd, *odd_runs)}

    def _parents(self, rows: list[Row]) -> dict[Any, children.Parent]:
        numbers = {f"iid{place}": str(row.get("iid")) for place, row in enumerate(rows)}
        try:
            return children.parents(rows, self.server.query(children.question(len(rows)), **numbers))
        except Refused:
            return {}

    def _runs(self, keys: Collection[str]) -> Generator[DeliveryBatch, None, tuple[list[Any], list[Oddity]]]:
        found = []
        for key in sorted(keys):
            found += [(yield from self.ask(partial(self._one, f"/pipelines/{quote(key, safe='')}")))]
        return parsed("pipeline", answers.pipeline, filter(None, found))

    def _whole_pipeline(self, row: Row) -> Whole:
        """A pipeline by its own page: its listing tells no times. One that was deleted meanwhile is told as listed."""
        path, of = f"/pipelines/{row['id']}", f"of pipeline {row['id']}"
        found = yield from self.detail(self.ask(partial(self._one, path)), {}, of=f"times {of}")
        jobs = yield from self.detail(self._all(f"{path}/jobs", include_retried="true"), [], of=f"jobs {of}")
        return {**row, **found, "jobs": jobs}

    def _one(self, path: str) -> Row:
        try:
            value = self.server.get(path).value
        except Refused as refused:
            if refused.status != 404:
                raise
            return {}
        return value if isinstance(value, dict) else {}

    def _all(self, path: str, **asked: Any) -> Generator[DeliveryBatch, None, list[Row]]:
        """All rows of a listing that belongs to one thing; none where the thing was deleted meanwhile."""
        rows: list[Row] = []
        token: str | None = None
        for _ in range(MOST_PAGES):
            try:
                page = yield from self.ask(partial(self.server.page, path, token, **asked, per_page=PER_PAGE))
            except Refused as refused:
                if refused.status != 404:
                    raise
                break
            rows += page.rows
            token = page.following
            if token is None:
                break
        return rows
