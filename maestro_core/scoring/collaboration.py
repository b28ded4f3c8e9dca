"""How well a team works together: the collaboration score, its eight parts and what they rest on. Team level."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from maestro_core.scoring import network, reviews
from maestro_core.scoring.catalogue import measure
from maestro_core.scoring.git_activity import absence_factor, counted
from maestro_core.scoring.network import Numbers, PersonDays, person_days
from maestro_core.scoring.reviews import Estimate, weeks_before_end
from maestro_core.scoring.working_hours import WorkingHours
from maestro_core.terms import Better, Measured, Period

VERSION = "v1"
MINIMUM_PEOPLE = 4  # below this, nothing is broken down to persons (SPACE: team level and above)

WINDOW = timedelta(days=90)
LONG_WINDOW = timedelta(days=180)
FEW_COMMITS = 100  # fewer in 90 days: the Git parts look at 180
MANY_PEOPLE, FEWEST_DRAWS = 256, 30
GATE_PEOPLE, GATE_COMMITS, GATE_MERGED = 3, 30, 10


@dataclass(frozen=True)
class Definition:
    """What a part means, how much it weighs, where it comes from, what its numerator and denominator count."""

    title: str
    weight: int
    source: str
    counted: str
    nothing: str = "nothing to measure"


GIT_PARTS = {
    "shared_files": Definition("Shared files", 15, "our own, after Bird et al. 2011", "person-days on files"),
    "connectivity": Definition(
        "Connectivity", 10, "Latora and Marchiori 2001, global efficiency", "pairs of people each way, by nearness"
    ),
    "contribution_balance": Definition("Contribution balance", 10, "CHAOSS, Contributor Absence Factor", "people"),
}
REVIEW_PARTS = {
    "review_coverage": Definition("Review coverage", 20, "CHAOSS, Change Request Reviews", "merged pull requests"),
    "no_unreviewed_self_merge": Definition(
        "No unreviewed self-merge", 10, "CHAOSS, Self-Merge Rates", "merged pull requests", "who merged is not known"
    ),
    "first_response": Definition(
        "First response", 15, "CHAOSS, Time to First Response", "in logarithms", "no pull request was answered"
    ),
    "keeping_up": Definition(
        "Keeping up", 10, "CHAOSS, Change Request Closure Ratio", "closed of opened", "no pull request was opened"
    ),
    "review_load_spread": Definition(
        "Review load spread", 10, "CHAOSS, Absence Factor, of reviews", "people", "nobody reviewed"
    ),
}
DEFINITIONS = REVIEW_PARTS | GIT_PARTS


@dataclass(frozen=True)
class Part:
    """One part of the score: value = numerator / denominator, at most 1; or None with the reason."""

    name: str
    title: str
    weight: int
    source: str
    counted: str = ""
    value: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class CollaborationScore:
    """The score with its parts, the weight that they make available, and the spans they look at."""

    score: Measured[float]
    parts: tuple[Part, ...]
    available_weight: int
    total_weight: int
    git_period: Period
    review_period: Period
    people: int
    working_hours: WorkingHours | None = None
    version: str = VERSION


@dataclass(frozen=True)
class Evidence:
    """What a score rests on, as columns, covering the 180 days up to its end; merges and bots may not be in `changes`.

    commits: see `git_activity`. changes: commit_id, file_id. pull_requests: id, author_id, created_at, merged_at,
    merged_by_id, closed_at. reviews: pull_request_id, person_id, submitted_at, state. No code review: None. `reviewed`
    are the projects with code review, None for all.
    """

    commits: pd.DataFrame
    changes: pd.DataFrame
    pull_requests: pd.DataFrame | None = None
    reviews: pd.DataFrame | None = None
    working_hours: WorkingHours | None = None
    reviewed: Collection[int] | None = None


@measure(
    "Collaboration score",
    unit="0–100",
    better=Better.HIGHER,
    source="our own v1; parts after CHAOSS and Latora and Marchiori 2001",
)
def collaboration_score(evidence: Evidence, *, end: datetime, seed: int, draws: int = 200) -> CollaborationScore:
    """100 · Σ weight · part / Σ weight over the parts that have enough data, for the 90 days before `end`.

    Review coverage 20: pull requests merged after a review by another person / merged. No unreviewed self-merge 10:
    1 − merged by the author without review / merged. First response 15: 1 − ln(t / 4 h) / ln(168 h / 4 h) between 0 and
    1, t the median wait; where working hours are told, t counts only these, and the hours of their week replace 168 h.
    Keeping up 10: closed / opened, at most 1. Review load spread 10: absence factor of reviews / half the active
    people, at most 1. Shared files 15: person-days on files with two or more authors / person-days on
    files. Connectivity 10: global efficiency of the co-editing network. Contribution balance 10: absence factor of days
    with a commit / half the active people, at most 1.

    Independent of volume: days and pull requests count, not commits, so that splitting a commit moves nothing. The Git
    parts look at 180 days when 90 have fewer than 100 commits, and need 3 people and 30 commits that change a file;
    the review parts need 3 people and 10 merged pull requests. A part without enough data is left out and says why;
    the weight available shows how much of the whole was seen: Git alone is 35 of 100. These gates alone count commits:
    they ask whether there is enough to look at, so that a split commit can open one, or lead from 180 days back to 90.
    No score per person.

    The interval is a 90 % one from resampling weeks, `draws` times. A resample holds fewer distinct weeks, in which
    less looks shared, so that the spread of the draws is used around the value, not where they lie. Of more than 256
    people fewer draws are made, down to 30: they take time with the people, and spread less.
    """
    chance = np.random.default_rng(seed)
    window = Period(end - WINDOW, end)
    git = _git(evidence, window)
    draws = min(draws, max(FEWEST_DRAWS, draws * MANY_PEOPLE // max(len(git.people), 1)))
    review = _review(evidence, window)
    outcomes = _outcomes(review, chance, draws) | _outcomes(git, chance, draws)
    parts = tuple(_part(name, outcome) for name, outcome in outcomes.items())
    return CollaborationScore(
        score=_combined(parts, outcomes, sample=git.sample + review.sample),
        parts=parts,
        available_weight=sum(part.weight for part in parts if part.value is not None),
        total_weight=sum(part.weight for part in parts),
        git_period=git.period,
        review_period=window,
        people=len(git.people | review.people),
        working_hours=evidence.working_hours,
    )


def weighted(values: Mapping[str, float | None]) -> float | None:
    """100 · Σ weight · part / Σ weight over the parts that have a value; None when none has.

    >>> weighted({"shared_files": 0.5, "connectivity": 1.0, "keeping_up": None})
    70.0
    """
    known = {name: value for name, value in values.items() if value is not None}
    if not known:
        return None
    total = sum(DEFINITIONS[name].weight for name in known)
    return 100 * sum(DEFINITIONS[name].weight * value for name, value in known.items()) / total


@dataclass(frozen=True)
class _Group:
    """Estimates over the same weeks behind the same gate; a reason says why the gate is shut."""

    definitions: Mapping[str, Definition]
    period: Period
    people: frozenset[Any]
    sample: int
    estimates: Mapping[str, Estimate] = field(default_factory=dict)
    reason: str | None = None


@dataclass(frozen=True)
class _Outcome:
    """A part's numerator and denominator, and its value in each draw; not a number where there is none."""

    numerator: float
    denominator: float
    draws: Numbers
    reason: str | None = None


