"""What happens day by day in the simulated projects: versions, uses, commits, changed files, weeks."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maestro_core.learning.simulation_process import Array, Frame, Whole, World
from maestro_core.learning.simulation_words import AREAS, FILES, PLANNED

COMMITS_PER_PROJECT = 240
"""On average, whatever the size of the portfolio: 80 projects stay below 25,000 commits."""

FILES_FROM = 365
"""Files are simulated for so many days before the end, since nothing older is shown per file."""

PLANNING_DAYS = 14
"""So long before its start a project tries what it means to use."""

OFFSETS = {0: 0.2, 60: 0.4, 120: 0.15, -300: 0.1, 330: 0.1, 540: 0.05}
"""Minutes from UTC where people work, and how common each is."""


def versions(frame: Frame, artifacts: pd.DataFrame) -> pd.DataFrame:
    """One to six versions of each artifact; the newest one is in production unless the artifact is deprecated."""
    chance = frame.chance(20)
    number = 1 + chance.binomial(5, 0.35, len(artifacts))
    artifact, place = _numbered(number)
    created = artifacts["created"].to_numpy()
    end = np.minimum(artifacts["retired"].to_numpy(), frame.days - 1)
    # Within a version's slot of the artifact's life, so that versions never overtake each other.
    slot = (place + np.where(place == 0, 0.0, chance.random(len(place)))) / number[artifact]
    released = created[artifact] + slot * np.maximum(end - created, 1)[artifact]
    major, minor = 1 + place // 3, place % 3
    newest = place == number[artifact] - 1
    retired = np.isfinite(artifacts["retired"].to_numpy())[artifact]
    tags = np.select([retired, newest, chance.random(len(place)) < 0.3], ["deprecated", "production", "archived"], "")
    return pd.DataFrame(
        {
            "version_id": np.arange(len(artifact)),
            "artifact_id": artifact,
            "version": [f"{one}.{other}" for one, other in zip(major.tolist(), minor.tolist(), strict=True)],
            "released_at": frame.moments(released),
            "tags": [(tag,) if tag else () for tag in tags.tolist()],
        }
    )


def usage_events(frame: Frame, world: World, released: pd.DataFrame) -> pd.DataFrame:
    """When somebody on a project used an artifact: machines repeat some uses dozens of times.

    What was chosen in planning is first used within two weeks before the start, the rest early in the project.
    """
    chance = frame.chance(21)
    uses = world.uses
    automated = chance.random(len(uses)) < 0.3
    repeats = 1 + np.where(automated, chance.poisson(12, len(uses)), chance.poisson(1.2, len(uses)))
    pair, place = _numbered(repeats)
    project, artifact = uses["project_id"].to_numpy()[pair], uses["artifact_id"].to_numpy()[pair]
    start, end = _spans(frame, world.projects)
    # A first use comes early in the project, the others any time.
    when = start[project] + (end - start)[project] * np.where(place == 0, 0.3, 1.0) * chance.random(len(pair))
    planned, before = _in_planning(frame, world, start)
    when = np.where((place == 0) & planned[pair], before[pair], when)
    events = pd.DataFrame(
        {
            "project_id": project,
            "artifact_id": artifact,
            "kind": uses["kind"].to_numpy()[pair],
            "person_id": _member(world.members, project, chance.random(len(pair))),
            "used_at": frame.moments(when),
            "automated": automated[pair] & (place > 0),
        }
    ).sort_values("used_at", ignore_index=True)
    current = released[["artifact_id", "version_id", "released_at"]].sort_values("released_at")
    return pd.merge_asof(events, current, left_on="used_at", right_on="released_at", by="artifact_id").drop(
        columns="released_at"
    )


def _in_planning(frame: Frame, world: World, start: Array) -> tuple[NDArray[np.bool_], Array]:
    """Of each use whether it was chosen in planning, and when it would have been: not before the artifact was there."""
    chance, uses = frame.chance(26), world.uses
    planned = chance.random(len(uses)) < uses["kind"].map(PLANNED).to_numpy(dtype=float)
    project, artifact = uses["project_id"].to_numpy(), uses["artifact_id"].to_numpy()
    earliest = np.maximum(start[project] - PLANNING_DAYS, world.artifacts["created"].to_numpy()[artifact])
    return planned, earliest + (start[project] - earliest) * chance.random(len(uses))


def commits(frame: Frame, world: World) -> pd.DataFrame:
    """Who committed what size of change when, in local working hours mostly, on a branch or as a merge into main."""
    chance = frame.chance(22)
    start, end = _spans(frame, world.projects)
    effort = (end - start) * world.projects["team_size"].to_numpy() ** 0.8
    expected = effort / effort.sum() * COMMITS_PER_PROJECT * len(effort)
    project, _ = _numbered(np.maximum(chance.poisson(expected), 1))
    person = _member(world.members, project, chance.random(len(project)) ** 1.7)
    offset = _offsets(frame, len(world.people))[person]
    planned = start[project] + (end - start)[project] * chance.random(len(project))
    when = _worked(frame, planned, chance) - offset / 1440
    when = np.clip(when, start[project], np.nextafter(end[project], 0))
    merge = chance.random(len(project)) < 0.09
    added, deleted = np.exp(chance.normal(3.2, 1.2, len(project))), np.exp(chance.normal(2.2, 1.4, len(project)))
    made = pd.DataFrame(
        {
            "project_id": project,
            "person_id": person,
            "authored_at": frame.moments(when),
            "utc_offset_minutes": offset,
            "added": np.where(merge, 0, 1 + added.astype(int)),
            "deleted": np.where(merge, 0, deleted.astype(int)),
            "is_merge": merge,
            "branch": np.where(merge | (chance.random(len(project)) < 0.4), 0, 1 + person % 4),
        }
    ).sort_values("authored_at", ignore_index=True)
    return made.rename_axis("commit_id").reset_index()


def file_changes(frame: Frame, made: pd.DataFrame) -> pd.DataFrame:
    """Which files the commits of the last year changed: people keep to their corner, and all meet in a few files."""
    chance = frame.chance(23)
    recent = made[~made["is_merge"] & (made["authored_at"] >= frame.moments(np.array([frame.days - FILES_FROM]))[0])]
    which, _ = _numbered(1 + np.minimum(chance.poisson(1.6, len(recent)), 12))
    rows = recent.iloc[which]
    corner = (rows["person_id"] * 7 + rows["project_id"]).to_numpy()
    area = np.where(chance.random(len(rows)) < 0.75, corner, chance.integers(0, 99, len(rows)))
    file = np.minimum(chance.geometric(0.28, len(rows)) - 1, len(FILES) - 1)
    paths = np.array([f"{directory}/{name}" for directory in AREAS for name in FILES])
    changes = pd.DataFrame(
        {
            "commit_id": rows["commit_id"].to_numpy(),
            "project_id": rows["project_id"].to_numpy(),
            "path": paths[area % len(AREAS) * len(FILES) + file],
        }
    )
    return changes.drop_duplicates(["commit_id", "path"], ignore_index=True)


def weekly(made: pd.DataFrame) -> pd.DataFrame:
    """Counts per project and week, from Monday on (UTC); merges are no commits."""
    week = made["authored_at"].dt.normalize() - pd.to_timedelta(made["authored_at"].dt.day_of_week, unit="D")
    work = made.assign(week=week, commit=~made["is_merge"])
    grouped = work.groupby(["project_id", "week"])
    counts = grouped.agg(
        commits=("commit", "sum"),
        added=("added", "sum"),
        deleted=("deleted", "sum"),
        active_people=("person_id", "nunique"),
    )
    return counts.reset_index()


def _numbered(number: Whole) -> tuple[Whole, Whole]:
    """For counts like 2, 1: whose each item is (0, 0, 1) and its place there (0, 1, 0)."""
    owner = np.repeat(np.arange(len(number)), number)
    return owner, np.arange(len(owner)) - np.repeat(np.cumsum(number) - number, number)


def _spans(frame: Frame, projects: pd.DataFrame) -> tuple[Array, Array]:
    """The first and last day of each project, counted from the beginning; running ones last until the end."""
    first = frame.moments(np.zeros(1))[0]
    start = (projects["started_at"] - first) / pd.Timedelta(days=1)
    end = (projects["finished_at"] - first) / pd.Timedelta(days=1)
    return np.asarray(start, dtype=float), np.asarray(end.fillna(frame.days), dtype=float)


def _member(members: pd.DataFrame, project: Whole, pick: Array) -> Whole:
    """The member of each project that a number from 0 to 1 points at."""
    ordered = members.sort_values("project_id", kind="stable")
    sizes = ordered["project_id"].value_counts(sort=False).sort_index().to_numpy()
    first = np.cumsum(sizes) - sizes
    place = first[project] + (pick * sizes[project]).astype(int)
    return np.asarray(ordered["person_id"].to_numpy()[place], dtype=np.int64)


def _offsets(frame: Frame, count: int) -> Whole:
    return np.asarray(frame.chance(25).choice(list(OFFSETS), size=count, p=list(OFFSETS.values())), dtype=np.int64)


def _worked(frame: Frame, day: Array, chance: np.random.Generator) -> Array:
    """The same days at local working hours; most of what falls on a weekend moves to the Thursday or Friday before."""
    whole = np.floor(day)
    weekday = (whole + frame.moments(np.zeros(1))[0].weekday()) % 7
    whole = whole - 2 * ((weekday >= 5) & (chance.random(len(day)) < 0.85))
    usual = chance.normal(13.5, 2.8, len(day)) % 24
    hour = np.where(chance.random(len(day)) < 0.93, usual, chance.uniform(0, 24, len(day)))
    return np.asarray(whole + hour / 24, dtype=float)
