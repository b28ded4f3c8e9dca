from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd

from maestro_core.scoring import newcomers

END = datetime(2026, 4, 1, tzinfo=UTC)
NO_ASKING = pd.DataFrame(
    {"author_id": pd.Series(dtype="object"), "created_at": pd.Series(dtype="datetime64[us, UTC]")}
).assign(merged_at=pd.Series(dtype="datetime64[us, UTC]"))


def days_ago(days: float) -> datetime:
    return END - timedelta(days=days)


def commits(*rows: tuple[str, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["person_id", "days"])
    at = pd.to_datetime(pd.Series([days_ago(days) for days in table["days"]]), utc=True)
    return table.assign(committed_at=at, is_merge=False)


def first(rows: pd.DataFrame) -> pd.Series:
    return rows.groupby("person_id")["committed_at"].min()


def test_who_came_before_is_no_newcomer_and_order_is_that_of_arrival() -> None:
    rows = commits(("old", 900), ("old", 10), ("two", 100), ("one", 300))
    found = newcomers.arrivals(rows, NO_ASKING, first(rows), end=END)
    assert found["person_id"].tolist() == ["one", "two"]


def test_who_only_opens_pull_requests_arrives_too_and_what_is_merged_after_the_end_is_not_yet() -> None:
    asked = pd.DataFrame({"author_id": ["ann", "bob"], "created_at": [days_ago(100), days_ago(50)]})
    asked = asked.assign(merged_at=[days_ago(90), days_ago(-5)])
    found = newcomers.arrivals(commits(("ann", 90)), asked, asked.set_index("author_id")["created_at"], end=END)
    assert found["arrived_at"].tolist() == [pd.Timestamp(days_ago(100)), pd.Timestamp(days_ago(50))]
    assert found["first_merged_at"].isna().tolist() == [False, True]


def test_the_tenth_commit_is_the_tenth() -> None:
    rows = commits(*(("ann", 100 - number) for number in range(12)), ("bob", 80))
    found = newcomers.arrivals(rows, NO_ASKING, first(rows), end=END).set_index("person_id")
    assert found.loc["ann", "tenth_at"] == pd.Timestamp(days_ago(91))
    assert pd.isna(found.loc["bob", "tenth_at"])


def test_who_commits_in_the_months_four_to_six_stayed_and_before_these_are_over_nobody_knows() -> None:
    rows = commits(("stays", 300), ("stays", 200), ("leaves", 300), ("late", 300), ("late", 10), ("new", 170))
    found = newcomers.arrivals(rows, NO_ASKING, first(rows), end=END).set_index("person_id")["stayed"]
    assert found["stays"] is True
    assert found["leaves"] is False
    assert found["late"] is False
    assert pd.isna(found["new"])


def test_four_newcomers_are_told_and_three_are_not() -> None:
    people = [(name, 200.0) for name in "abcd"]
    rows = commits(*people, ("a", 100), ("b", 100))
    found = newcomers.arrivals(rows, NO_ASKING, first(rows), end=END)
    stayed = newcomers.staying_share(found)
    assert (stayed.value, stayed.sample) == (0.5, 4)
    assert newcomers.staying_share(found.head(3)).reason == newcomers.FEW
    assert newcomers.days_to_tenth(found, end=END).reason == "no newcomer has ten commits"
    assert newcomers.days_to_tenth(found.head(3), end=END).reason == newcomers.FEW
    assert newcomers.by_quarter(found)["people"].tolist() == [4]
    assert newcomers.by_quarter(found.head(3)).empty


def test_time_to_the_first_merge_is_the_median_of_those_who_have_one() -> None:
    rows = commits(*((name, 100.0) for name in "abcd"))
    asked = pd.DataFrame(
        {
            "author_id": list("abc"),
            "created_at": [days_ago(100)] * 3,
            "merged_at": [days_ago(98), days_ago(96), days_ago(90)],
        }
    )
    found = newcomers.days_to_first_merge(newcomers.arrivals(rows, asked, first(rows), end=END), end=END)
    assert (found.value, found.sample) == (4, 3)


def test_nobody_new_is_said() -> None:
    rows = commits(("old", 900))
    found = newcomers.arrivals(rows, NO_ASKING, first(rows), end=END)
    assert newcomers.staying_share(found).reason == newcomers.NOBODY_NEW
    assert newcomers.days_to_first_merge(found, end=END).reason == newcomers.NOBODY_NEW