def _git(evidence: Evidence, window: Period) -> _Group:
    """The Git parts over 90 days, or 180 where these have few commits."""
    long = Period(window.end - LONG_WINDOW, window.end)
    period = window if len(_changing(evidence, window)) >= FEW_COMMITS else long
    commits = _changing(evidence, period)
    people = frozenset(commits["person_id"])
    few = _too_few(len(people), "people with a commit", GATE_PEOPLE)
    if reason := few or _too_few(len(commits), "commits", GATE_COMMITS):
        return _Group(GIT_PARTS, period, people, len(commits), reason=reason)
    days = person_days(evidence.changes, commits, week=weeks_before_end(commits["committed_at"], period))
    return _Group(GIT_PARTS, period, people, len(commits), _git_estimates(days))


def _changing(evidence: Evidence, period: Period) -> pd.DataFrame:
    """The commits of a period. One that changes no file is no evidence."""
    return counted(evidence.commits[evidence.commits["commit_id"].isin(evidence.changes["commit_id"])], period)


def _git_estimates(days: PersonDays) -> dict[str, Estimate]:
    rows = days.rows_of_person_days()
    person, week = days.person[days.pair[rows]], days.week[rows]
    return {
        "shared_files": lambda times: network.shared_files(days, times[days.week]),
        "connectivity": lambda times: network.connectivity(days, times[days.week]),
        "contribution_balance": lambda times: _balance(np.bincount(person, weights=times[week]).astype(np.float64)),
    }


