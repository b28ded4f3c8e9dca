"""Simulated pipeline runs and their jobs: stages after each other, log-normal durations, queues, retries, causes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maestro_core.learning.simulation_habits import WATCHED_DAYS
from maestro_core.learning.simulation_history import History, sha
from maestro_core.learning.simulation_process import Array, Frame
from maestro_core.terms import PipelineOutcome

MINUTE = 1 / 1440
SUCCESS, FAILURE = PipelineOutcome.SUCCESS.value, PipelineOutcome.FAILURE.value
TIMED_OUT, CANCELLED = PipelineOutcome.TIMED_OUT.value, PipelineOutcome.CANCELLED.value
SKIPPED = PipelineOutcome.SKIPPED.value


@dataclass(frozen=True)
class Job:
    """A job of a pipeline: its stage, median minutes, share of the failures, and the steps and causes it fails with."""

    name: str
    stage: str
    minutes: float
    share: float
    step: str
    cause: str = "script_failure"


PIPELINES = {
    "ci": (
        Job("build", "build", 2.5, 0.18, "Compile extensions"),
        Job("lint", "check", 1.2, 0.17, "Run ruff"),
        Job("unit-tests", "test", 5.0, 0.37, "Run pytest"),
        Job("integration-tests", "test", 8.0, 0.28, "Start the database", "runner_system_failure"),
    ),
    "nightly-training": (
        Job("fetch-data", "prepare", 6.0, 0.4, "Download the snapshot", "api_failure"),
        Job("train", "train", 38.0, 0.4, "Train the model", "job_execution_timeout"),
        Job("evaluate", "evaluate", 4.0, 0.2, "Compare with the baseline"),
    ),
    "docs": (Job("build-docs", "docs", 1.5, 1.0, "Build the pages"),),
}
"""What runs on changes, by schedule and on the default branch; deployments have pipelines of their own."""


def runs(frame: Frame, told: History, habits: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """Every attempt: run_id, project_id, number, attempt, pipeline, branch, sha, trigger, outcome, and days."""
    hosts = habits[habits["ci"] != ""]
    pieces = [_pushed(told, hosts), _requested(frame, told, hosts, asked), _scheduled(frame, told, hosts)]
    rows = pd.concat(pieces, ignore_index=True).merge(
        hosts[["project_id", "ci", "failing", "is_flaky", "queues"]], on="project_id"
    )
    rows = rows[rows["created"] >= frame.days - WATCHED_DAYS]
    rows = rows.sort_values(["project_id", "created"], kind="stable", ignore_index=True)
    rows["number"] = 1 + rows.groupby("project_id").cumcount()
    ended = _retried(frame, _ended(frame, rows.assign(attempt=1)))
    ended["run_id"] = np.arange(len(ended))
    # Jenkins builds anew, and does not tell that it is the same once more.
    builds = ended[ended["ci"] == "jenkins"].sort_values("created", kind="stable")
    ended.loc[builds.index, "attempt"] = 1
    ended.loc[builds.index, "number"] = 1 + builds.groupby("project_id").cumcount()
    return ended


def jobs(frame: Frame, attempts: pd.DataFrame) -> pd.DataFrame:
    """The jobs of each attempt: run_id, name, stage, outcome, failed_step, failure_reason, and days."""
    pieces = [
        _jobs_of(frame, attempts[attempts["pipeline"] == pipeline].reset_index(drop=True), PIPELINES[pipeline], stream)
        for stream, pipeline in enumerate(PIPELINES, start=60)
    ]
    return pd.concat(pieces, ignore_index=True).sort_values(["run_id", "place"], ignore_index=True)


def finished(attempts: pd.DataFrame, made: pd.DataFrame) -> pd.DataFrame:
    """The attempts, with the end of their last job as their own."""
    end = made.groupby("run_id")["finished"].max()
    own = attempts["started"] + 0.5 * MINUTE
    return attempts.assign(finished=attempts["run_id"].map(end).fillna(own))


def deploying(brought: pd.DataFrame, *, first: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The runs that deployed, and their one job, where a pipeline or a job deploys; ids from `first` on."""
    rows = brought[brought["deploying"].isin(["pipeline", "job"])].reset_index(drop=True)
    rows = rows.assign(run_id=first + np.arange(len(rows)), attempt=1, trigger="push", started=rows["created"])
    is_job = rows["deploying"] == "job"
    runs = rows.assign(pipeline=np.where(is_job, "release", "deploy"))
    failed = rows["outcome"] == FAILURE
    jobs = rows[["run_id", "outcome", "started", "finished"]].assign(
        place=0,
        name=np.where(is_job, "deploy-production", "deploy"),
        stage="deploy",
        failed_step=pd.Series("Wait for healthy instances", index=rows.index).where(failed),
        failure_reason=None,
        environment=pd.Series("production", index=rows.index).where(is_job),
    )
    return runs.drop(columns=["deploying", "service", "environment", "description", "fix"]), jobs


