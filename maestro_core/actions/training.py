"""Learning anew from the portfolio: read in one transaction, learn outside of any, store in another."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import delete, exists, func, insert, select
from threadpoolctl import threadpool_limits

from maestro_core.access import Permission
from maestro_core.actions import action
from maestro_core.actions.recommending import learn_recommendations, learn_recommendations_if_due
from maestro_core.actions.training_reuse import SCORE_COLUMNS, TOLD_ANEW, lessons
from maestro_core.actions.training_work import learn_correlations
from maestro_core.errors import NotEnoughData
from maestro_core.learning import predictors, team_size
from maestro_core.learning.explanations import contributions
from maestro_core.learning.libraries import libraries
from maestro_core.models import ArtifactScore, Base, Prediction, TrainingRun, new_key
from maestro_core.reports import records
from maestro_core.reports.facts import facts_at_start, project_facts, usage_facts, version_facts
from maestro_core.scoring.impact import Impact, artifact_impact
from maestro_core.terms import Target
from maestro_core.workspace import Workspace

Door = Callable[[], AbstractContextManager[Workspace]]

MONTHS = 12
"""How many month ends back the impact is told, each from the outcomes known by then."""

TEXTS = ["description", "created_at"]
"""What nothing is learned from."""


@dataclass(frozen=True)
class Portfolio:
    """All that is learned from, as it stood at one moment."""

    projects: pd.DataFrame
    at_start: pd.DataFrame
    usage: pd.DataFrame
    now: datetime
    versions: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Which version of an artifact a project used last."""

    @cached_property
    def data_hash(self) -> str:
        """The same for the same facts, whatever the order of the rows; on another day it is another one."""
        digest = hashlib.sha256(self.now.date().isoformat().encode())
        facts, known = self.projects.drop(columns=TEXTS), self.at_start.drop(columns=TEXTS)
        for frame in (facts, known, self.usage, self.versions):
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


def train(door: Door, *, watch: Door | None = None) -> dict[str, str]:
    """Learn all questions anew, and what came of each; `watch` opens snapshots, for which nobody who writes waits."""
    with (watch or door)() as ws:
        ws.require(Permission.TRAIN, action="training.train")
        portfolio = portfolio_now(ws)
    learned, told = _learn(portfolio, [question for phase in PHASES for question in phase])
    with door() as ws:
        store_training(ws, learned=learned, told=told)
    learn_correlations(door, watch=watch)
    return told | {"recommendations": learn_recommendations(door, watch=watch)}


def train_if_due(door: Door, *, watch: Door | None = None) -> bool:
    """Learn anew where the facts changed since the last time, or a day went by; whether anything was learned.

    Each phase is stored as soon as it is learned: predictions, for which people wait, do not wait for impact.
    """
    with (watch or door)() as ws:
        ws.require(Permission.TRAIN, action="training.train_if_due")
        portfolio, latest = portfolio_now(ws), latest_runs(ws)
        has_scores = ws.session.scalar(select(ArtifactScore.id).limit(1)) is not None
    if portfolio.projects.empty:
        return False
    known = set(latest.loc[latest["data_hash"] == portfolio.data_hash, "question"])
    due = [phase for phase in PHASES if known.isdisjoint(phase)]
    # That too little is known is no news: kept every minute, it would fill the audit and outdate every page's answers.
    learned = [_learn_phase(door, portfolio, phase, is_news=has_scores and "impact" in phase) for phase in due]
    # After impact, which recommendations are blended with.
    learn_recommendations_if_due(door, watch=watch)
    if any(learned):
        learn_correlations(door, watch=watch)
    return any(learned)


def _learn_phase(door: Door, portfolio: Portfolio, phase: tuple[str, ...], *, is_news: bool) -> bool:
    learned, told = _learn(portfolio, phase)
    if learned or is_news:
        with door() as ws:
            store_training(ws, learned=learned, told=told)
    return bool(learned)


@action(Permission.TRAIN)
def store_training(ws: Workspace, *, learned: list[Learned], told: dict[str, str]) -> None:
    """Keep what was learned. Impact is told anew of all days, or of none where there is not enough evidence any more.

    Predictions of former days stay, to be judged once their projects have ended; one a day is enough for that.
    """
    if "impact" in told:
        for table in TOLD_ANEW:
            ws.session.execute(delete(table))
    for one in learned:
        _supersede(ws, one)
    ws.session.add_all(one.run for one in learned)
    ws.session.flush()
    for one in learned:
        _insert(ws, ArtifactScore, one.scores)
        _insert(ws, Prediction, one.predictions)
        for table, rows in one.lessons.items():
            _insert(ws, table, rows)


