"""Learning anew what recommendations are made from: read, learn outside of any transaction, store."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import delete
from threadpoolctl import threadpool_limits

from maestro_core.access import Permission
from maestro_core.actions import action
from maestro_core.errors import NotEnoughData
from maestro_core.models import LearnedRecommender
from maestro_core.reports.recommendation_rows import RecommendationFacts, latest_recommender, recommendation_facts
from maestro_core.scoring.recommendation_blend import Chosen
from maestro_core.scoring.recommendation_learning import learn, to_bytes
from maestro_core.workspace import Workspace

Door = Callable[[], AbstractContextManager[Workspace]]

SEED = 20_190_513
"""Which past uses are hidden while the blend is chosen: the same facts get the same answer."""


def learn_recommendations(door: Door, *, watch: Door | None = None) -> str:
    """Learn anew, the blend included; in words, what came of it."""
    with (watch or door)() as ws:
        ws.require(Permission.TRAIN, action="recommending.learn_recommendations")
        facts = recommendation_facts(ws)
    return _learn(door, facts, chosen=None)


def learn_recommendations_if_due(door: Door, *, watch: Door | None = None) -> bool:
    """Learn anew where the facts have changed; the blend is chosen once a day, as that takes the time."""
    with (watch or door)() as ws:
        ws.require(Permission.TRAIN, action="recommending.learn_recommendations_if_due")
        facts, latest, today = recommendation_facts(ws), ws.session.scalar(latest_recommender()), ws.now.date()
    is_of_today = latest is not None and latest.learned_at.date() == today
    if facts.artifacts.empty or (is_of_today and latest.data_hash == facts.data_hash):
        return False
    _learn(door, facts, chosen=Chosen.told(latest.settings, latest.metrics) if is_of_today else None)
    return True


@action(Permission.TRAIN)
def store_recommender(
    ws: Workspace, *, data_hash: str, settings: dict[str, Any], metrics: dict[str, Any], content: bytes
) -> None:
    """Keep what was learned in place of what was known before."""
    ws.session.execute(delete(LearnedRecommender))
    ws.session.add(
        LearnedRecommender(learned_at=ws.now, data_hash=data_hash, settings=settings, metrics=metrics, content=content)
    )


def _learn(door: Door, facts: RecommendationFacts, *, chosen: Chosen | None) -> str:
    try:
        # Matrices this small do not gain from threads; one repeats to the digit.
        with threadpool_limits(limits=1):
            learned = learn(facts.artifacts, facts.projects, facts.usage, seed=SEED, chosen=chosen)
    except NotEnoughData as missing:
        return missing.message
    content = to_bytes(learned.recommender)
    told = {"settings": learned.chosen.settings, "metrics": learned.chosen.metrics}
    with door() as ws:
        store_recommender(ws, data_hash=facts.data_hash, content=content, **told)
    return f"learned from {len(facts.usage)} use{'s' if len(facts.usage) != 1 else ''} of artifacts"
