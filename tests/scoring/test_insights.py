"""Insights speak when the numbers do, say why, and never about one person."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from maestro_core.scoring.collaboration import DEFINITIONS, CollaborationScore, Part
from maestro_core.scoring.git_activity import Calendar, counted
from maestro_core.scoring.insight import Insight
from maestro_core.scoring.insights import ADVICE, change_of_pace, insights
from maestro_core.scoring.network import person_days
from maestro_core.terms import Measured, Period

PERIOD = Period.days_between(date(2026, 1, 5), date(2026, 3, 30))  # twelve weeks
NO_CHANGE = pd.DataFrame(columns=["commit_id", "file_id"])
NO_BRANCH = pd.DataFrame(columns=["repository_id", "name", "last_commit_at", "merged", "is_default"])


def commits(people: list[str], *, per_week: int, start: datetime = PERIOD.start, hour: int = 12) -> pd.DataFrame:
    """Twelve weeks of commits on Tuesdays, the people taking turns."""
    rows = [
        (
            f"{start:%j} {week} {hour} {n}",
            people[n % len(people)],
            start + timedelta(weeks=week, days=1, hours=hour, minutes=n),
        )
        for week in range(12)
        for n in range(per_week)
    ]
    frame = pd.DataFrame(rows, columns=["commit_id", "person_id", "committed_at"])
    return frame.assign(authored_at=frame["committed_at"], utc_offset_minutes=0, is_merge=False, added=1, deleted=0)


def found(
    rows: pd.DataFrame,
    *,
    changes: pd.DataFrame = NO_CHANGE,
    branches: pd.DataFrame = NO_BRANCH,
    score: CollaborationScore | None = None,
) -> dict[str, Insight]:
    days = person_days(changes, counted(rows, PERIOD))
    everything = insights(rows, days, branches, period=PERIOD, calendar=Calendar(), score=score)
    return {insight.name: insight for insight in everything}


FOUR = ["ann", "bob", "eve", "joe"]


def test_an_even_steady_team_gives_nothing_to_say() -> None:
    before = commits(FOUR, per_week=8, start=PERIOD.before.start)
    assert found(pd.concat([before, commits(FOUR, per_week=8)])) == {}


def test_nothing_measured_gives_nothing_to_say() -> None:
    assert found(commits(FOUR, per_week=0)) == {}


def test_half_the_commits_by_one_of_four_is_said_without_a_name() -> None:
    insight = found(commits(["ann", "ann", "ann", *FOUR], per_week=7))["one_holds_half"]
    assert insight.sentence == "One of 4 people made 57 % of the commits."
    assert ("commits", 84) in insight.evidence
    assert "ann" not in str(insight)


def test_below_four_people_nothing_is_said_about_sharing() -> None:
    rows = commits(["ann", "ann", "ann", "bob", "eve"], per_week=10)
    assert found(rows, changes=_one_file_each(rows)) == {}


def _one_file_each(rows: pd.DataFrame, files: int = 20) -> pd.DataFrame:
    """Every commit changes all the files that belong to its person alone."""
    owned = [(row.commit_id, f"{row.person_id} {n}") for row in rows.itertuples() for n in range(files)]
    return pd.DataFrame(owned, columns=["commit_id", "file_id"])


def test_files_that_only_one_person_changes_are_silos() -> None:
    rows = commits(FOUR, per_week=8)
    insight = found(rows, changes=_one_file_each(rows))["silos"]
    assert insight.sentence.startswith("100 % of the files with 3 person-days of work or more")
    assert ("files worked on repeatedly", 80) in insight.evidence


@pytest.mark.parametrize("reason", ["shared", "few files", "few days"])
def test_shared_few_or_hardly_touched_files_are_no_silos(reason: str) -> None:
    rows = commits(FOUR, per_week=8)
    changes = _one_file_each(rows, files=2 if reason == "few files" else 20)
    if reason == "shared":
        changes = changes.assign(file_id=changes["file_id"].str.split().str[1])
    if reason == "few days":
        changes = changes[changes["commit_id"].isin(rows["commit_id"].head(8))]
    assert "silos" not in found(rows, changes=changes)


def test_work_at_night_is_said_when_even_its_low_end_is_above_a_quarter() -> None:
    day, night = commits(FOUR, per_week=8), commits(FOUR, per_week=4, hour=23)
    insight = found(pd.concat([day, night]))["night_and_weekend"]
    assert insight.sentence.startswith("33 % of the commits")
    assert str(dict(insight.evidence)["low end of the 90 % interval"]).endswith(" %")
    assert "night_and_weekend" not in found(pd.concat([day, night.head(4)]))


@pytest.mark.parametrize(("now", "before", "word"), [(4, 12, "fewer"), (12, 4, "more")])
def test_a_change_of_pace_beyond_chance_is_said(now: int, before: int, word: str) -> None:
    rows = pd.concat([commits(FOUR, per_week=before, start=PERIOD.before.start), commits(FOUR, per_week=now)])
    assert found(rows)["change_of_pace"].sentence == (
        f"There were {word} commits per week than before: {now:.1f} after {before:.1f}."
    )


def test_a_history_that_starts_with_the_period_is_no_rise() -> None:
    assert "change_of_pace" not in found(commits(FOUR, per_week=50))


def test_bursts_alone_raise_a_false_alarm_in_about_one_of_twenty_periods() -> None:
    # Negative binomial weeks of mean 20 and variance 120; a plain binomial test is wrong in 39 % of them.
    chance = np.random.default_rng(5)
    pairs = [chance.negative_binomial(4, 4 / 24, (2, 13)) for _ in range(400)]
    alarms = np.mean([change_of_pace(pd.Series(now), pd.Series(before)) < 0.05 for now, before in pairs])
    assert 0.02 < alarms < 0.08


def test_unmerged_branches_without_a_commit_for_a_month_are_said_oldest_first() -> None:
    ages = {"old": 31, "<b>older</b>": 90, "fresh": 29, "merged": 90, "main": 90}
    rows = [
        ("r", name, PERIOD.end - timedelta(days=age), name == "merged", name == "main") for name, age in ages.items()
    ]
    insight = found(commits(FOUR, per_week=0), branches=pd.DataFrame(rows, columns=NO_BRANCH.columns))["stale_branches"]
    assert insight.sentence == "Unmerged branches without a commit for 30 days: 2 of 5 branches."
    assert insight.evidence == (
        ("<b>older</b>", "90 days since its last commit"),
        ("old", "31 days since its last commit"),
    )


@pytest.mark.parametrize(("high", "people", "said"), [(0.3, 4, True), (0.6, 4, False), (0.3, 3, False)])
def test_the_weakest_part_is_said_when_surely_low_and_the_team_is_large_enough(
    high: float, people: int, said: bool
) -> None:
    parts = tuple(
        Part(name, name, 10, "source", value=value, numerator=value, denominator=1.0, low=0.0, high=value + high - 0.2)
        for name, value in {"connectivity": 0.2, "shared_files": 0.9}.items()
    )
    score = CollaborationScore(Measured(value=55.0), parts, 20, 100, PERIOD, PERIOD, people)
    names = found(commits(FOUR, per_week=0), score=score)
    assert ("weakest_part" in names) == said
    if said:
        assert names["weakest_part"].try_this == ADVICE["connectivity"]


def test_every_part_of_the_score_has_advice() -> None:
    assert set(ADVICE) == set(DEFINITIONS)


def test_sentences_carry_no_markup() -> None:
    rows = commits(["ann", "ann", "ann", *FOUR], per_week=7, hour=23)
    for insight in found(rows, changes=_one_file_each(rows)).values():
        assert not set("<>*_`[]#|") & set(insight.sentence + insight.why_sure + insight.try_this)
