"""The questions that are asked of a portfolio, and how each is learned: facts in, rows for tables out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

import pandas as pd
from threadpoolctl import threadpool_limits

from maestro_core.actions.training_reuse import SCORE_COLUMNS, lessons
from maestro_core.errors import NotEnoughData
from maestro_core.learning import predictors, team_size
from maestro_core.learning.explanations import contributions
from maestro_core.learning.libraries import libraries
from maestro_core.models import Base, TrainingRun, new_key
from maestro_core.reports import records
from maestro_core.reports.facts import facts_at_start, project_facts, usage_facts, version_facts
from maestro_core.scoring.impact import Impact, artifact_impact
from maestro_core.scoring.success import PARTS
from maestro_core.terms import Target
from maestro_core.workspace import Workspace

MONTHS = 12
"""How many month ends back the impact is told, each from the outcomes known by then."""

TEXTS = ["description", "created_at"]
"""What nothing is learned from."""

COME_WITH_THE_END = ["finished_at", "outcome", *PARTS, "success", "duration", "cost", "experiments"]
"""What is not known of a project that still runs, or only so far."""


@dataclass(frozen=True)
class Portfolio:
    """All that is learned from, as it stood at one moment."""

    projects: pd.DataFrame
    """What came of them, and their team and artifacts as of their start: more of either comes with time."""
    usage: pd.DataFrame
    now: datetime
    versions: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Which version of an artifact a project used last."""

    @cached_property
    def data_hash(self) -> str:
        """The same for the same facts, whatever the order of the rows; on another day it is another one."""
        digest = hashlib.sha256(self.now.date().isoformat().encode())
        for frame in (self.projects.drop(columns=TEXTS), self.usage, self.versions):
            rows = pd.util.hash_pandas_object(frame.astype(str), index=False)
            digest.update(rows.sort_values().to_numpy().tobytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class Learned:
    """One fitting of one question, with the rows that it leads to; they name the run by its key."""

    run: TrainingRun
    scores: list[dict[str, Any]]
    predictions: list[dict[str, Any]]
    lessons: Mapping[type[Base], list[dict[str, Any]]] = field(default_factory=dict)
    """Of artifacts, beyond their scores."""


def portfolio_now(ws: Workspace) -> Portfolio:
    """What there is to learn from."""
    return Portfolio(facts_at_start(ws, project_facts(ws)), usage_facts(ws), ws.now, version_facts(ws))


def as_known_by(portfolio: Portfolio, moment: datetime) -> Portfolio:
    """What there was to learn from at a moment of the past: nothing that started, ended or was used after it."""
    projects, usage = portfolio.projects, portfolio.usage
    started = projects[projects["started_at"] <= moment]
    still_running = ~(started["finished_at"] <= moment)
    known = started.assign(**{name: started[name].mask(still_running) for name in COME_WITH_THE_END})
    return Portfolio(known, usage[usage["first_used_at"] <= moment], moment)


def learn(portfolio: Portfolio, question: str) -> Learned:
    """The answer to one question; with one thread, the same portfolio gives the same numbers again."""
    # On matrices this small, threads wait longer for each other than they compute; one repeats to the digit.
    with threadpool_limits(limits=1):
        return QUESTIONS[question](portfolio)


def _impact(portfolio: Portfolio) -> Learned:
    found = dict(_impacts(portfolio))
    latest = found[max(found)]
    run = _run("impact", portfolio, rows=latest.fit.projects)
    run.settings = run.settings | {"as_of": [day.isoformat() for day in found]}
    run.metrics = {"artifacts": latest.fit.artifacts, "uses": latest.fit.uses}
    run.coefficients = asdict(latest.fit)
    scores = [row for day, impact in found.items() for row in _score_rows(impact, day, run.id)]
    return Learned(run, scores, [])


def _reuse(portfolio: Portfolio) -> Learned:
    facts = (portfolio.projects, portfolio.usage, portfolio.versions)
    found = lessons(*facts, as_of=portfolio.now.date())
    run = _run("reuse", portfolio, rows=found.projects)
    run.metrics = found.metrics()
    return Learned(run, [], [], found.rows(run.id))


def _impacts(portfolio: Portfolio) -> Iterator[tuple[date, Impact]]:
    """The impact today and at each month end before for which enough outcomes were known."""
    today = portfolio.now.date()
    yield today, artifact_impact(portfolio.projects, portfolio.usage, as_of=today)
    for day in _month_ends(today):
        end_of_day = pd.Timestamp(day, tz="UTC") + pd.Timedelta(days=1)
        known_by_then = portfolio.usage[portfolio.usage["first_used_at"] < end_of_day]
        try:
            yield day, artifact_impact(portfolio.projects, known_by_then, as_of=day)
        except NotEnoughData:
            return


def _month_ends(today: date) -> Iterator[date]:
    day = today
    for _ in range(MONTHS):
        day = day.replace(day=1) - timedelta(days=1)
        yield day


def _score_rows(impact: Impact, day: date, run_id: UUID) -> list[dict[str, Any]]:
    table = impact.artifacts[["artifact_id", *SCORE_COLUMNS]].rename(columns=SCORE_COLUMNS)
    table["rank"] = range(1, len(table) + 1)
    return [row | {"training_run_id": run_id, "as_of": day} for row in records(table)]


def _team_size(portfolio: Portfolio) -> Learned:
    model = team_size.fit(_ended(portfolio.projects))
    run = _run("team_size", portfolio, rows=model.known["success"])
    run.metrics, run.coefficients = dict(model.known), model.to_json()
    return Learned(run, [], [])


def _predictor(target: Target) -> Callable[[Portfolio], Learned]:
    def learn(portfolio: Portfolio) -> Learned:
        fitted = predictors.fit(predictors.PREDICTORS[target], _ended(portfolio.projects))
        run = _run(str(target), portfolio, rows=fitted.n)
        run.settings = run.settings | dict(fitted.settings) | {"rows_hash": fitted.data_hash}
        run.metrics = fitted.summary["metrics"]
        run.coefficients = {"coefficients": dict(fitted.coefficients), "seen": dict(fitted.seen)}
        return Learned(run, [], _predictions(fitted, portfolio, run))

    return learn


def _predictions(fitted: predictors.Fitted, portfolio: Portfolio, run: TrainingRun) -> list[dict[str, Any]]:
    """What to expect of each running project, with what each feature adds."""
    facts = portfolio.projects
    running = facts[facts["outcome"].isna() & facts["finished_at"].isna()]
    answers = predictors.predict(fitted, running)
    parts = contributions(fitted, running)
    effects = {
        key: dict(zip(rows["feature"], rows["effect"], strict=True)) for key, rows in parts.groupby("project_id")
    }
    told = {"training_run_id": run.id, "target": fitted.predictor.name, "predicted_at": run.trained_at}
    kept = records(answers[["project_id", "value", "low", "high", "outside"]])
    return [row | told | {"contributions": effects[row["project_id"]]} for row in kept]


def _ended(facts: pd.DataFrame) -> pd.DataFrame:
    return facts[facts["outcome"].notna()]


def _run(question: str, portfolio: Portfolio, *, rows: int) -> TrainingRun:
    return TrainingRun(
        id=new_key(),
        question=question,
        trained_at=portfolio.now,
        rows=rows,
        data_hash=portfolio.data_hash,
        settings={"libraries": libraries()},
        metrics={},
        coefficients={},
    )


QUESTIONS: Mapping[str, Callable[[Portfolio], Learned]] = {
    **{str(target): _predictor(target) for target in predictors.PREDICTORS},
    "impact": _impact,
    "reuse": _reuse,
    "team_size": _team_size,
}

PREDICTIONS = tuple(str(target) for target in predictors.PREDICTORS)

PHASES: tuple[tuple[str, ...], ...] = (
    PREDICTIONS,
    ("impact", "reuse", "team_size"),
)
"""What is stored together, in the order in which people wait for it."""
