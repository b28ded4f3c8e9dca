"""Whether reusing what helps goes along with better projects: read from the last training run, never computed here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from maestro_core.access import Permission
from maestro_core.models import TrainingRun
from maestro_core.reports import Report, report
from maestro_core.scoring.impact_outcomes import saved
from maestro_core.scoring.impact_reuse import FEWEST_PROJECTS
from maestro_core.terms import Measured, Target
from maestro_core.workspace import Workspace

BOUNDS = ("value", "low", "high")
NOTHING_LEARNED = (
    f"it needs {FEWEST_PROJECTS} finished projects that used different artifacts and whose success differs"
)


class ReuseOutcome(Report):
    """Projects that reuse at least three high-impact artifacts against the others, on one outcome, adjusted.

    `difference` is in points of success, or the share of duration or cost that is saved; it has a 90 % interval.
    """

    target: Target
    difference: Measured[float]
    reusing: int
    others: int


class Reuse(Report):
    """The same for success, duration and cost, and when that was learned."""

    outcomes: tuple[ReuseOutcome, ...]
    trained_at: datetime | None


@report(Permission.VIEW)
def reuse(ws: Workspace) -> Reuse:
    """How much better projects do that reuse what helps."""
    latest = select(TrainingRun.metrics, TrainingRun.trained_at).where(TrainingRun.question == "reuse")
    row = ws.session.execute(latest.order_by(TrainingRun.trained_at.desc()).limit(1)).one_or_none()
    metrics, trained_at = row if row else ({}, None)
    return Reuse(outcomes=tuple(_outcome(target, metrics.get(str(target))) for target in Target), trained_at=trained_at)


def _outcome(target: Target, told: dict[str, Any] | None) -> ReuseOutcome:
    if told is None:
        missing = Measured[float].missing(NOTHING_LEARNED)
        return ReuseOutcome(target=target, difference=missing, reusing=0, others=0)
    difference = Measured[float].model_validate(told["difference"])
    if target is not Target.SUCCESS:
        shares = {name: saved(getattr(difference, name)) for name in BOUNDS}
        difference = difference.model_copy(update=shares)
    return ReuseOutcome(target=target, difference=difference, reusing=told["reusing"], others=told["others"])
