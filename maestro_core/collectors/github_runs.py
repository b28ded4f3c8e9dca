"""Workflow runs of GitHub Actions with their jobs and earlier attempts.

A filtered listing of runs ends after 1,000: time is cut into windows of creation, so narrow that each holds fewer. A
run that is run again changes long after it was created, so each refresh reads the last week again, and asks for the
jobs of what changed since the last complete pass, by the clock of the server. What has not ended after a week is asked
for one by one until it has.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from maestro_core.collectors import github_answers as answers
from maestro_core.collectors.delivery import DeliveryBatch
from maestro_core.collectors.github_server import TOOL, GitHubServer, records
from maestro_core.collectors.guarded import Refused, server_time
from maestro_core.collectors.listings import Batches, Reading, Row, Told, moment, parsed

NAME = "workflow runs"
MOST_LISTED = 1000
PER_PAGE = 20
"""Few: each run takes a question or more, and a page that is not read whole is read again."""
JOBS_PER_PAGE = 100
AGAIN = timedelta(days=7)
SLACK = timedelta(minutes=10)
FIRST_WIDTH, NARROWEST, WIDEST = timedelta(days=7), timedelta(minutes=1), timedelta(days=64)
MOST_ATTEMPTS = 50
"""GitHub allows no more."""
MOST_OPEN = 200
MOST_JOB_PAGES = 20


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


@dataclass(frozen=True)
class _Listed:
    runs: list[Row]
    is_last: bool
    is_cut_off: bool
    served_at: datetime


class RunReading(Reading):
    """One pass over the workflow runs of a repository; it shares its cursor with what else is read."""

    def __init__(self, server: GitHubServer, cursor: Mapping[str, Any], *, history: timedelta) -> None:
        super().__init__(TOOL, cursor, server.clock)
        self.server, self.history = server, history
        self.found: set[str] = set()

    def everything(self) -> Batches:
        """All runs since the last complete pass; at first, as far back as is wanted."""
        yield from self.unless_closed(NAME, self._windows())
        yield from self.unless_closed(NAME, self._late())

    def _windows(self) -> Batches:
        window: Window | None = self._window()
        is_first = window is not None and window.settled is None
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
            if listed.is_cut_off and window.seconds > NARROWEST.total_seconds():
                window = replace(window, seconds=window.seconds / 2, page=1)
                continue
            window = replace(window, began=window.began or listed.served_at.isoformat())
            window = yield from self._read(window, listed)
        if is_first:
            yield self.batch("Workflow runs: read as far back as is wanted")

    def _window(self) -> Window:
        kept = Window(**self.cursor["runs"]) if "runs" in self.cursor else None
        if kept is None:
            return Window((self.clock.now() - self.history).isoformat(), FIRST_WIDTH.total_seconds())
        kept = replace(kept, unfinished=tuple(kept.unfinished))
        if kept.began or kept.settled is None:
            return kept
        return replace(
            kept, start=(moment(kept.settled) - AGAIN).isoformat(), seconds=2 * AGAIN.total_seconds(), page=1
        )

    def _listed(self, window: Window) -> _Listed:
        start, end = moment(window.start), moment(window.start) + timedelta(seconds=window.seconds)
        created = f"{_told(start)}..{_told(end)}" if end < self.clock.now() else f">={_told(start)}"
        answer = self.server.get("/actions/runs", created=created, per_page=PER_PAGE, page=window.page)
        told = answer.value if isinstance(answer.value, dict) else {}
        runs = records(told.get("workflow_runs"))
        is_last = 'rel="next"' not in answer.headers.get("link", "") or not runs
        total = answers.count(told.get("total_count")) or 0
        is_cut_off = total > MOST_LISTED or (window.page * PER_PAGE >= MOST_LISTED and len(runs) == PER_PAGE)
        return _Listed(runs, is_last, is_cut_off, server_time(answer.headers, self.clock.now()))

    def _read(self, window: Window, listed: _Listed) -> Generator[DeliveryBatch, None, Window | None]:
        """Tell what is fresh of a page; the next window, None behind the last."""
        fresh = [row for row in listed.runs if _is_fresh(window, row)]
        window = replace(window, unfinished=_unfinished(window.unfinished, listed.runs))
        self.found |= {str(row.get("id")) for row in listed.runs}
        following = self._following(window, listed)
        told = yield from self._tell_runs(fresh)
        self._keep(following or replace(window, settled=window.began, began=None))
        if fresh:
            at = str(fresh[-1].get("created_at"))[:10]
            yield self.batch(f"Workflow runs: {len(told['runs'])} more, at {at}", **told)
        return following

    def _following(self, window: Window, listed: _Listed) -> Window | None:
        if not listed.is_last:
            return replace(window, page=window.page + 1)
        end = moment(window.start) + timedelta(seconds=window.seconds)
        if end >= self.clock.now():
            return None
        is_sparse = window.page == 1 and len(listed.runs) < PER_PAGE
        seconds = min(window.seconds * 2, WIDEST.total_seconds()) if is_sparse else window.seconds
        return replace(window, start=end.isoformat(), seconds=seconds, page=1)

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
            listed = yield from self._jobs(row)
            told, odd_jobs = parsed("job", answers.job, listed)
            made = answers.ran(told)
            attempts = yield from self._attempts(row)
            whole, odd_runs = parsed("workflow run", partial(answers.run, jobs=made), [*attempts, row])
            runs += whole
            jobs += made if whole else []
            odd += odd_jobs + odd_runs
        return {"runs": tuple(runs), "jobs": tuple(jobs), "oddities": tuple(odd)}

    def _jobs(self, row: Row) -> Generator[DeliveryBatch, None, list[Row]]:
        """The jobs of all attempts."""
        jobs: list[Row] = []
        path, asked = f"/actions/runs/{row.get('id')}/jobs", {"filter": "all", "per_page": JOBS_PER_PAGE}
        for page in range(1, MOST_JOB_PAGES + 1):
            found = yield from self.ask(partial(self._one, path, **asked, page=page))
            listed = records((found or {}).get("jobs"))
            jobs += listed
            if len(listed) < JOBS_PER_PAGE:
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


def _is_fresh(window: Window, row: Row) -> bool:
    if window.settled is None or not row.get("updated_at"):
        return True
    return moment(row["updated_at"]) >= moment(window.settled) - SLACK


def _unfinished(known: Sequence[str], runs: Sequence[Row]) -> tuple[str, ...]:
    waiting = {str(row.get("id")) for row in runs if row.get("status") != "completed"}
    ended = {str(row.get("id")) for row in runs} - waiting
    return tuple(sorted(({*known} | waiting) - ended)[-MOST_OPEN:])


def _told(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