def _pushed(told: History, hosts: pd.DataFrame) -> pd.DataFrame:
    """The default branch, commit by commit; every fourth push builds the pages too."""
    main = told.commits[told.commits["is_main"] & told.commits["project_id"].isin(hosts["project_id"])]
    rows = pd.DataFrame(
        {"project_id": main["project_id"], "sha": main["sha"], "branch": "main", "created": main["day"] + 0.2 * MINUTE}
    ).assign(trigger="push", kind_number=main["commit_id"])
    docs = rows[rows["kind_number"] % 4 == 0]
    return pd.concat([rows.assign(pipeline="ci"), docs.assign(pipeline="docs")], ignore_index=True)


def _requested(frame: Frame, told: History, hosts: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """Pull requests when they are opened, and after each wish of a reviewer."""
    chance = frame.chance(50)
    rows = asked[asked["project_id"].isin(hosts["project_id"])]
    number = 1 + np.minimum(rows["rounds"].to_numpy(), 2)
    which = np.repeat(np.arange(len(rows)), number)
    place = np.arange(len(which)) - np.repeat(np.cumsum(number) - number, number)
    of = rows.iloc[which]
    end = of["closed"].fillna(frame.days).to_numpy()
    opened = of["opened"].to_numpy()
    created = opened + np.where(place == 0, 0.2 * MINUTE, 0.9 * chance.random(len(of)) * (end - opened))
    tips = told.commits["sha"].reindex(of["tip"].where(of["tip"] >= 0)).to_numpy()
    heads = [sha(frame, f"head {one} {other}") for one, other in zip(of["pull_request_id"], place, strict=True)]
    last = place == number[which] - 1
    return pd.DataFrame(
        {
            "project_id": of["project_id"].to_numpy(),
            "branch": of["head"].to_numpy(),
            "sha": np.where(last & ~pd.isna(tips), tips, heads),
            "created": created,
            "trigger": "pull_request",
            "pipeline": "ci",
            "kind_number": 0,
        }
    )


def _scheduled(frame: Frame, told: History, hosts: pd.DataFrame) -> pd.DataFrame:
    """Every third project trains by night, on what was on the default branch then."""
    first = frame.moments(np.zeros(1))[0]
    main = told.commits[told.commits["is_main"]]
    pieces = [main.head(0)[["project_id", "sha"]].assign(created=0.0)]
    spans = hosts.iloc[::3][["project_id", "first", "last"]]
    for project, begin, end in spans.itertuples(index=False, name=None):
        mine = main[main["project_id"] == project]
        nights = np.arange(np.ceil(max(mine["day"].min() + 1, begin)), end) + 2 / 24
        nights = nights[(np.floor(nights) + first.weekday()) % 7 < 5]
        head = np.searchsorted(mine["day"].to_numpy(), nights) - 1
        rows = {"project_id": project, "sha": mine["sha"].to_numpy()[head], "created": nights}
        pieces.append(pd.DataFrame({**rows, "branch": "main", "trigger": "schedule", "kind_number": 0}))
    return pd.concat(pieces, ignore_index=True).assign(pipeline="nightly-training")


def _ended(frame: Frame, rows: pd.DataFrame) -> pd.DataFrame:
    """How each first attempt ends, and how long it waited: the default branch fails less, full queues wait by day."""
    chance = frame.chance(51)
    pick, risk = chance.random(len(rows)), rows["failing"] * np.where(rows["branch"] == "main", 0.6, 1.25)
    bounds = np.stack([risk, risk + 0.006, risk + 0.04, risk + 0.05])
    words = np.array([FAILURE, TIMED_OUT, CANCELLED, SKIPPED, SUCCESS], dtype=object)
    flaked = rows["is_flaky"] & (rows["pipeline"] == "ci") & (chance.random(len(rows)) < 0.12)
    outcome = np.where(flaked, FAILURE, words[(pick >= bounds).sum(axis=0)])
    hour = (rows["created"] % 1) * 24
    busy = rows["queues"] & hour.between(8, 18)
    wait = np.exp(chance.normal(np.log(np.where(busy, 11.0, 0.35)), 0.7)) * MINUTE
    return rows.assign(outcome=outcome, flaked=flaked & (outcome == FAILURE), started=rows["created"] + wait)


def _retried(frame: Frame, rows: pd.DataFrame) -> pd.DataFrame:
    """Some failures are run again on the same commit: what was flaky passes, the rest mostly fails again."""
    chance = frame.chance(52)
    again = rows[(rows["outcome"] == FAILURE) & (rows["flaked"] | (chance.random(len(rows)) < 0.3))]
    passes = again["flaked"] | (chance.random(len(again)) < 0.3)
    created = again["created"] + chance.uniform(15, 60, len(again)) * MINUTE
    second = again.assign(
        attempt=2,
        outcome=np.where(passes, SUCCESS, FAILURE),
        created=created,
        started=created + (again["started"] - again["created"]),
    )
    return pd.concat([rows, second[second["created"] < frame.days - 0.1]], ignore_index=True)


def _jobs_of(frame: Frame, attempts: pd.DataFrame, template: tuple[Job, ...], stream: int) -> pd.DataFrame:
    chance = frame.chance(stream)
    culprit = chance.choice(len(template), size=len(attempts), p=[job.share for job in template])
    culprit = np.where(attempts["flaked"] & (attempts["pipeline"] == "ci"), len(template) - 1, culprit)
    bad = attempts["outcome"].isin([FAILURE, TIMED_OUT, CANCELLED]).to_numpy()
    # Projects differ in weight, and get slower as they grow.
    weight = frame.chance(59).lognormal(0, 0.35, 1000)[attempts["project_id"] % 1000]
    weight = weight * (1 + 0.0006 * (attempts["created"].to_numpy() - (frame.days - WATCHED_DAYS)))
    begin, stage_end = attempts["started"].to_numpy(), attempts["started"].to_numpy()
    pieces = []
    for place, job in enumerate(template):
        if place and job.stage != template[place - 1].stage:
            begin = stage_end
        took = np.exp(chance.normal(np.log(job.minutes), 0.25, len(attempts))) * weight * MINUTE
        took = took * np.where(bad & (culprit == place), chance.uniform(0.3, 1, len(attempts)), 1)
        pieces.append(_job_rows(attempts, job, place, hit=bad & (culprit == place), begin=begin, end=begin + took))
        stage_end = np.maximum(stage_end, begin + took)
    rows = pd.concat(pieces, ignore_index=True)
    stage = {place: [job.stage for job in template].index(job.stage) for place, job in enumerate(template)}
    return _after_failure(rows, np.tile(np.where(bad, culprit, len(template)), len(template)), stage)


def _job_rows(
    attempts: pd.DataFrame, job: Job, place: int, *, hit: NDArray[np.bool_], begin: Array, end: Array
) -> pd.DataFrame:
    failed = hit & (attempts["outcome"] != CANCELLED).to_numpy()
    late = failed & (attempts["outcome"] == TIMED_OUT).to_numpy()
    cause = pd.Series(np.where(late, "job_execution_timeout", job.cause), index=attempts.index)
    return pd.DataFrame(
        {
            "run_id": attempts["run_id"],
            "place": place,
            "name": job.name,
            "stage": job.stage,
            "outcome": np.where(hit, attempts["outcome"], SUCCESS),
            "started": begin,
            "finished": end,
            "failed_step": pd.Series(job.step, index=attempts.index).where(failed),
            "failure_reason": cause.where(failed & (attempts["ci"] == "gitlab")),
            "is_run": (attempts["outcome"] != SKIPPED).to_numpy(),
        }
    )


def _after_failure(rows: pd.DataFrame, culprit: Array, stage: dict[int, int]) -> pd.DataFrame:
    """What comes in later stages than the failure is skipped; a skipped run has no jobs."""
    last_stage = pd.Series(culprit).map(stage).fillna(len(stage)).to_numpy()
    skipped = rows["place"].map(stage).to_numpy() > last_stage
    kept = rows.assign(
        outcome=rows["outcome"].where(~skipped, SKIPPED),
        started=rows["started"].where(~skipped),
        finished=rows["finished"].where(~skipped),
    )
    return kept[kept["is_run"]].drop(columns="is_run")
