"""What the sample must tell of learning: forecasts that came to be judged, plans before the start, and scenarios."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import func, select

from maestro_core.models import TrainingRun
from maestro_core.reports.prediction_models import facts_before
from maestro_core.reports.predictions import predictions
from maestro_core.reports.scenarios import compare, scenario, scenarios
from maestro_core.workspace import Workspace


def forecasts_were_judged(ws: Workspace) -> None:
    """Some months ago it was foretold what ran then, from no outcome that came later; most outcomes lie inside."""
    facts, answer = facts_before(ws), predictions(ws)
    for one in answer.predictors:
        assert one.live_coverage.sample >= 8
        assert one.live_coverage.value is not None
        assert one.live_coverage.value >= 0.5
    first = ws.session.scalar(select(func.min(TrainingRun.trained_at)))
    then = select(TrainingRun.rows).where(TrainingRun.trained_at == first)
    assert set(ws.session.scalars(then)) == {int((facts["finished_at"] <= pd.Timestamp(first)).sum())}
    assert answer.trained_at is not None
    assert first is not None
    assert answer.trained_at - first > pd.Timedelta(days=90)


def artifacts_at_the_start_differ(ws: Workspace) -> None:
    """Where all projects begin with as many, their number teaches nothing."""
    assert facts_before(ws)["artifacts"].nunique() >= 5


def scenarios_can_be_compared(ws: Workspace) -> None:
    """Three of them, each within what past projects were like."""
    kept = scenarios(ws).scenarios
    assert len(kept) == 3
    for key in kept["scenario_id"]:
        assert set(scenario(ws, scenario_id=key).expected) == {"success", "duration", "cost"}
    assert kept["project"].notna().sum() == 1
    outcomes = compare(ws, scenario_ids=list(kept["scenario_id"])).outcomes
    assert outcomes["supported"].all()
