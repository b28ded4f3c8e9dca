"""Simulated delivery: what tools tell of the simulated projects over their last fifteen months.

Every row rests on the simulated commits: what was merged is in their history, and what was deployed too. How each team
works is planted in `simulation_habits`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from maestro_core.learning import simulation_deployments as deployed
from maestro_core.learning import simulation_files as files
from maestro_core.learning import simulation_pipelines as pipelines
from maestro_core.learning import simulation_reviews as reviews
from maestro_core.learning.simulation import SimulatedPortfolio
from maestro_core.learning.simulation_habits import habits
from maestro_core.learning.simulation_history import history
from maestro_core.learning.simulation_process import Frame
from maestro_core.learning.simulation_reviews import BOT

__all__ = ["BOT", "SimulatedDelivery", "simulate_delivery"]

MOMENTS = {
    "first": "first_commit_at",
    "opened": "created_at",
    "ready": "ready_at",
    "merged": "merged_at",
    "day": "submitted_at",
    "created": "created_at",
    "started": "started_at",
    "finished": "finished_at",
    "closed": "closed_at",
}


@dataclass(frozen=True)
class SimulatedDelivery:
    """Delivery as frames; ids lead to the portfolio's own; times are aware, in UTC; a missing one is NaT.

    habits: the tools and ways of each project that tools tell of. commits: those of the portfolio, with sha, parents,
    subject and is_main. pull_requests and reviews: see `simulation_reviews`. runs and jobs: see `simulation_pipelines`;
    those of deployments are among them. deployments and issues: see `simulation_deployments`; version is the tag where
    a project tags. files, renames, file_changes and co_authors: see `simulation_files`.
    """

    habits: pd.DataFrame
    commits: pd.DataFrame
    pull_requests: pd.DataFrame
    reviews: pd.DataFrame
    runs: pd.DataFrame
    jobs: pd.DataFrame
    deployments: pd.DataFrame
    issues: pd.DataFrame
    files: pd.DataFrame
    renames: pd.DataFrame
    file_changes: pd.DataFrame
    co_authors: pd.DataFrame


def simulate_delivery(seed: int, portfolio: SimulatedPortfolio, *, until: date, years: float = 3) -> SimulatedDelivery:
    """What tools tell of a portfolio that `simulate` made with the same seed, end and years.

    >>> from maestro_core.learning.simulation import simulate
    >>> small = simulate(7, projects=4, artifacts=20, until=date(2026, 1, 1))
    >>> told = simulate_delivery(7, small, until=date(2026, 1, 1))
    >>> len(told.commits) == len(small.commits)
    True
    """
    frame = Frame(seed, len(portfolio.projects), len(portfolio.artifacts), 1.0, until, years)
    made, changes = portfolio.commits, portfolio.file_changes
    ways = habits(frame, portfolio.projects, made)
    told = history(frame, made, trunk=frozenset(ways.loc[ways["reviewing"] == "", "project_id"]))
    asked = reviews.pull_requests(frame, told, ways)
    answers = reviews.reviews(frame, asked, portfolio.members, reviews.offsets_of(told))
    brought = deployed.deliveries(frame, told, ways)
    attempts, jobs = _pipelines(frame, pipelines.runs(frame, told, ways, asked), brought.deployments)
    known = files.files(frame, changes)
    return SimulatedDelivery(
        habits=ways,
        commits=told.commits.drop(columns="day"),
        pull_requests=_timed(frame, asked.drop(columns="wait")),
        reviews=_timed(frame, answers),
        runs=_timed(frame, attempts),
        jobs=_timed(frame, jobs),
        deployments=_timed(frame, brought.deployments.assign(version=deployed.versions(brought.deployments))),
        issues=_timed(frame, brought.issues),
        files=known,
        renames=files.renames(frame, changes, known, made),
        file_changes=files.with_lines(changes, made),
        co_authors=files.co_authors(frame, made, portfolio.members),
    )


def _pipelines(frame: Frame, attempts: pd.DataFrame, brought: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All runs and jobs, those that deployed among them."""
    jobs = pipelines.jobs(frame, attempts)
    deploying, their_jobs = pipelines.deploying(brought, first=len(attempts))
    runs = pd.concat([pipelines.finished(attempts, jobs), deploying], ignore_index=True)
    kept = ["run_id", "project_id", "number", "attempt", "pipeline", "branch", "sha", "trigger", "outcome"]
    return runs[[*kept, "created", "started", "finished"]], pd.concat([jobs, their_jobs], ignore_index=True)


def _timed(frame: Frame, rows: pd.DataFrame) -> pd.DataFrame:
    """Days since the beginning, as moments."""
    days = [name for name in MOMENTS if name in rows]
    told = {name: frame.moments(rows[name].to_numpy(dtype=float)) for name in days}
    return rows.assign(**told).rename(columns=MOMENTS)
