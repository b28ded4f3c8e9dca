"""Reading a listing from where the last refresh ended, whatever changes, vanishes or is killed meanwhile.

Two ways to page, by what a tool offers:

- `newest_first`: from the newest change down to what the last complete pass began with. A killed pass goes on at its
  page; what changes meanwhile moves to the front, where the next pass finds it, and pushes others down: told twice.
- `oldest_first`: from a moment of change on; each page moves the moment, so that nothing can slip past between pages.

Tools stamp a change before others can see it, so each pass reads again a minute before where the last one ended, and
leaves out what it knows: what it told of that minute, by key and moment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import blake2b
from typing import Any, TypeVar

from maestro_core.collectors.delivery import DeliveryBatch
from maestro_core.collectors.guarded import Refused
from maestro_core.collectors.pacing import Clock, patiently
from maestro_core.errors import SourceUnavailable
from maestro_core.terms import UNREADABLE

Row = dict[str, Any]
Told = dict[str, tuple[Any, ...]]
"""Rows of a batch by its fields."""
Oddity = tuple[str, str, str]
Batches = Generator[DeliveryBatch, None, None]
Thing = TypeVar("Thing")

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
OVERLAP = timedelta(minutes=1)
UNSETTLED = timedelta(seconds=2)
"""What changed so shortly before it was told may change again within the same second: it is not taken as known."""
MOST_KNOWN = 1000
CLOSED = {403, 404, 410}
"""Forbidden to this token, not there, or switched off."""


@dataclass(frozen=True)
class Page:
    """Rows of a listing, how to ask for the next page (None: there is none), and when the server answered."""

    rows: Sequence[Row]
    following: str | None
    served_at: datetime
    etag: str | None = None
    """What the server calls this state of the page."""


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What a tool lists, and how it is read."""

    name: str
    """In the plural, as people see it in the progress."""
    key: Callable[[Row], str]
    changed_at: Callable[[Row], datetime]
    """The moment that the tool sorts by."""
    told: Callable[[Sequence[Row]], Generator[DeliveryBatch, None, Told]]
    """The rows of a batch; asks for more of each where the listing does not tell all."""
    again: timedelta = OVERLAP
    """How long before the end of the last pass is read again: longer where a change does not move a row."""
    state: Callable[[Row], str] = lambda _: ""
    """What changes with a row beside its moment."""

    def mark(self, row: Row) -> str:
        """What tells whether a row has changed since it was last told."""
        return f"{self.changed_at(row).isoformat()} {self.state(row)}".rstrip()


@dataclass(frozen=True)
class Position:
    """How far a listing is read, as it is kept in the cursor: moments as text."""

    until: str | None = None
    """The newest change that is read, with all before it."""
    known: Mapping[str, str] = field(default_factory=dict)
    page: str | None = None
    newest: str | None = None
    """The newest change when the present pass from the newest began."""
    coming: Mapping[str, str] = field(default_factory=dict)
    """What will be known when that pass is complete."""

    @property
    def end(self) -> datetime:
        return moment(self.until) if self.until else BEGINNING


