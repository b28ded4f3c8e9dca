"""Patterns of working together, told of teams: side by side, silos, hours, one reviewer for all. See also `newcomers`.

Commits as in `git_activity`; changes: commit_id, file_id; co_authors: commit_id, person_id. Every pattern has a measure
with its sample and an interval, and the rows it rests on. Nothing here is a judgement of a person.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from maestro_core.scoring import git_activity, reviews
from maestro_core.scoring.catalogue import measure
from maestro_core.scoring.collaboration import MINIMUM_PEOPLE
from maestro_core.scoring.git_activity import counted, local_times
from maestro_core.scoring.network import MOST_AUTHORS, PersonDays
from maestro_core.scoring.samples import share, wilson
from maestro_core.terms import Better, Measured, Period

NEAR_DAYS = 3
REPEATEDLY = 3  # days of work that make a file or its only author worth telling
FOLDER_DAYS = 10
MOST_OF_A_FOLDER = 3
FEWEST_REVIEWS = 10
NO_CHANGE = "no file was changed in the period"
TOO_FEW_PEOPLE = f"fewer than {MINIMUM_PEOPLE} people: it would tell of single persons"


def of_teams(commits: pd.DataFrame) -> pd.DataFrame:
    """The commits of those projects in which at least four people made some: in others, a place tells of a person."""
    people = commits.groupby("project")["person_id"].transform("nunique")
    return commits[people >= MINIMUM_PEOPLE]


@measure("Side by side", unit="share", better=Better.NEITHER, source="our own, after Bird et al. 2011")
def side_by_side(days: PersonDays) -> Measured[float]:
    """Person-days on files with somebody else on the same file within 3 days before or after / person-days on files.

    High: people meet in the code. Low: work is split, or handed over late; neither is wrong by itself. The interval is
    Wilson's at 90 %. None without a changed file.
    """
    near = meetings(days)
    return share(int((near["gap"] <= NEAR_DAYS).sum()), len(near), nothing=NO_CHANGE)


def meetings(days: PersonDays) -> pd.DataFrame:
    """Each person-day on a file with how many days away the nearest other person was: person, other, file, day, gap.

    Without another person on the file, ever, the gap is infinite and the other is −1. People are codes of `days`.
    """
    rows = pd.DataFrame({"file": days.file[days.pair], "person": days.person[days.pair], "day": days.day})
    rows = rows.sort_values(["file", "day", "person"], ignore_index=True)
    # The nearest other is at the edge of the run of days before or after: runs of one person alternate.
    edge = (rows["file"] != rows["file"].shift()) | (rows["person"] != rows["person"].shift())
    run = edge.cumsum()
    runs = rows.groupby(run).agg(
        file=("file", "first"), person=("person", "first"), first=("day", "first"), last=("day", "last")
    )
    before, after = runs.shift(), runs.shift(-1)
    back = rows["day"] - run.map(before["last"].where(before["file"] == runs["file"]))
    ahead = run.map(after["first"].where(after["file"] == runs["file"])) - rows["day"]
    is_back = back.fillna(np.inf) <= ahead.fillna(np.inf)
    other = run.map(before["person"]).where(is_back, run.map(after["person"]))
    gap = back.where(is_back, ahead).astype("float64").fillna(np.inf)
    return rows.assign(other=other.where(np.isfinite(gap), -1).astype("int64"), gap=gap)


def pairs_side_by_side(days: PersonDays, commits: pd.DataFrame, co_authors: pd.DataFrame) -> pd.DataFrame:
    """Pairs on the same file within 3 days, or on one commit: person_a, person_b, days, files, signed.

    `days`: days on which either was on a file that the other had been on within 3 days; `signed`: commits with both
    names. Files with more than 30 authors join nobody. Ordered by keys, which is no order of merit. Each pair stands
    once.
    """
    met = _met(days).groupby(["person_a", "person_b"])
    authors = commits.loc[commits["commit_id"].isin(co_authors["commit_id"]), ["commit_id", "person_id"]]
    names = pd.concat([authors, co_authors[["commit_id", "person_id"]]]).drop_duplicates()
    names = names[names["commit_id"].isin(authors["commit_id"])]
    signed = names.merge(names, on="commit_id", suffixes=("", "_too"))
    signed = signed[signed["person_id"] < signed["person_id_too"]]
    together = _paired(signed["person_id"].to_numpy(), signed["person_id_too"].to_numpy())
    columns = {
        "days": met["day"].nunique(),
        "files": met["file"].nunique(),
        "signed": together.groupby(["person_a", "person_b"]).size(),
    }
    return pd.DataFrame(columns).fillna(0).astype("int64").reset_index().sort_values(["person_a", "person_b"])


def _met(days: PersonDays) -> pd.DataFrame:
    """Who met whom on which file on which day, the later one: person_a, person_b, file, day."""
    authors = days.authors(np.ones(len(days.person), dtype=bool))
    shared = ((authors >= 2) & (authors <= MOST_AUTHORS))[days.file[days.pair]]
    people = days.people.to_numpy()[days.person[days.pair[shared]]]
    rows = pd.DataFrame({"person": people, "file": days.file[days.pair[shared]], "day": days.day[shared]})
    found = [
        rows.merge(rows.assign(day=rows["day"] + late), on=["file", "day"], suffixes=("", "_before"))
        for late in range(NEAR_DAYS + 1)
    ]
    both = pd.concat(found, ignore_index=True)
    both = both[both["person"] != both["person_before"]]
    return _paired(both["person"].to_numpy(), both["person_before"].to_numpy()).assign(
        file=both["file"].to_numpy(), day=both["day"].to_numpy()
    )


@measure("Signed together", unit="share", better=Better.NEITHER, source="Git, Co-authored-by trailers")
def signed_together(commits: pd.DataFrame, co_authors: pd.DataFrame, *, period: Period) -> Measured[float]:
    """Non-merge commits that name another person as co-author / non-merge commits of the period.

    Pairs who do not sign are not seen. The interval is Wilson's at 90 %. None without a commit.
    """
    rows = counted(commits, period)
    both = rows[["commit_id", "person_id"]].merge(co_authors, on="commit_id", suffixes=("", "_too"))
    named = both.loc[both["person_id"] != both["person_id_too"], "commit_id"].nunique()
    return share(named, len(rows), nothing=git_activity.NO_COMMIT)


@measure("Files of one author", unit="share", better=Better.LOWER, source="our own, after Bird et al. 2011")
def files_of_one_author(days: PersonDays) -> Measured[float]:
    """Files with only one author / files, of those with 3 person-days of work or more.

    The interval is Wilson's at 90 %. None without such a file.
    """
    worked, alone = alone_on(days)
    return share(alone, worked, nothing=f"no file was worked on for {REPEATEDLY} days")


def alone_on(days: PersonDays) -> tuple[int, int]:
    """How many files were worked on repeatedly, and how many of these by one person only."""
    everyone = np.ones(len(days.person), dtype=bool)
    worked = np.bincount(days.file[days.pair], minlength=days.files) >= REPEATEDLY
    return int(worked.sum()), int((worked & (days.authors(everyone) == 1)).sum())


@measure("People apart", unit="share", better=Better.LOWER, source="Latora and Marchiori 2001, isolated nodes")
def people_apart(people: pd.DataFrame) -> Measured[float]:
    """People who share no changed file with anybody / people who changed a file in the period.

    Vendored and generated files are out. `people` has a row each, with the number of partners. Files with more than 30
    authors join nobody. The interval is Wilson's at 90 %. None below 4 people.
    """
    if len(people) < MINIMUM_PEOPLE:
        return Measured[float].missing(TOO_FEW_PEOPLE, sample=len(people))
    return share(int((people["partners"] == 0).sum()), len(people), nothing=git_activity.NO_COMMIT)


def folders(days: PersonDays, file_folders: pd.Series[Any]) -> pd.DataFrame:
    """Work by folder: folder, files, days (person-days), people; `file_folders` has the folder of each code of a file.

    Only folders of 10 person-days or more; those of one person first, then by days. A folder of one is a silo.
    """
    rows = pd.DataFrame({"folder": file_folders.to_numpy()[days.file[days.pair]], "file": days.file[days.pair]})
    rows = rows.assign(person=days.person[days.pair], day=days.day)
    grouped = rows.groupby("folder")
    table = pd.DataFrame(
        {
            "files": grouped["file"].nunique(),
            "days": rows.drop_duplicates(["folder", "person", "day"]).groupby("folder").size(),
            "people": grouped["person"].nunique(),
        }
    )
    table = table[table["days"] >= FOLDER_DAYS].reset_index()
    return table.sort_values(["people", "days", "folder"], ascending=[True, False, True], ignore_index=True)


def people_and_folders(days: PersonDays, file_folders: pd.Series[Any], *, most: int = 12) -> pd.DataFrame:
    """Who works in which of the busiest folders: person_id, folder, share (of the folder's person-days), people.

    Of each folder the three with the largest shares, unordered; people says how many work there at all.

    Ordered by keys and names, which is no order of merit.
    """
    rows = pd.DataFrame({"folder": file_folders.to_numpy()[days.file[days.pair]], "day": days.day})
    rows = rows.assign(person_id=days.people.to_numpy()[days.person[days.pair]])
    worked = rows.drop_duplicates().groupby(["person_id", "folder"]).size().rename("days").reset_index()
    total = worked.groupby("folder")["days"].sum()
    busiest = total.sort_values(ascending=False, kind="stable").head(most)
    kept = worked[worked["folder"].isin(busiest.index)]
    people = kept.groupby("folder")["person_id"].transform("size")
    kept = kept.assign(share=kept["days"] / kept["folder"].map(busiest), people=people)
    kept = kept.sort_values("share", ascending=False, kind="stable").groupby("folder").head(MOST_OF_A_FOLDER)
    return kept[["person_id", "folder", "share", "people"]].sort_values(["person_id", "folder"], ignore_index=True)


def hours_by_month(commits: pd.DataFrame, *, period: Period) -> pd.DataFrame:
    """Night and weekend work by month of the authors' own clocks: month, commits, off, share, low, high.

    Months in which fewer than 4 people committed are left out.
    """
    rows = counted(commits, period)
    local = local_times(rows)
    month = local.dt.to_period("M").dt.to_timestamp()
    table = pd.DataFrame({"month": month, "off": _off_hours(local), "person_id": rows["person_id"]})
    table = table[table.groupby("month")["person_id"].transform("nunique") >= MINIMUM_PEOPLE]
    grouped = table.groupby("month")["off"].agg(["size", "sum"]).reset_index()
    told = grouped.rename(columns={"size": "commits", "sum": "off"})
    low, high = wilson(told["off"], told["commits"])
    return told.assign(share=told["off"] / told["commits"], low=low, high=high)


def trend_of_hours(commits: pd.DataFrame, *, period: Period) -> Measured[float]:
    """The share of night and weekend work in the second half of the period minus that in the first.

    The interval is Newcombe's at 90 %, from Wilson's of both halves. None where a half has no commit, or fewer than 4
    people made those of one.
    """
    middle = period.start + (period.end - period.start) / 2
    spans = (Period(period.start, middle), Period(middle, period.end))
    one, two = (git_activity.night_and_weekend_share(commits, period=span) for span in spans)
    if one.value is None or two.value is None:
        return Measured[float].missing("a half of the period has no commit", sample=one.sample + two.sample)
    if min(counted(commits, span)["person_id"].nunique() for span in spans) < MINIMUM_PEOPLE:
        return Measured[float].missing(TOO_FEW_PEOPLE, sample=one.sample + two.sample)
    difference = two.value - one.value
    below = np.hypot(two.value - (two.low or 0.0), (one.high or 0.0) - one.value)
    above = np.hypot((two.high or 0.0) - two.value, one.value - (one.low or 0.0))
    return Measured[float](
        value=difference, sample=one.sample + two.sample, low=float(difference - below), high=float(difference + above)
    )


@measure("Busiest reviewer", unit="share", better=Better.LOWER, source="our own, after CHAOSS, Review Load")
def busiest_reviewer_share(pull_requests: pd.DataFrame, given: pd.DataFrame, *, period: Period) -> Measured[float]:
    """Reviews by the person who gives most of them / reviews, in the period.

    Of each pull request a person's first review in the period counts, up to its end; notes are no reviews. Where
    everybody reviews alike it is one over the number of people. The interval is Wilson's at 90 %; as the largest of
    several shares it is rather too high.
    None below 4 active people or 10 reviews.
    """
    rows = reviews.reviewers(pull_requests, given, period=period)
    if len(reviews.active_beside(rows, pull_requests, period=period)) < MINIMUM_PEOPLE:
        return Measured[float].missing(TOO_FEW_PEOPLE, sample=len(rows))
    if len(rows) < FEWEST_REVIEWS:
        return Measured[float].missing(f"fewer than {FEWEST_REVIEWS} reviews", sample=len(rows))
    return share(int(rows["person_id"].value_counts().max()), len(rows), nothing="nobody reviewed")


def reviewing_by_project(pull_requests: pd.DataFrame, given: pd.DataFrame, *, period: Period) -> pd.DataFrame:
    """The busiest reviewer's share in each project: project, people, reviewers, reviews, share, low, high.

    `pull_requests` has the project of each. Projects with fewer than 4 active people or 10 reviews are left out; the
    largest share stands first.
    """
    told = pull_requests.set_index("id")["project"]
    rows = reviews.reviewers(pull_requests, given, period=period)[["id", "person_id"]]
    rows = rows.assign(project=rows["id"].map(told))
    opened = pull_requests[(pull_requests["created_at"] >= period.start) & (pull_requests["created_at"] < period.end)]
    authors = opened[["project", "author_id"]].rename(columns={"author_id": "person_id"}).dropna()
    active = pd.concat([authors, rows[["project", "person_id"]]]).groupby("project")["person_id"].nunique()
    each = rows.groupby(["project", "person_id"]).size().groupby("project")
    table = pd.DataFrame({"reviewers": each.size(), "reviews": each.sum(), "most": each.max()}).rename_axis("project")
    table = table.assign(people=active.reindex(table.index)).reset_index()
    table = table[(table["people"] >= MINIMUM_PEOPLE) & (table["reviews"] >= FEWEST_REVIEWS)]
    low, high = wilson(table["most"], table["reviews"])
    table = table.assign(share=table["most"] / table["reviews"], low=low, high=high)
    names = ["project", "people", "reviewers", "reviews", "share", "low", "high"]
    return table[names].sort_values(["share", "project"], ascending=[False, True], ignore_index=True)


def _paired(one: Any, other: Any) -> pd.DataFrame:
    """Each pair with the lower key first."""
    return pd.DataFrame({"person_a": np.minimum(one, other), "person_b": np.maximum(one, other)})


def _off_hours(local: pd.Series[Any]) -> pd.Series[bool]:
    hour, weekday = local.dt.hour, local.dt.day_of_week
    off: pd.Series[bool] = (hour >= 22) | (hour < 6) | (weekday >= 5)
    return off
