"""When a pull request that was a draft for a while began to wait for others. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from maestro_core.collectors.delivery import SeenReview


def ready_at(*, turns: Iterable[tuple[datetime, bool]], answered: Iterable[datetime]) -> datetime | None:
    """When it became ready the last time before its first answer; without an answer, the last time.

    None where it was ready from the start, and still was then: what is answered and made a draft again has waited all
    the same. `turns` are the moments at which it became ready (True) or a draft (False), `answered` those of answers.

    >>> nine, ten, noon = (datetime(2026, 6, 1, hour) for hour in (9, 10, 12))
    >>> ready_at(turns=[(nine, False), (noon, True)], answered=[])
    datetime.datetime(2026, 6, 1, 12, 0)
    >>> ready_at(turns=[(ten, False), (noon, True)], answered=[nine]) is None
    True
    >>> ready_at(turns=[(noon, True)], answered=[nine])
    datetime.datetime(2026, 6, 1, 12, 0)
    """
    in_order = sorted(turns)
    starts = [None] if in_order and not in_order[0][1] else []
    moments = [*starts, *(at for at, is_ready in in_order if is_ready)]
    first = min(answered, default=None)
    before = [at for at in moments if at is None or first is None or at <= first]
    return next(reversed(before or moments[:1]), None)


def by_people(answers: Iterable[SeenReview]) -> list[datetime]:
    """When people answered: what programs and the deleted said is no answer."""
    return [each.submitted_at for each in answers if each.account and not each.account.is_bot]
