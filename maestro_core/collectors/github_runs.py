"""Workflow runs of GitHub Actions with their jobs and earlier attempts.

A filtered listing of runs ends after 1,000: time is cut into windows of creation, so narrow that each holds fewer. A
run that is run again changes after it was created, and no listing goes by that. So each refresh reads the last week
again, and one a day the last 30 days, after which GitHub runs nothing again; the jobs are asked for of what changed
since it was last read, by the clock of the server. What has not ended by then is asked for one by one until it has.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import Any

from maestro_core.collectors import github_answers as answers
from maestro_core.collectors.delivery import DeliveryBatch
from maestro_core.collectors.details import DetailedReading
from maestro_core.collectors.github_server import TOOL, GitHubServer, records
from maestro_core.collectors.guarded import OutOfOrder, Refused, server_time
from maestro_core.collectors.listings import Batches, Row, Told, moment, parsed

NAME = "workflow runs"
MOST_LISTED = 1000
PER_PAGE = 20
"""Few: each run takes a question or more, and a page that is not read whole is read again."""
KNOWN_PER_PAGE = 100
"""Of those older than a week, hardly any was run again."""
JOBS_PER_PAGE = (100, 20)
"""Fewer where GitHub has not the time for so many."""
DAY, AGAIN = timedelta(days=1), timedelta(days=7)
MONTH = timedelta(days=31)
"""GitHub runs again what was first run up to 30 days ago."""
SLACK = timedelta(minutes=10)
FIRST_WIDTH, NARROWEST, WIDEST = timedelta(days=7), timedelta(minutes=1), timedelta(days=64)
MOST_ATTEMPTS = 50
"""GitHub allows no more."""
MOST_OPEN = 200
MOST_JOBS = 2000


@dataclass(frozen=True)
class Window:
    """The runs that are read now: created since a moment, within a width, a page of them."""

    start: str
    seconds: float
    page: int = 1
    settled: str | None = None
    """When the last complete pass began."""
    began: str | None = None
    """When this one did; None between passes."""
    unfinished: tuple[str, ...] = ()
    month: str | None = None
    """When the last pass began that read the last month again."""
    reads_month: bool = False
    """Whether this one does."""
    total: int = 0
    """How many runs it held when its last page was told."""

    @property
    def end(self) -> datetime:
        return moment(self.start) + timedelta(seconds=self.seconds)

    @property
    def week(self) -> datetime:
        """Since when runs are read again by each refresh."""
        return moment(self.settled or self.start) - AGAIN

    @property
    def per_page(self) -> int:
        return KNOWN_PER_PAGE if self.end <= self.week else PER_PAGE

    @property
    def until_week(self) -> Window:
        """This window, ended where the last week begins: their pages differ in size."""
        if not moment(self.start) < self.week < self.end:
            return self
        return replace(self, seconds=(self.week - moment(self.start)).total_seconds())

    @property
    def settles(self) -> Window:
        """What is kept behind the last window of a pass."""
        month = self.began if self.reads_month or self.settled is None else self.month
        return replace(self, settled=self.began, month=month, began=None, reads_month=False)

    def is_fresh(self, row: Row) -> bool:
        """Whether a run may have changed since it was last read."""
        if self.settled is None or not row.get("updated_at"):
            return True
        is_old = moment(row["created_at"]) < self.week
        last = (self.month or row["created_at"]) if is_old else self.settled
        return moment(row["updated_at"]) >= moment(last) - SLACK


@dataclass(frozen=True)
class _Listed:
    runs: list[Row]
    is_last: bool
    is_cut_off: bool
    total: int
    served_at: datetime


class RunReading(DetailedReading):
    """One pass over the workflow runs of a repository; it shares its cursor with what else is read."""

    def __init__(self, server: GitHubServer, cursor: Mapping[str, Any], *, history: timedelta) -> None:
        super().__init__(TOOL, cursor, server.clock, probe=partial(server.get, ""))
        self.server, self.history = server, history
        self.found: set[str] = set()

    def everything(self) -> Batches:
        """All runs since the last complete pass; at first, as far back as is wanted."""
        yield from self.unless_closed(NAME, self._windows())
        yield from self.unless_closed(NAME, self._late())

    def _windows(self) -> Batches:
        window: Window | None = self._window()
        is_seldom = window is not None and (window.settled is None or window.reads_month)
        while window:
            try:
                listed = yield from self.ask(partial(self._listed, window))
            except Refused as refused:
                if window.page == 1:
                    raise
                self._keep(replace(window, page=1))
                yield self.odd(
                    "a page vanished", NAME, f"GitHub answered {refused}: the next refresh reads them again."
                )
                return
            if other := self._better(window, listed):
                window = other
                continue
            window = replace(window, began=window.began or listed.served_at.isoformat(), total=listed.total)
            window = yield from self._read(window, listed)
        if is_seldom or self.last_told.get("runs", {}).get("began"):
            # Told even where nothing changed: not to be done again before it is due, nor taken for one that was killed.
            yield self.batch("Workflow runs: read as far back as they may change")

    def _better(self, window: Window, listed: _Listed) -> Window | None:
        """The window to ask for instead, where a page does not tell all that it should."""
        if listed.is_cut_off and window.seconds > NARROWEST.total_seconds():
            return replace(window, seconds=window.seconds / 2, page=1)
        deleted = window.total - listed.total
        if window.page == 1 or deleted <= 0:
            return None
        # What was deleted on the pages before moved others up there.
        return replace(window, total=listed.total, page=max(1, window.page - ceil(deleted / window.per_page)))

    def _window(self) -> Window:
        kept = Window(**self.cursor["runs"]) if "runs" in self.cursor else None
        if kept is None:
            return Window((self.clock.now() - self.history).isoformat(), FIRST_WIDTH.total_seconds())
        kept = replace(kept, unfinished=tuple(kept.unfinished))
        if kept.began or kept.settled is None:
            return kept
        is_due = kept.month is None or moment(kept.month) <= self.clock.now() - DAY
        start = moment(kept.month or kept.settled) - MONTH if is_due else kept.week
        seconds = (MONTH if is_due else 2 * AGAIN).total_seconds()
        return replace(kept, start=start.isoformat(), seconds=seconds, page=1, reads_month=is_due).until_week

    def _listed(self, window: Window) -> _Listed:
        start, size = _told(moment(window.start)), window.per_page
        created = f"{start}..{_told(window.end)}" if window.end < self.clock.now() else f">={start}"
        answer = self.server.get("/actions/runs", created=created, per_page=size, page=window.page)
        told = answer.value if isinstance(answer.value, dict) else {}
        runs = records(told.get("workflow_runs"))
        is_last = 'rel="next"' not in answer.headers.get("link", "") or not runs
        total = answers.count(told.get("total_count")) or 0
        is_cut_off = total > MOST_LISTED or (window.page * size >= MOST_LISTED and len(runs) == size)
        return _Listed(runs, is_last, is_cut_off, total, server_time(answer.headers, self.clock.now()))

    def _read(self, window: Window, listed: _Listed) -> Generator[DeliveryBatch, None, Window | None]:
        """Tell what is fresh of a page; the next window, None behind the last."""
        fresh = [row for row in listed.runs if window.is_fresh(row)]
        window = replace(window, unfinished=_unfinished(window.unfinished, listed.runs))
        self.found |= {str(row.get("id")) for row in listed.runs}
        following = self._following(window, listed)
        told = yield from self._tell_runs(fresh)
        self._keep(following or window.settles)
        if fresh:
            at = str(fresh[-1].get("created_at"))[:10]
            yield self.batch(f"Workflow runs: {len(told['runs'])} more, at {at}", **told)
        return following

    def _following(self, window: Window, listed: _Listed) -> Window | None:
        if not listed.is_last:
            return replace(window, page=window.page + 1)
        if window.end >= self.clock.now():
            return None
        is_sparse = window.page == 1 and len(listed.runs) < PER_PAGE
        seconds = min(window.seconds * 2, WIDEST.total_seconds()) if is_sparse else window.seconds
        return replace(window, start=window.end.isoformat(), seconds=seconds, page=1).until_week

    def _keep(self, window: Window) -> None:
        self.cursor = {**self.cursor, "runs": asdict(window)}

    def _late(self) -> Batches:
        """Ask for what had not ended when it was last seen, and is too old to be listed again."""
        unfinished = self._window().unfinished if "runs" in self.cursor else ()
        for identity in sorted(set(unfinished) - self.found):
            run = yield from self.ask(partial(self._one, f"/actions/runs/{identity}"))
            if run is None or run.get("status") == "completed":
                told = (yield from self._tell_runs([run])) if run else {}
                kept = Window(**self.cursor["runs"])
                self._keep(replace(kept, unfinished=tuple(other for other in kept.unfinished if other != identity)))
                yield self.batch("Workflow runs: 1 more that has ended", **told)

    def _tell_runs(self, rows: Sequence[Row]) -> Generator[DeliveryBatch, None, Told]:
        runs, jobs, odd = [], [], []
        for row in rows:
            listed = yield from self.detail(self._jobs(row), [], of=f"jobs of workflow run {row.get('id')}")
            told, odd_jobs = parsed("job", answers.job, listed)
            made = answers.ran(told)
            attempts = yield from self.detail(self._attempts(row), [], of=f"attempts of workflow run {row.get('id')}")
            whole, odd_runs = parsed("workflow run", partial(answers.run, jobs=made), [*attempts, row])
            runs += whole
            jobs += made if whole else []
            odd += odd_jobs + odd_runs
        return {"runs": tuple(runs), "jobs": tuple(jobs), "oddities": tuple(odd)}

    def _jobs(self, row: Row) -> Generator[DeliveryBatch, None, list[Row]]:
        """The jobs of all attempts."""
        *large, small = JOBS_PER_PAGE
        for size in large:
            with suppress(OutOfOrder):
                return (yield from self._jobs_by(size, row))
        return (yield from self._jobs_by(small, row))

    def _jobs_by(self, size: int, row: Row) -> Generator[DeliveryBatch, None, list[Row]]:
        jobs: list[Row] = []
        path, asked = f"/actions/runs/{row.get('id')}/jobs", {"filter": "all", "per_page": size}
        for page in range(1, MOST_JOBS // size + 1):
            found = yield from self.ask(partial(self._one, path, **asked, page=page))
            listed = records((found or {}).get("jobs"))
            jobs += listed
            if len(listed) < size:
                break
        return jobs

    def _attempts(self, row: Row) -> Generator[DeliveryBatch, None, list[Row]]:
        """The attempts before the last."""
        last = min(answers.count(row.get("run_attempt")) or 1, MOST_ATTEMPTS)
        found = []
        for attempt in range(1, last):
            found += [(yield from self.ask(partial(self._one, f"/actions/runs/{row.get('id')}/attempts/{attempt}")))]
        return [each for each in found if each]

    def _one(self, path: str, **parameters: Any) -> Row | None:
        """What a path tells; None for what is deleted."""
        try:
            value = self.server.get(path, **parameters).value
        except Refused as refused:
            if refused.status not in {404, 410}:
                raise
            return None
        return value if isinstance(value, dict) else None


def _unfinished(known: Sequence[str], runs: Sequence[Row]) -> tuple[str, ...]:
    waiting = {str(row.get("id")) for row in runs if row.get("status") != "completed"}
    ended = {str(row.get("id")) for row in runs} - waiting
    return tuple(sorted(({*known} | waiting) - ended)[-MOST_OPEN:])


def _told(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
