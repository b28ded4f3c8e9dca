"""What stands out in a team's Git activity: rules over computed numbers, each with evidence and how sure it is.

Plain text, no markup, no names of people. What tells how work is shared between people needs at least four of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pandas as pd
from scipy import stats

from maestro_core.scoring import git_activity
from maestro_core.scoring.collaboration import MINIMUM_PEOPLE, CollaborationScore
from maestro_core.scoring.git_activity import Calendar, counted
from maestro_core.scoring.insight import Insight, Sureness
from maestro_core.scoring.insights_teamwork import Teamwork, between_reviewers, people_apart
from maestro_core.scoring.network import PersonDays
from maestro_core.scoring.patterns import REPEATEDLY, alone_on
from maestro_core.terms import Period, percent

NIGHT_SHARE = 0.25
SILO_SHARE, SILO_FILES = 0.5, 10
STALE = timedelta(days=30)
LOW_PART = 0.4
CHANCE = 0.05
FEW_WEEKS = 4


def insights(
    commits: pd.DataFrame,
    days: PersonDays,
    branches: pd.DataFrame,
    *,
    period: Period,
    calendar: Calendar,
    score: CollaborationScore | None = None,
    teamwork: Teamwork | None = None,
) -> list[Insight]:
    """What stands out in the period against the one before; the commits cover both. Nothing found: an empty list.

    `days`: who worked on which file in the period. `teamwork`: how reviews and partners are shared, where known.
    """
    rows = counted(commits, period)
    return [
        *(_between_people(rows, days, period) if rows["person_id"].nunique() >= MINIMUM_PEOPLE else ()),
        *((*people_apart(teamwork), *between_reviewers(teamwork)) if teamwork else ()),
        *_night_and_weekend(commits, period),
        *_change_of_pace(commits, period, calendar),
        *_stale_branches(branches, period),
        *(_weakest_part(score) if score else ()),
    ]


def change_of_pace(now: pd.Series[int], before: pd.Series[int]) -> float:
    """The chance to see weekly counts differ at least this much when nothing changed, two-sided.

    Commits come in bursts, so a plain Poisson test cries wolf: the variance is scaled by the dispersion of the weeks
    around their two means, never below 1 (quasi-Poisson, McCullagh and Nelder 1989), against Student's t.

    >>> steady = pd.Series([10, 11, 9, 10])
    >>> round(change_of_pace(steady, steady), 2), change_of_pace(steady * 3, steady) < 0.001
    (1.0, True)
    """
    means = now.mean(), before.mean()
    overall = (now.sum() + before.sum()) / (len(now) + len(before))
    if not overall:
        return 1.0
    freedom = len(now) + len(before) - 2
    spread = ((now - means[0]) ** 2).sum() + ((before - means[1]) ** 2).sum()
    dispersion = max(1.0, float(spread) / overall / freedom)
    error = np.sqrt(dispersion * overall * (1 / len(now) + 1 / len(before)))
    return float(2 * stats.t.sf(abs(means[0] - means[1]) / error, freedom))


def _between_people(rows: pd.DataFrame, days: PersonDays, period: Period) -> Iterator[Insight]:
    yield from _one_holds_half(rows, period)
    yield from _silos(days)


def _one_holds_half(rows: pd.DataFrame, period: Period) -> Iterator[Insight]:
    if git_activity.contributor_absence_factor(rows, period=period).value != 1:
        return
    people, largest = rows["person_id"].nunique(), rows["person_id"].value_counts().iloc[0]
    yield Insight(
        "one_holds_half",
        f"One of {people} people made {percent(largest / len(rows))} of the commits.",
        (("people", people), ("commits", len(rows)), ("commits of the most active", int(largest))),
        Sureness.COUNTED,
        f"a plain count of {len(rows)} commits",
        "Pair on the next larger change, and let somebody else take the follow-up.",
    )


def _silos(days: PersonDays) -> Iterator[Insight]:
    """Files that keep being changed, but only by one person."""
    files, alone = alone_on(days)
    if files < SILO_FILES:
        return
    low = stats.binomtest(alone, files).proportion_ci(0.9, method="wilson").low
    if low <= SILO_SHARE:
        return
    yield Insight(
        "silos",
        f"{percent(alone / files)} of the files with {REPEATEDLY} person-days of work or more have one author.",
        (
            ("files worked on repeatedly", files),
            ("of these, files with one author", alone),
            ("low end of the 90 % interval", percent(float(low))),
        ),
        Sureness.BEYOND_CHANCE,
        f"even the low end of the 90 % interval, {percent(low)}, is more than half",
        "Review each other's files, or swap areas for one task.",
        rows="silos",
    )


def _night_and_weekend(commits: pd.DataFrame, period: Period) -> Iterator[Insight]:
    share = git_activity.night_and_weekend_share(commits, period=period)
    if share.value is None or share.low is None or share.low <= NIGHT_SHARE:
        return
    yield Insight(
        "night_and_weekend",
        f"{percent(share.value)} of the commits were written at night or at a weekend.",
        (
            ("commits", share.sample),
            ("share of them", percent(share.value)),
            ("low end of the 90 % interval", percent(share.low)),
        ),
        Sureness.BEYOND_CHANCE,
        f"even the low end of the 90 % interval, {percent(share.low)}, is above {percent(NIGHT_SHARE)}",
        "Ask the team whether this is choice or pressure before changing anything.",
        rows="hours",
    )


def _change_of_pace(commits: pd.DataFrame, period: Period, calendar: Calendar) -> Iterator[Insight]:
    now, before = (
        git_activity.weekly_commits(commits, period=span, calendar=calendar) for span in (period, period.before)
    )
    # A series that starts with this period shows when the source was connected, not a rise.
    if min(len(now), len(before)) < FEW_WEEKS or not before.sum():
        return
    chance = change_of_pace(now, before)
    if chance >= CHANCE:
        return
    word = "more" if now.mean() > before.mean() else "fewer"
    yield Insight(
        "change_of_pace",
        f"There were {word} commits per week than before: {now.mean():.1f} after {before.mean():.1f}.",
        (("commits per week", float(now.mean())), ("commits per week before", float(before.mean()))),
        Sureness.BEYOND_CHANCE,
        f"chance alone would differ as much in {_percent(chance)} of such periods, if weeks were independent",
        "Look at what changed: people, holidays, a release, or only the habit of committing.",
    )


def _stale_branches(branches: pd.DataFrame, period: Period) -> Iterator[Insight]:
    if branches.empty:
        return
    open_work = branches[git_activity.unmerged(branches) & (branches["last_commit_at"] < period.end - STALE)]
    if open_work.empty:
        return
    oldest = open_work.sort_values("last_commit_at").head(5)
    days = (period.end - pd.to_datetime(oldest["last_commit_at"], utc=True)).dt.days
    yield Insight(
        "stale_branches",
        f"Unmerged branches without a commit for {STALE.days} days: {len(open_work)} of {len(branches)} branches.",
        tuple((str(name), f"{age} days since its last commit") for name, age in zip(oldest["name"], days, strict=True)),
        Sureness.COUNTED,
        f"a plain count of {len(branches)} branches",
        "Merge what is wanted in smaller steps, and delete the rest.",
    )


def _weakest_part(score: CollaborationScore) -> Iterator[Insight]:
    """The lowest part, if even the upper end of its interval is low; parts about sharing need enough people."""
    low = [part for part in score.parts if part.high is not None and part.high < LOW_PART]
    if not low or score.people < MINIMUM_PEOPLE:
        return
    part = min(low, key=lambda candidate: candidate.value or 0.0)
    yield Insight(
        "weakest_part",
        f"{part.title} is low in the collaboration score: {part.value:.2f} of 1.",
        (
            ("90 % interval, of 1", f"{part.low or 0.0:.2f} to {part.high:.2f}"),
            ("weight in the score, of 100", part.weight),
        ),
        Sureness.ESTIMATED,
        f"even the high end of its 90 % interval, {part.high:.2f}, is below {LOW_PART}",
        ADVICE[part.name],
    )


def _percent(chance: float) -> str:
    return f"{100 * chance:.1f} %" if chance >= 0.001 else "under 0.1 %"


ADVICE = {
    "review_coverage": "Ask for one review before each merge; start with the riskiest directory.",
    "no_unreviewed_self_merge": "Protect the default branch, so that a second person approves.",
    "first_response": "Agree on a time of day for first looks at open pull requests.",
    "keeping_up": "Close or finish open pull requests before opening new ones.",
    "review_load_spread": "Rotate who reviews, or let the tool assign reviewers in turn.",
    "shared_files": "Let two people take turns in the same area.",
    "connectivity": "Plan one task across the groups that do not share any file.",
    "contribution_balance": "Cut the work of the most active into pieces that others can take.",
}