class Reading:
    """One pass over a tool. Its cursor grows with it, and each batch carries the cursor behind it."""

    def __init__(self, tool: str, cursor: Mapping[str, Any], clock: Clock) -> None:
        self.tool, self.cursor, self.clock, self.done = tool, dict(cursor), clock, 0
        self.last_told = dict(cursor)

    def ask(self, step: Callable[[], Thing]) -> Generator[DeliveryBatch, None, Thing]:
        """The answer to a question, after the waits that the tool asks for."""
        return (yield from patiently(step, tool=self.tool, waiting=self.batch, clock=self.clock))

    def batch(self, message: str, **rows: Any) -> DeliveryBatch:
        """A batch with the cursor as it is now."""
        self.done += sum(len(each) for name, each in rows.items() if name != "oddities")
        self.last_told = dict(self.cursor)
        return DeliveryBatch(cursor=self.last_told, message=message, done=self.done, total=None, **rows)

    def odd(self, kind: str, subject: str, detail: str) -> DeliveryBatch:
        """A batch that only tells something odd."""
        return self.batch(f"{subject}: {kind}", oddities=((kind, subject, detail),))

    def each(
        self, rows: Iterable[Row], whole: Callable[[Row], Generator[DeliveryBatch, None, Row]]
    ) -> Generator[DeliveryBatch, None, list[Row]]:
        """Rows, each made whole by asking for more of it."""
        made: list[Row] = []
        for row in rows:
            made += [(yield from whole(row))]
        return made

    def position(self, name: str) -> Position:
        """How far a listing was read."""
        return Position(**self.cursor.get(name, {}))

    def move(self, name: str, position: Position) -> None:
        """Let batches from now on say that a listing is read so far."""
        self.cursor = {**self.cursor, name: asdict(position)}

    def unless_closed(self, name: str, batches: Iterator[DeliveryBatch]) -> Batches:
        """These batches; where the tool closes the door to them, that is odd, but no failure."""
        try:
            yield from batches
        except Refused as refused:
            if refused.status not in CLOSED:
                raise SourceUnavailable(f"{self.tool} does not tell its {name}: {refused}.") from None
            detail = f"{self.tool} answered {refused}. They are switched off, or this token may not read them."
            yield self.odd(UNREADABLE, name, detail)

    def newest_first(self, listing: Listing, page_of: Callable[[str | None], Page]) -> Batches:
        """What changed since the last complete pass, newest first."""
        before: Page | None = None
        while True:
            position = self.position(listing.name)
            page = yield from self._page(listing, position, page_of, before)
            if page is None:
                return
            yield from self._tell(listing, _further_down(listing, position, page), page.rows)
            if self.position(listing.name).page is None:
                return
            before = page

    def oldest_first(
        self, listing: Listing, page_of: Callable[[datetime, str | None], Page], *, since: datetime = BEGINNING
    ) -> Batches:
        """What changed since the last page that was read, oldest first; at the very first, since this moment."""
        position, before = self.position(listing.name), None
        start = since if position.until is None else position.end - (listing.again * (position.page is None))
        while True:
            position = self.position(listing.name)
            # Without a token it is another question, which may be answered alike.
            page = yield from self._page(listing, position, partial(page_of, start), before if position.page else None)
            if page is None:
                return
            yield from self._tell(listing, _further_up(listing, position, page, start), page.rows)
            if page.following is None:
                return
            before, start = page, _reached(listing, page, start)

    def _page(
        self, listing: Listing, position: Position, page_of: Callable[[str | None], Page], before: Page | None
    ) -> Generator[DeliveryBatch, None, Page | None]:
        """The next page; None, and the next refresh begins anew, where it has vanished or only comes again."""
        try:
            page = yield from self.ask(lambda: page_of(position.page))
        except Refused as refused:
            if position.page is None:
                raise
            yield self._anew(listing, "a page vanished", f"{self.tool} answered {refused}")
            return None
        page = replace(page, rows=[row for row in page.rows if _is_readable(listing, row)])
        if before and page.following and page.rows and page.rows == before.rows:
            yield self._anew(listing, "a page comes again and again", f"{self.tool} repeats itself")
            return None
        return page

    def begin_anew(self, name: str) -> None:
        """Forget how far a pass got that is not complete."""
        position = self.position(name)
        self.move(name, Position(until=position.until, known=position.known))
        self.cursor = {**self.cursor, "etags": {**self.cursor.get("etags", {}), name: None}}

    def _anew(self, listing: Listing, kind: str, reason: str) -> DeliveryBatch:
        self.begin_anew(listing.name)
        return self.odd(kind, listing.name, f"{reason}: the next refresh reads them again from the first page.")

    def _tell(self, listing: Listing, position: Position, rows: Sequence[Row]) -> Batches:
        before = self.position(listing.name)
        fresh = [row for row in rows if _is_fresh(listing, before, row)]
        told = (yield from listing.told(fresh)) if fresh else {}
        self.move(listing.name, position)
        if fresh or position != before:
            reached = f", at {listing.changed_at(fresh[-1]):%Y-%m-%d}" if fresh else ""
            yield self.batch(f"{listing.name.capitalize()}: {len(fresh)} more{reached}", **told)


