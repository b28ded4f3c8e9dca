"""How simulated teams work: with which tools, how they review, run pipelines, deploy and fail.

The habits are planted, not drawn, so that every page has something to find: one reviewer for all, rubber stamps,
uneven load, a flaky job, a slow queue, two services in one repository, tags without pull requests, and nothing at all.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import pandas as pd

from maestro_core.learning.simulation_process import Frame

Tool = Literal["github", "gitlab", ""]
Ci = Literal["github", "gitlab", "jenkins", "circleci", ""]
Reviewing = Literal["even", "uneven", "one reviewer", "rubber stamps", "alone", ""]
Deploying = Literal["environment", "services", "pipeline", "job", "tag", "release", ""]

WATCHED_DAYS = 456
"""Tools tell of the last fifteen months: who connects them asks for no more."""


@dataclass(frozen=True, kw_only=True)
class Habit:
    """One way to work. `tool` holds pull requests and issues; an empty word means that there is none."""

    tool: Tool = ""
    ci: Ci = ""
    reviewing: Reviewing = ""
    deploying: Deploying = ""
    answer_hours: float = 5.0
    """The median wait for a first answer."""
    squashed: float = 0.7
    """The share of commits on the default branch that are squashed pull requests."""
    failing: float = 0.14
    """The share of pipeline runs that fail."""
    harmful: float = 0.12
    """The share of deployments to production that do harm."""
    deployments: float = 2.0
    """To production, per week, at most as many as there are changes."""
    is_flaky: bool = False
    queues: bool = False


TEAMS = (
    Habit(tool="github", ci="github", reviewing="even", deploying="environment", answer_hours=3.5, deployments=4),
    Habit(tool="gitlab", ci="gitlab", reviewing="one reviewer", deploying="job", answer_hours=19, harmful=0.18),
    Habit(tool="github", ci="jenkins", reviewing="rubber stamps", deploying="pipeline", harmful=0.3, deployments=3),
    Habit(tool="github", ci="circleci", reviewing="uneven", deploying="release", answer_hours=9, deployments=1),
    Habit(tool="gitlab", ci="gitlab", reviewing="uneven", deploying="environment", answer_hours=28, failing=0.25),
)
"""Of four people and more, the most recent first."""

PAIRS = (
    Habit(tool="github", ci="github", reviewing="even", deploying="services", answer_hours=6, deployments=3),
    Habit(deploying="tag", deployments=1),
    Habit(tool="gitlab", ci="gitlab", reviewing="even", deploying="job", answer_hours=11, is_flaky=True),
    Habit(tool="github", ci="circleci", reviewing="even", deploying="pipeline", answer_hours=15, queues=True),
    Habit(tool="github", ci="github", reviewing="even", deploying="release", deployments=0.8, harmful=0.06),
    Habit(tool="gitlab", ci="jenkins", reviewing="uneven", deploying="environment", answer_hours=30, failing=0.22),
)

SOLOS = (
    Habit(),
    Habit(tool="github", ci="github", reviewing="alone", deploying="pipeline", harmful=0.2),
    Habit(tool="gitlab", ci="gitlab", reviewing="alone", deploying="environment", deployments=1),
)


def habits(frame: Frame, projects: pd.DataFrame, made: pd.DataFrame) -> pd.DataFrame:
    """A habit for each project that lived in the watched days; `first` and `last` are its days that tools tell of.

    The busiest of late come first in each group, so that what is planted is found in what is looked at.
    """
    recent = made[made["authored_at"] >= frame.moments(np.array([frame.days - 90]))[0]]
    busy = projects["project_id"].map(recent["project_id"].value_counts()).fillna(0)
    end = projects["finished_at"].fillna(frame.moments(np.array([frame.days]))[0])
    rows = projects.assign(busy=busy, end=end).sort_values(["busy", "end"], ascending=False)
    watched = rows[rows["end"] > frame.moments(np.array([frame.days - WATCHED_DAYS]))[0]]
    groups = [(watched["team_size"] >= 4, TEAMS), (watched["team_size"].between(2, 3), PAIRS)]
    groups.append((watched["team_size"] == 1, SOLOS))
    given = pd.concat([_given(watched[chosen], ways) for chosen, ways in groups], ignore_index=True)
    begin = frame.moments(np.zeros(1))[0]
    return given.assign(
        first=((given["started_at"] - begin) / pd.Timedelta(days=1)).clip(lower=frame.days - WATCHED_DAYS),
        last=((given["finished_at"] - begin) / pd.Timedelta(days=1)).fillna(frame.days),
    )


def _given(projects: pd.DataFrame, ways: tuple[Habit, ...]) -> pd.DataFrame:
    told = pd.DataFrame([asdict(habit) for habit in ways]).iloc[np.arange(len(projects)) % len(ways)]
    rows = projects[["project_id", "name", "started_at", "finished_at"]].reset_index(drop=True)
    return pd.concat([rows, told.reset_index(drop=True)], axis=1)