def _supersede(ws: Workspace, learned: Learned) -> None:
    """Remove what the same question was answered earlier today: what is kept grows by days, not by refreshes."""
    today = ws.now.replace(hour=0, minute=0, second=0, microsecond=0)
    told_again = Prediction.project_id.in_([row["project_id"] for row in learned.predictions])
    of_question = select(TrainingRun.id).where(TrainingRun.question == learned.run.question)
    earlier = (Prediction.predicted_at >= today, Prediction.training_run_id.in_(of_question))
    ws.session.execute(delete(Prediction).where(*earlier, told_again))
    unused = ~exists().where(Prediction.training_run_id == TrainingRun.id)
    same = (TrainingRun.question == learned.run.question, TrainingRun.trained_at >= today)
    ws.session.execute(delete(TrainingRun).where(*same, unused))


def portfolio_now(ws: Workspace) -> Portfolio:
    """What there is to learn from."""
    facts = project_facts(ws)
    return Portfolio(facts, facts_at_start(ws, facts), usage_facts(ws), ws.now, version_facts(ws))


def learn(portfolio: Portfolio, question: str) -> Learned:
    """The answer to one question; with one thread, the same portfolio gives the same numbers again."""
    # On matrices this small, threads wait longer for each other than they compute; one repeats to the digit.
    with threadpool_limits(limits=1):
        return QUESTIONS[question](portfolio)


def latest_runs(ws: Workspace) -> pd.DataFrame:
    """The last fitting of each question: question, trained_at, and all that it keeps."""
    latest = select(TrainingRun.question, func.max(TrainingRun.trained_at).label("trained_at"))
    last = latest.group_by(TrainingRun.question).subquery()
    same = (TrainingRun.question == last.c.question) & (TrainingRun.trained_at == last.c.trained_at)
    told = (TrainingRun.id, TrainingRun.question, TrainingRun.trained_at, TrainingRun.rows, TrainingRun.data_hash)
    kept = (TrainingRun.settings, TrainingRun.metrics, TrainingRun.coefficients)
    return ws.frame(select(*told, *kept).join(last, same))


def _learn(portfolio: Portfolio, questions: Iterable[str]) -> tuple[list[Learned], dict[str, str]]:
    learned, told = [], {}
    for question in questions:
        try:
            one = learn(portfolio, question)
        except NotEnoughData as missing:
            told[question] = missing.message
        else:
            learned.append(one)
            told[question] = f"learned from {one.run.rows} projects"
    return learned, told


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
    # Who joined a long project later made it no larger at the start. Artifacts are what a plan means to reuse: all.
    past = portfolio.at_start.assign(artifacts=portfolio.projects["artifacts"].to_numpy())
    model = team_size.fit(_ended(past))
    run = _run("team_size", portfolio, rows=model.known["success"])
    run.metrics, run.coefficients = dict(model.known), model.to_json()
    return Learned(run, [], [])


def _predictor(target: Target) -> Callable[[Portfolio], Learned]:
    def learn(portfolio: Portfolio) -> Learned:
        fitted = predictors.fit(predictors.PREDICTORS[target], _ended(portfolio.at_start))
        run = _run(str(target), portfolio, rows=fitted.n)
        run.settings = run.settings | dict(fitted.settings) | {"rows_hash": fitted.data_hash}
        run.metrics = fitted.summary["metrics"]
        run.coefficients = {"coefficients": dict(fitted.coefficients), "seen": dict(fitted.seen)}
        return Learned(run, [], _predictions(fitted, portfolio, run))

    return learn


def _predictions(fitted: predictors.Fitted, portfolio: Portfolio, run: TrainingRun) -> list[dict[str, Any]]:
    """What to expect of each running project, with what each feature adds."""
    facts = portfolio.at_start
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

PHASES: tuple[tuple[str, ...], ...] = (
    tuple(str(target) for target in predictors.PREDICTORS),
    ("impact", "reuse", "team_size"),
)
"""What is stored together, in the order in which people wait for it."""


def _insert(ws: Workspace, table: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    batch = list(rows)
    if batch:
        ws.session.execute(insert(table), batch)
