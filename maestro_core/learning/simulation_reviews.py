"""Simulated pull requests and what people answered to them: log-normal waits, in the hours when people are awake."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maestro_core.learning.simulation_habits import WATCHED_DAYS
from maestro_core.learning.simulation_history import History, titles
from maestro_core.learning.simulation_process import Array, Frame, Whole
from maestro_core.terms import ReviewState

MINUTE = 1 / 1440
NOBODY = -1
BOT = -2
"""In place of a person: the account that keeps dependencies new."""


def pull_requests(frame: Frame, told: History, habits: pd.DataFrame) -> pd.DataFrame:
    """Everything put up for review in projects that review, by project and time of opening.

    project_id, person_id (or BOT), merger (or NOBODY), merge (a commit, or −1), tip (a commit, or −1), number, title,
    head, size and days: first, opened, ready, merged, closed; rounds says how often somebody answers.
    """
    reviewed = habits[habits["reviewing"] != ""]
    rows = pd.concat([_merged(told), _squashed(frame, told, reviewed)], ignore_index=True)
    rows = rows.merge(reviewed[["project_id", "tool", "reviewing", "answer_hours", "finished_at"]], on="project_id")
    rows = rows[rows["merged"].fillna(rows["last"]) >= frame.days - WATCHED_DAYS].reset_index(drop=True)
    timed = _ended(frame, _opened(frame, rows))
    timed = pd.concat([timed, _of_bots(frame, reviewed)], ignore_index=True)
    timed = timed.sort_values(["project_id", "opened"], kind="stable", ignore_index=True)
    timed["number"] = 1 + timed.groupby("project_id").cumcount() * 2
    worded: pd.DataFrame = _worded(frame, timed).rename_axis("pull_request_id").reset_index()
    return worded


def reviews(frame: Frame, asked: pd.DataFrame, members: pd.DataFrame, offsets: Array) -> pd.DataFrame:
    """The answers: pull_request_id, person_id, state, day. Who is asked depends on the habit; never the author."""
    chance = frame.chance(45)
    number = asked["rounds"].to_numpy()
    which = np.repeat(np.arange(len(asked)), number)
    place = np.arange(len(which)) - np.repeat(np.cumsum(number) - number, number)
    rows = asked.iloc[which].reset_index(drop=True)
    person = _reviewers(frame, rows, members)
    last = place == number[which] - 1
    end = rows["closed"].fillna(frame.days).to_numpy()
    share = (place + 1) / (number[which] + 0.4) * chance.uniform(0.8, 1.15, len(rows))
    opened, wait = rows["opened"].to_numpy(), rows["wait"].to_numpy()
    day = np.where(place == 0, opened + wait, opened + wait + share * np.maximum(end - opened - wait, 0))
    day = np.where(rows["reviewing"] == "rubber stamps", day, awake(frame, day, offsets[np.maximum(person, 0)], chance))
    day = np.clip(day, opened + 0.5 * MINUTE, np.maximum(end - 0.5 * MINUTE, opened + 0.6 * MINUTE))
    state = _states(last & rows["merged"].notna().to_numpy(), rows, chance)
    answers = rows[["pull_request_id"]].assign(person_id=person, state=state, day=day)
    return answers.query("person_id != @NOBODY").reset_index(drop=True)


def awake(frame: Frame, day: Array, offset: Array, chance: np.random.Generator) -> Array:
    """The same moments, or the next morning at work where it is night or weekend there."""
    local = day + offset / 1440
    hour = (local - np.floor(local)) * 24
    whole = np.floor(local) + (hour > 19)
    rest = np.array([0, 0, 0, 0, 0, 2, 1])[((whole + frame.moments(np.zeros(1))[0].weekday()) % 7).astype(int)]
    morning = whole + rest + (8 + 3 * chance.random(len(day))) / 24
    return np.where((hour < 8) | (hour > 19) | (rest > 0), morning, local) - offset / 1440


def offsets_of(told: History) -> Array:
    """Minutes from UTC for each person, by number; 0 for who never committed."""
    known = told.commits.groupby("person_id")["utc_offset_minutes"].first()
    return np.asarray(known.reindex(range(int(known.index.max()) + 1), fill_value=0), dtype=float)


def _merged(told: History) -> pd.DataFrame:
    """What was made aside: brought in by a merge, or still waiting."""
    work = told.work
    of = told.commits.reindex(work["merge"].where(work["merge"] >= 0)).reset_index(drop=True)
    return work.reset_index(drop=True).assign(
        merger=of["person_id"].fillna(NOBODY).astype(int), merged=of["day"], is_squashed=False
    )


def _squashed(frame: Frame, told: History, reviewed: pd.DataFrame) -> pd.DataFrame:
    """Commits on the default branch that are whole pull requests, merged by who made them or by a colleague."""
    chance = frame.chance(41)
    main = told.commits[told.commits["is_main"] & ~told.commits["is_merge"]]
    share = main["project_id"].map(reviewed.set_index("project_id")["squashed"]).fillna(0)
    rows = main[chance.random(len(main)) < share]
    commits = 1 + chance.poisson(1.4, len(rows))
    first = rows["day"] - np.exp(chance.normal(np.log(1.2), 0.8, len(rows))) - commits * 0.1
    made = rows[["project_id", "person_id", "added", "deleted", "subject"]].assign(
        merge=rows["commit_id"], tip=-1, merger=rows["person_id"], merged=rows["day"], last=rows["day"]
    )
    return made.assign(first=first, commits=commits, is_squashed=True)


def _opened(frame: Frame, rows: pd.DataFrame) -> pd.DataFrame:
    """When they were opened: so long before their end that the answers fit in."""
    chance = frame.chance(42)
    rubber, alone = rows["reviewing"].eq("rubber stamps"), rows["reviewing"].eq("alone")
    asked = ~alone & ((chance.random(len(rows)) < 0.9) | rubber)
    rounds = np.where(asked, 1 + np.where(rubber, 0, chance.poisson(0.7, len(rows))), 0)
    wait = np.exp(chance.normal(np.log(rows["answer_hours"]), 0.9)) / 24
    stamped = chance.uniform(0.8, 4.5, len(rows)) * MINUTE
    wait = np.select([rubber.to_numpy(), alone.to_numpy()], [stamped, np.full(len(rows), 20 * MINUTE)], wait)
    span = wait + np.where(rubber, 10 * MINUTE, rounds * np.exp(chance.normal(np.log(0.25), 0.9, len(rows))))
    end = rows["merged"].fillna(rows["last"] + span).to_numpy()
    # Never before the first commit; where that leaves no room, the middle.
    opened = np.maximum(end - span, np.minimum(rows["first"] + 5 * MINUTE, (rows["first"] + end) / 2))
    opened = np.minimum(opened, np.minimum(end - 3 * MINUTE, frame.days - 0.1))
    first = np.minimum(rows["first"], opened - 5 * MINUTE)
    wait = np.minimum(wait, 0.8 * (end - opened))
    return rows.assign(rounds=rounds, opened=opened, first=first, wait=wait)


def _ended(frame: Frame, rows: pd.DataFrame) -> pd.DataFrame:
    """What was never merged is open where the project runs, and closed where it ended or nobody came back to it."""
    chance = frame.chance(43)
    is_over = rows["finished_at"].notna() | (chance.random(len(rows)) < 0.2)
    given_up = (rows["opened"] + chance.uniform(1, 12, len(rows))).clip(upper=frame.days - 0.01)
    closed = rows["merged"].fillna(given_up.where(is_over))
    drafted = chance.random(len(rows)) < 0.15
    ready = (rows["opened"] + rows["wait"] * chance.uniform(0.1, 0.9, len(rows))).where(drafted)
    is_draft = drafted & closed.isna()
    return rows.assign(closed=closed, ready=ready.where(~is_draft), is_draft=is_draft)


def _of_bots(frame: Frame, reviewed: pd.DataFrame) -> pd.DataFrame:
    """Now and then a bot offers newer dependencies, and replaces its own offer."""
    chance = frame.chance(44)
    hosts = reviewed[reviewed["tool"] == "github"]
    which = np.repeat(np.arange(len(hosts)), 6)
    begin, end = (hosts[name].to_numpy(dtype=float)[which] for name in ("first", "last"))
    opened = begin + chance.random(len(which)) * (end - begin) * 0.9
    rows = hosts.iloc[which][["project_id", "tool", "reviewing"]].assign(person_id=BOT, merger=NOBODY, merge=-1, tip=-1)
    closed = np.where(chance.random(len(which)) < 0.8, np.minimum(opened + 7, end), np.nan)
    size = {"added": 2, "deleted": 2, "commits": 1, "is_squashed": False, "is_draft": False, "rounds": 0, "wait": 0.0}
    return rows.assign(first=opened - MINUTE, opened=opened, closed=closed, merged=np.nan, ready=np.nan, **size)


def _worded(frame: Frame, rows: pd.DataFrame) -> pd.DataFrame:
    bots = rows["person_id"] == BOT
    title = rows["subject"].fillna(pd.Series(titles(len(rows), frame.chance(46))))
    title = title.where(~bots, "Bump numpy to the next version")
    head = title.str.lower().str.replace(r"[^a-z]+", "-", regex=True).str.strip("-")
    labels = pd.Series([["dependencies"] if bot else [] for bot in bots], index=rows.index, dtype=object)
    files = 1 + np.round(np.sqrt(rows["added"].to_numpy(dtype=float) / 12)).astype(int)
    named = rows.assign(title=title, head=head + "-" + rows["number"].astype(str), labels=labels, files=files)
    return named.drop(columns=["subject", "answer_hours", "finished_at", "last"])


def _reviewers(frame: Frame, rows: pd.DataFrame, members: pd.DataFrame) -> Whole:
    """Who answers: a colleague, the likelier the more the habit leaves to them; NOBODY where there is none."""
    chance = frame.chance(47)
    seats = members.sort_values(["project_id", "person_id"]).assign(
        seat=lambda table: table.groupby("project_id").cumcount()
    )
    table = seats.pivot_table(index="project_id", columns="seat", values="person_id", fill_value=NOBODY)
    people = table.reindex(rows["project_id"]).to_numpy().astype(np.int64)
    seat = np.arange(people.shape[1])
    fall = rows["reviewing"].map({"uneven": 0.95, "one reviewer": 5.0}).fillna(0.0).to_numpy()
    liking = -fall[:, None] * seat[None, :] + chance.gumbel(size=people.shape)
    possible = (people != NOBODY) & (people != rows["person_id"].to_numpy()[:, None])
    best = np.where(possible, liking, -np.inf).argmax(axis=1)
    everyone = np.arange(len(rows))
    return np.where(possible[everyone, best], people[everyone, best], NOBODY)


def _states(settles: NDArray[np.bool_], rows: pd.DataFrame, chance: np.random.Generator) -> NDArray[np.object_]:
    """An approval at the end of what was merged, mostly; before, wishes and remarks. GitLab tells remarks as notes."""
    pick = chance.random(len(rows))
    remark = np.where(rows["tool"] == "gitlab", ReviewState.NOTE.value, ReviewState.COMMENTED.value)
    before = np.where(pick < 0.45, ReviewState.CHANGES_REQUESTED.value, remark)
    return np.where(settles & (pick < 0.94), ReviewState.APPROVED.value, before).astype(object)
