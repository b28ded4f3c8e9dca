"""What stands out in how a team shares its reviews and its code. Told of projects and teams; nobody is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from maestro_core.scoring.insight import Insight, Sureness
from maestro_core.terms import Measured, percent

ONE_REVIEWER = 0.5
STAMPED = 0.2
ONE_PAIR = 0.6
FEWEST_OF_A_PAIR = 10
APART = 0.1


@dataclass(frozen=True)
class Teamwork:
    """How reviews and code are shared; `reviewing`: see `patterns.reviewing_by_project`."""

    reviewing: pd.DataFrame
    rubber_stamps: Measured[float]
    largest_pair: Measured[float]
    apart: Measured[float]


def between_reviewers(seen: Teamwork) -> Iterator[Insight]:
    """One reviewer for all, approval without reading, and reviewing between two."""
    yield from _one_reviewer(seen.reviewing)
    yield from _rubber_stamps(seen.rubber_stamps)
    yield from _one_pair(seen.largest_pair)


def people_apart(seen: Teamwork) -> Iterator[Insight]:
    """People who share no changed file with anybody."""
    apart = seen.apart
    if apart.value is None or apart.low is None or apart.low <= APART:
        return
    number = round(apart.value * apart.sample)
    yield Insight(
        "people_apart",
        f"{number} of {apart.sample} people {'shares' if number == 1 else 'share'} no changed file with anybody.",
        (
            ("people", apart.sample),
            ("people apart from all others", number),
            ("low end of the 90 % interval", percent(apart.low)),
        ),
        Sureness.BEYOND_CHANCE,
        f"even the low end of the 90 % interval, {percent(apart.low)}, is above {percent(APART)}",
        "Let each of them do the next task with somebody who knows the place.",
        rows="silos",
    )


def _one_reviewer(reviewing: pd.DataFrame) -> Iterator[Insight]:
    """In which project most rests on one reviewer; the interval must be beyond a half."""
    sure = reviewing[reviewing["low"] > ONE_REVIEWER]
    if sure.empty:
        return
    worst = sure.iloc[0]
    others = len(sure) - 1
    more = f" The same holds for {others} other {'project' if others == 1 else 'projects'}." if others else ""
    yield Insight(
        "one_reviewer",
        f"In {worst['project']}, one of {worst['people']} people gave {percent(worst['share'])} of the reviews.{more}",
        (
            ("reviews", int(worst["reviews"])),
            ("people who reviewed", int(worst["reviewers"])),
            ("low end of the 90 % interval", percent(float(worst["low"]))),
        ),
        Sureness.BEYOND_CHANCE,
        f"even the low end of the 90 % interval, {percent(worst['low'])}, is more than half",
        "Let the tool assign reviewers in turn, and have the usual one look at the riskiest changes only.",
        rows="reviewing",
    )


def _rubber_stamps(stamps: Measured[float]) -> Iterator[Insight]:
    if stamps.value is None or stamps.low is None or stamps.low <= STAMPED:
        return
    yield Insight(
        "rubber_stamps",
        f"{percent(stamps.value)} of the approved pull requests over 200 lines were approved within 5 minutes.",
        (
            ("large approved pull requests", stamps.sample),
            ("share of them", percent(stamps.value)),
            ("low end of the 90 % interval", percent(stamps.low)),
        ),
        Sureness.BEYOND_CHANCE,
        f"even the low end of the 90 % interval, {percent(stamps.low)}, is above {percent(STAMPED)}",
        "Open smaller pull requests, and ask what a review is for: where it finds nothing, drop it openly.",
        rows="reviewing",
    )


def _one_pair(pair: Measured[float]) -> Iterator[Insight]:
    if pair.value is None or pair.value <= ONE_PAIR or pair.sample < FEWEST_OF_A_PAIR:
        return
    is_sure = (pair.low or 0.0) > ONE_PAIR
    interval = () if pair.low is None else (("low end of the 90 % interval", percent(pair.low)),)
    yield Insight(
        "one_pair",
        f"{percent(pair.value)} of the reviews are between the same two people.",
        (
            ("reviews", pair.sample),
            ("share of them", percent(pair.value)),
            *interval,
        ),
        Sureness.BEYOND_CHANCE if is_sure else Sureness.COUNTED,
        f"a count of {pair.sample} reviews",
        "Ask a third person to review the next change of either.",
        rows="reviewing",
    )
