"""What the pipelines page costs as CI history grows: 1×, 2× and 4×, up to a million jobs in two years, on SQLite.

    python benchmarks/pipeline_growth.py [--jobs 1000000]

Two years of runs of ten jobs each, in five pipelines; a year is asked for and compared with the year before. Told for
each size in seconds of processor: the answer from jobs alone, summing weeks as the refresh does, the same with nothing
new, and the answer from sums, with its ratio to the one from jobs. The exponent says how the answer grows.
Exits with 1 where an answer differs, takes over a second, or over half of the one from jobs.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import insert

from maestro_core.actions.delivery_metrics import recount_delivery_days
from maestro_core.actions.pipeline_weeks import sum_pipeline_weeks
from maestro_core.models import DataSource, PipelineJob, PipelineRun, Project, new_key
from maestro_core.portfolios import Portfolio, open_portfolios
from maestro_core.reports.pipelines import Pipelines, pipelines
from maestro_core.settings import Settings
from maestro_core.terms import Period, PipelineOutcome, SourceKind
from maestro_core.workspace import Workspace, open_workspace

JOBS_OF_A_RUN, PIPELINES = 10, 5
END = datetime(2026, 7, 1, tzinfo=UTC)
YEAR = Period(END - timedelta(days=365), END)
START = YEAR.before.start
PORTION = 5_000
MOST_SECONDS, HIGHEST_RATIO = 1.0, 0.5

Rows = list[dict[str, Any]]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--jobs", type=int, default=1_000_000)
    jobs = options.parse_args().jobs
    print("     jobs  from jobs  summing  nothing new  from sums  ratio")
    measured = [_measured(jobs // part) for part in (4, 2, 1)]
    answers = [seconds for seconds, _ in measured]
    print(f"the answer grows with the jobs to the power of {math.log(answers[-1] / answers[0], 4):.2f}")
    sys.exit(answers[-1] > MOST_SECONDS or measured[-1][1] > HIGHEST_RATIO)


def _measured(jobs: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        portfolio = open_portfolios(Settings(data_directory=Path(folder))).own
        project, days = _in(portfolio, lambda ws: _make(ws, jobs // JOBS_OF_A_RUN))[0]
        read, alone = _quickest(portfolio, project)
        _in(portfolio, lambda ws: recount_delivery_days(ws, project_id=project, days={"pipeline_runs": days}))
        summing, idle = (_in(portfolio, lambda ws: sum_pipeline_weeks(ws, project))[1] for _ in range(2))
        summed, quick = _quickest(portfolio, project)
        portfolio.engine.dispose()
    _same(read, summed)
    seconds = (f"{alone:8.2f} s", f"{summing:6.2f} s", f"{idle:10.3f} s", f"{quick:8.2f} s")
    print(f"{jobs:9,}  " + " ".join(seconds) + f"  {quick / alone:5.2f}")
    return quick, quick / alone


def _in(portfolio: Portfolio, deed: Callable[[Workspace], Any]) -> tuple[Any, float]:
    """What a deed answers in a workspace of its own, and its seconds of processor."""
    began = time.process_time()
    with open_workspace(portfolio.engine, portfolio.membership_id, now=END) as ws:
        answer = deed(ws)
    return answer, time.process_time() - began


def _quickest(portfolio: Portfolio, project: UUID) -> tuple[Pipelines, float]:
    """The answer of the page, and the less of the seconds that it took twice: others use the machine too."""
    answers = [_in(portfolio, lambda ws: pipelines(ws, projects=[project], period=YEAR)) for _ in range(2)]
    return answers[0][0], min(seconds for _, seconds in answers)


def _same(one: Pipelines, other: Pipelines) -> None:
    for name in Pipelines.model_fields:
        told, again = getattr(one, name), getattr(other, name)
        if isinstance(told, pd.DataFrame):
            pd.testing.assert_frame_equal(told, again)
        elif told != again:
            sys.exit(f"{name} differs: {told} from jobs, {again} from sums")


def _make(ws: Workspace, runs: int) -> tuple[UUID, set[Any]]:
    """A project with so many runs; its key, and the days of its runs."""
    project = Project(id=new_key(), name="made", created_at=ws.now)
    source = DataSource(
        id=new_key(), kind=SourceKind.GITHUB, name="ci", location="ci", project_id=project.id, created_at=ws.now
    )
    for row in (project, source):
        ws.session.add(row)
        ws.session.flush()
    chance, step = random.Random(1), (END - START) / runs
    for first in range(0, runs, PORTION):
        numbers = range(first, min(first + PORTION, runs))
        made = [_a_run(number, START + step * number, chance) for number in numbers]
        owned = {"source_id": source.id, "project_id": project.id}
        ws.session.execute(insert(PipelineRun), [run | owned for run, _ in made])
        ws.session.execute(insert(PipelineJob), [job for _, jobs in made for job in jobs])
    return project.id, {(START + step * number).date() for number in range(runs)}


def _a_run(number: int, at: datetime, chance: random.Random) -> tuple[dict[str, Any], Rows]:
    key, started = new_key(), at + timedelta(seconds=chance.randrange(5, 90))
    jobs = [_a_job(key, place, started, chance) for place in range(JOBS_OF_A_RUN)]
    failed = any(job["outcome"] is PipelineOutcome.FAILURE for job in jobs)
    run = {
        "id": key, "external_id": str(number), "attempt": 1 + (chance.random() < 0.05), "url": "", "branch": "main",
        "pipeline": f"pipeline {number % PIPELINES}", "sha": f"{number // 7:040x}", "trigger": "push",
        "outcome": PipelineOutcome.FAILURE if failed else PipelineOutcome.SUCCESS, "created_at": at,
        "started_at": started, "finished_at": max(job["finished_at"] for job in jobs),
    }  # fmt: skip
    return run, jobs


def _a_job(run: UUID, place: int, at: datetime, chance: random.Random) -> dict[str, Any]:
    fails = chance.random() < 0.02
    return {
        "id": new_key(), "run_id": run, "external_id": str(place), "name": f"job {place}", "stage": None, "url": "",
        "outcome": PipelineOutcome.FAILURE if fails else PipelineOutcome.SUCCESS, "created_at": at, "started_at": at,
        "finished_at": at + timedelta(seconds=chance.randrange(30, 900)), "failure_reason": None, "environment": None,
        "failed_step": "Run tests" if fails else None,
    }  # fmt: skip


if __name__ == "__main__":
    main()