def _balance(commit_days: Numbers) -> tuple[float, float]:
    """The absence factor of days with a commit, and half the people who have any, rounded up."""
    return float(absence_factor(commit_days) or 0), float(np.ceil((commit_days > 0).sum() / 2))


def _review(evidence: Evidence, window: Period) -> _Group:
    """The review parts; their people are who opens pull requests or reviews, or commits where code is reviewed."""
    pull_requests, given = evidence.pull_requests, evidence.reviews
    if pull_requests is None or given is None:
        return _Group(REVIEW_PARTS, window, frozenset(), 0, reason=reviews.NO_CODE_REVIEW)
    rows = _changing(evidence, window)
    rows = rows if evidence.reviewed is None else rows[rows["project"].isin(evidence.reviewed)]
    people = frozenset(rows["person_id"]) | reviews.active_people(pull_requests, given, period=window)
    merged = reviews.merged_in(pull_requests, given, period=window)
    few = _too_few(len(people), "active people", GATE_PEOPLE)
    if reason := few or _too_few(len(merged), "merged pull requests", GATE_MERGED):
        return _Group(REVIEW_PARTS, window, people, len(merged), reason=reason)
    estimates = reviews.estimates(
        pull_requests, given, period=window, people=len(people), working_hours=evidence.working_hours
    )
    return _Group(REVIEW_PARTS, window, people, len(merged), estimates)


def _too_few(seen: int, what: str, needed: int) -> str | None:
    return f"{what}: {seen}, at least {needed} are needed" if seen < needed else None


def _outcomes(group: _Group, chance: np.random.Generator, draws: int) -> dict[str, _Outcome]:
    """Every part as measured, and in so many resamples of the weeks, the same weeks for all parts of the group."""
    nothing = np.full(draws, np.nan)
    if group.reason:
        return {name: _Outcome(0.0, 0.0, nothing, group.reason) for name in group.definitions}
    weeks = math.ceil(group.period.weeks)
    resamples = chance.multinomial(weeks, np.full(weeks, 1 / weeks), size=draws).astype(np.float64)
    outcomes = {}
    for name, estimate in group.estimates.items():
        drawn = np.array([_ratio(*estimate(times)) for times in resamples])
        outcomes[name] = _Outcome(*estimate(np.ones(weeks)), drawn)
    return outcomes


def _ratio(numerator: float, denominator: float) -> float:
    return min(1.0, numerator / denominator) if denominator else math.nan


def _part(name: str, outcome: _Outcome) -> Part:
    definition = DEFINITIONS[name]
    part = Part(name, definition.title, definition.weight, definition.source, definition.counted)
    if not outcome.denominator:
        return replace(part, reason=outcome.reason or definition.nothing)
    value = _ratio(outcome.numerator, outcome.denominator)
    low, high = _interval(value, outcome.draws, top=1.0)
    return replace(part, value=value, numerator=outcome.numerator, denominator=outcome.denominator, low=low, high=high)


def _combined(parts: Iterable[Part], outcomes: Mapping[str, _Outcome], *, sample: int) -> Measured[float]:
    available = {part.name: part for part in parts if part.value is not None}
    score = weighted({name: part.value for name, part in available.items()})
    if score is None:
        return Measured[float].missing("; ".join(sorted({part.reason or "" for part in parts})), sample=sample)
    values = np.array([outcomes[name].draws for name in available])
    weights = np.array([[part.weight] for part in available.values()]) * ~np.isnan(values)
    seen = weights.sum(axis=0) > 0
    drawn = 100 * (weights * np.nan_to_num(values)).sum(axis=0)[seen] / weights.sum(axis=0)[seen]
    low, high = _interval(score, drawn, top=100.0)
    return Measured[float](value=score, sample=sample, low=low, high=high)


def _interval(value: float, draws: Numbers, *, top: float) -> tuple[float, float]:
    """The middle 90 % of the draws, moved so that their median is the value."""
    low, middle, high = np.nanquantile(draws, (0.05, 0.5, 0.95))
    # The difference first: rounding after the first sum could leave the value outside its own interval.
    below, above = min(low - middle, 0.0), max(high - middle, 0.0)
    return float(np.clip(value + below, 0.0, top)), float(np.clip(value + above, 0.0, top))
