"""Learning anew from the portfolio: read in one transaction, learn outside of any, store in another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pandas as pd
from sqlalchemy import delete, exists, func, insert, select

from maestro_core.access import Permission
from maestro_core.actions import action
from maestro_core.actions.recommending import learn_recommendations, learn_recommendations_if_due
from maestro_core.actions.training_questions import (
    PHASES,
    PREDICTIONS,
    Learned,
    Portfolio,
    as_known_by,
    learn,
    portfolio_now,
)
from maestro_core.actions.training_reuse import TOLD_ANEW
from maestro_core.actions.training_work import learn_correlations
from maestro_core.errors import NotEnoughData
from maestro_core.models import ArtifactScore, Base, Prediction, TrainingRun
from maestro_core.workspace import Workspace

Door = Callable[[], AbstractContextManager[Workspace]]


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


def train_as_of(door: Door) -> dict[str, str]:
    """Foretell what ran at a moment of the past, the `now` of the workspaces that the door opens, from what was known.

    What ended since then shows whether it held. A portfolio that learns from its first day on needs no such history.
    """
    with door() as ws:
        ws.require(Permission.TRAIN, action="training.train_as_of")
        portfolio = as_known_by(portfolio_now(ws), ws.now)
    learned, told = _learn(portfolio, PREDICTIONS)
    with door() as ws:
        store_training(ws, learned=learned, told=told)
    return told


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
    tomorrow = today + timedelta(days=1)
    told_again = Prediction.project_id.in_([row["project_id"] for row in learned.predictions])
    of_question = select(TrainingRun.id).where(TrainingRun.question == learned.run.question)
    on_this_day = (Prediction.predicted_at >= today, Prediction.predicted_at < tomorrow)
    earlier = (*on_this_day, Prediction.training_run_id.in_(of_question))
    ws.session.execute(delete(Prediction).where(*earlier, told_again))
    unused = ~exists().where(Prediction.training_run_id == TrainingRun.id)
    same_day = (TrainingRun.trained_at >= today, TrainingRun.trained_at < tomorrow)
    ws.session.execute(delete(TrainingRun).where(TrainingRun.question == learned.run.question, *same_day, unused))


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


def _insert(ws: Workspace, table: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    batch = list(rows)
    if batch:
        ws.session.execute(insert(table), batch)