def parsed(kind: str, parse: Callable[[Row], Thing | None], rows: Iterable[Row]) -> tuple[list[Thing], list[Oddity]]:
    """What can be made of rows, and what is odd about the others. `parse` answers None for what is left out."""
    made: list[Thing] = []
    odd: list[Oddity] = []
    for row in rows:
        try:
            thing = parse(row)
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            number = row.get("number", row.get("iid", row.get("id")))
            odd.append((f"{kind} cannot be understood", str(number), f"Left out: {type(problem).__name__} {problem}"))
        else:
            made += [] if thing is None else [thing]
    return made, odd


def key_of(told: Any) -> str:
    """What a row is known by; `ValueError` where it has none."""
    if told is None or isinstance(told, (dict, list)):
        raise ValueError("it has no key")
    return str(told)


def moment(text: str) -> datetime:
    """A moment as tools tell it, in UTC; `ValueError` for anything else.

    >>> moment("2026-03-01T12:00:00.123+02:00").isoformat()
    '2026-03-01T10:00:00.123000+00:00'
    """
    told = datetime.fromisoformat(text)
    try:
        return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)
    except OverflowError as problem:
        raise ValueError(f"{text} is no moment") from problem


def _is_readable(listing: Listing, row: Row) -> bool:
    try:
        return bool(listing.key(row)) and listing.changed_at(row) >= BEGINNING
    except (KeyError, TypeError, ValueError):
        return False


def _is_fresh(listing: Listing, position: Position, row: Row) -> bool:
    is_known = position.known.get(listing.key(row)) == listing.mark(row)
    return listing.changed_at(row) >= position.end - listing.again and not is_known


def _further_down(listing: Listing, position: Position, page: Page) -> Position:
    """The position behind a page of a pass from the newest down."""
    changes = [listing.changed_at(row) for row in page.rows]
    # What is dated ahead, such as a release that is announced, must not hide all that changes until then.
    past = [min(change, page.served_at) for change in changes]
    newest = moment(position.newest) if position.newest else max([position.end, *past])
    coming = _recent(listing, page, newest, position.coming or position.known)
    is_complete = page.following is None or not changes or min(changes) < position.end - listing.again
    if is_complete:
        return Position(until=newest.isoformat() if position.until or changes else None, known=coming)
    return replace(position, page=page.following, newest=newest.isoformat(), coming=coming)


def _further_up(listing: Listing, position: Position, page: Page, start: datetime) -> Position:
    """The position behind a page of a pass from the oldest up."""
    reached = _reached(listing, page, start)
    # So much changed at the very moment it was asked for that it fills a page: only its next page leads on.
    is_stuck = reached == start and page.following is not None
    last = start if is_stuck else max(position.end, reached)
    if page.following is None:
        # What is dated ahead must not hide all that changes until then.
        last = min(last, max(start, page.served_at))
    known = _recent(listing, page, last, position.known)
    return Position(until=last.isoformat(), known=known, page=page.following if is_stuck else None)


def _reached(listing: Listing, page: Page, start: datetime) -> datetime:
    """How far a page leads that begins with what changed at this moment."""
    return max([start, *(listing.changed_at(row) for row in page.rows)])


def _recent(listing: Listing, page: Page, newest: datetime, known: Mapping[str, str]) -> dict[str, str]:
    """What changed within the overlap before the newest change, and has settled."""
    settled = [row for row in page.rows if listing.changed_at(row) <= page.served_at - UNSETTLED]
    marks = {listing.key(row): listing.mark(row) for row in settled}
    recent = {
        key: mark for key, mark in {**known, **marks}.items() if moment(mark.split()[0]) >= newest - listing.again
    }
    return dict(sorted(recent.items(), key=lambda each: each[1])[-MOST_KNOWN:])


def digest(row: Row) -> str:
    """A short mark of all that a row tells."""
    return blake2b(json.dumps(row, sort_keys=True).encode(), digest_size=8).hexdigest()
