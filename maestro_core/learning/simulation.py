"""Simulated portfolios: plausible projects whose true artifact effects are known, confounded on purpose.

They show what the product does before there is data, and test whether it finds what is true. The process is described
in `simulation_process`. The same arguments always give the same portfolio.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from maestro_core.learning import simulation_work as work
from maestro_core.learning.simulation_process import Frame, World, draw_world
from maestro_core.learning.simulation_words import artifact_names, person_names, project_names

__all__ = ["SimulatedPortfolio", "World", "simulate", "simulate_outcomes"]


@dataclass(frozen=True)
class SimulatedPortfolio:
    """A portfolio as frames; ids count from 0 and lead from frame to frame; times are aware, in UTC.

    projects: name, domain, problem_type, complexity, team_size, experience (mean years), started_at, finished_at,
    outcome, the parts of success and success, compute_cost, experiments; running ones have no outcome yet.
    people: name, role, experience_years at the end. members: project, person, role, experience_years at the start.
    artifacts: name, kind, domain or None, owner_id (a person), created_at, deprecated_at or NaT.
    versions: version, released_at, tags. usage: events, with version, person, time and whether a machine made them.
    weekly: counts per project and Monday. commits, file_changes: see `simulation_work`.
    truth: each artifact's effect on success in points, and on the logarithms of duration and cost.
    """

    projects: pd.DataFrame
    people: pd.DataFrame
    members: pd.DataFrame
    artifacts: pd.DataFrame
    versions: pd.DataFrame
    usage: pd.DataFrame
    weekly: pd.DataFrame
    commits: pd.DataFrame
    file_changes: pd.DataFrame
    truth: pd.DataFrame


def simulate(
    seed: int, *, projects: int = 80, artifacts: int = 150, confounding: float = 1.0, until: date, years: float = 3
) -> SimulatedPortfolio:
    """A whole portfolio that ends where `until` starts. Confounding 0 is none, 1 is plausible, 2 is strong.

    >>> simulate(7, projects=3, artifacts=20, until=date(2026, 1, 1)).projects["name"].is_unique
    True
    """
    frame = Frame(seed, projects, artifacts, confounding, until, years)
    world = draw_world(frame)
    released = work.versions(frame, world.artifacts)
    made = work.commits(frame, world)
    return SimulatedPortfolio(
        projects=_named(world.projects, project_names(world.projects, frame.chance(30))),
        people=_named(world.people, person_names(len(world.people), frame.chance(31))),
        members=world.members,
        artifacts=_described(frame, world),
        versions=released,
        usage=work.usage_events(frame, world, released),
        weekly=work.weekly(made),
        commits=made,
        file_changes=work.file_changes(frame, made),
        truth=world.truth,
    )


def simulate_outcomes(
    seed: int, *, projects: int, artifacts: int, confounding: float = 1.0, until: date, years: float = 3
) -> World:
    """The same projects, uses and truth without names and daily work: what impact needs, at any size, quickly.

    >>> world = simulate_outcomes(7, projects=30, artifacts=50, until=date(2026, 1, 1))
    >>> len(world.projects), len(world.truth)
    (30, 50)
    """
    return draw_world(Frame(seed, projects, artifacts, confounding, until, years))


def _named(rows: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    named = rows.copy()
    named.insert(1, "name", names)
    return named


def _described(frame: Frame, world: World) -> pd.DataFrame:
    """The artifacts as people see them: with a name and an owner, without what makes projects choose them."""
    chance = frame.chance(32)
    artifacts = world.artifacts
    seen = pd.DataFrame(
        {
            "artifact_id": artifacts["artifact_id"],
            "kind": artifacts["kind"],
            "domain": artifacts["domain"].where(artifacts["domain"] != "", None),
            "owner_id": chance.integers(0, len(world.people), len(artifacts)),
            "created_at": frame.moments(artifacts["created"].to_numpy()),
            "deprecated_at": frame.moments(artifacts["retired"].where(artifacts["retired"] < frame.days).to_numpy()),
        }
    )
    return _named(seen, artifact_names(artifacts, chance))
