"""Releases, wherever they stand in a listing: one of old code, or of an old day, comes far behind the newest."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from functools import partial

from maestro_core.collectors.delivery import DeliveryBatch
from maestro_core.collectors.listings import BEGINNING, Batches, Listing, Page, Reading, Row, moment

DAY = timedelta(days=1)
SLACK = timedelta(minutes=10)
MOST_PAGES = 100
LOOKED_AT = "all releases looked at"


def releases(
    reading: Reading, listing: Listing, page_of: Callable[[str | None], Page], *, came_at: Callable[[Row], datetime]
) -> Batches:
    """What changed among the newest, and once a day all that came since, however far down.

    Tools list releases by the day of their commit (GitHub) or by a day that people choose (GitLab), not by when they
    came: one of a commit of last year stands behind all of this year. A hundred are looked at with one question.
    """
    is_first = reading.position(listing.name).until is None
    served: list[datetime] = []

    def page_served(token: str | None) -> Page:
        page = page_of(token)
        served.append(page.served_at)
        return page

    yield from reading.newest_first(listing, page_served)
    now, before = reading.clock.now(), reading.cursor.get(LOOKED_AT)
    if before and moment(before) > now - DAY:
        return
    late: list[Row] = []
    if not is_first:
        since = moment(before) - SLACK if before else BEGINNING
        rows = yield from _all(reading, page_served)
        late = [row for row in rows if _came_since(row, since, came_at)]
    told = (yield from listing.told(late)) if late else {}
    # By the clock of the tool, which stamps them: ours may be ahead.
    reading.cursor = {**reading.cursor, LOOKED_AT: min([now, *served]).isoformat()}
    yield reading.batch(f"{listing.name.capitalize()}: all looked at, {len(late)} more", **told)


def _all(reading: Reading, page_of: Callable[[str | None], Page]) -> Generator[DeliveryBatch, None, list[Row]]:
    rows: list[Row] = []
    token: str | None = None
    for _ in range(MOST_PAGES):
        page = yield from reading.ask(partial(page_of, token))
        rows += page.rows
        token = page.following
        if token is None:
            break
    return rows


def _came_since(row: Row, since: datetime, came_at: Callable[[Row], datetime]) -> bool:
    try:
        return came_at(row) >= since
    except (KeyError, TypeError, ValueError):
        # Such as a draft, which has not come yet.
        return False
