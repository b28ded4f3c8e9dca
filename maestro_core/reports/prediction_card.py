"""The model card of a predictor: what it was trained on, how good it is, what it is for, and what it is not for."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import pandas as pd

from maestro_core.access import Permission
from maestro_core.errors import NotEnoughData
from maestro_core.learning import calibration, intervals
from maestro_core.learning.predictors import (
    FEATURES,
    KNOWN_BEFORE_THE_START,
    PREDICTORS,
    SKEWED,
    WORDS,
    Fitted,
)
from maestro_core.learning.preparation import UNKNOWN, origin
from maestro_core.reports import Frame, Report, records, report
from maestro_core.reports.expectation import span
from maestro_core.reports.prediction_models import ended, facts_before, latest_runs, learned, told_and_came
from maestro_core.reports.predictions import Judged, judged
from maestro_core.terms import Measured, Target
from maestro_core.workspace import Workspace

SAME = 1e-9
"""How near numbers that are learned again must come, relative to those stored."""

INTENDED_USE = (
    "Plan: how long, how costly and how successful projects like those of the past turn out, and how sure that is.",
    "Ask: which known facts move an expectation, and what happened to the past projects most like this one.",
)

LIMITS = (
    "Associations, not causes: changing a fact may not change the outcome as drawn. An experiment can show a cause.",
    "Nothing is known of what happens after the start: a prediction does not follow the progress of a project.",
    "The interval holds for projects like those of the past, on average over them, not for each sort apart.",
    "Beyond the range seen the sum goes on as a straight line; the interval does not cover such a leap.",
    "It is a sum: a fact moves every project alike (by a factor for duration and cost), whatever the others are.",
    "It learns from projects with a known outcome only: what is never finished or never judged is not in it.",
    "Of projects, never of people: it is no basis for judging anybody.",
)


class ModelCard(Report):
    """What there is to know of a predictor; what a training run keeps is empty before the first.

    `coefficients`: column (as prepared), feature, coefficient (per standard deviation, on the model's scale), effect in
    words. `features`: feature, kind, meaning, seen, known (past projects that tell it). `calibration`: promised, n,
    inside, coverage, low, high. `held_out`: actual beside predicted of each past project, by a model that had not seen
    it. `is_same_rows` and `is_reproduced` say whether today's facts are those of the training, and whether learning
    from them again gave the stored coefficients; None where nothing is stored or too little is known.
    """

    target: Target
    title: str
    unit: str
    predictor: Judged
    trained_at: datetime | None
    rows: int
    data_hash: str
    settings: dict[str, Any]
    libraries: dict[str, str]
    scale: str
    skill: Measured[float]
    skill_against_median: Measured[float]
    coefficients: Frame
    features: Frame
    calibration: Frame
    held_out: Frame
    is_same_rows: bool | None
    is_reproduced: bool | None
    intended_use: tuple[str, ...] = INTENDED_USE
    limits: tuple[str, ...] = LIMITS


@report(Permission.VIEW)
def model_card(ws: Workspace, *, target: Target) -> ModelCard:
    """What a predictor was trained on and when, how good it is at each level, what it is for and what it is not for."""
    facts, runs = facts_before(ws), latest_runs(ws)
    told = judged(target, facts, told_and_came(ws, facts), runs, ws.tenant.currency)
    past = ended(facts)
    fitted = _learned(target, past)
    held_out = None if fitted is None else calibration.held_out(fitted)
    run = next((row for row in records(runs) if row["question"] == target), {})
    against_guessing, against_median = calibration.skills(held_out) if held_out else (None, None)
    stored = dict(run.get("settings") or {})
    return ModelCard(
        target=target,
        title=told.title,
        unit=told.unit,
        predictor=told,
        trained_at=run.get("trained_at"),
        rows=int(run.get("rows") or 0),
        data_hash=str(stored.get("rows_hash") or run.get("data_hash") or ""),
        libraries=stored.pop("libraries", {}),
        settings=stored,
        scale=PREDICTORS[target].scale.name,
        skill=_measured(against_guessing, told),
        skill_against_median=_measured(against_median, told),
        coefficients=_coefficients(target, run),
        features=_features(past, fitted),
        calibration=_calibrated(held_out),
        held_out=_beside(held_out),
        is_same_rows=fitted.data_hash == stored["rows_hash"] if fitted and "rows_hash" in stored else None,
        is_reproduced=_is_reproduced(run, fitted),
    )


def _learned(target: Target, past: pd.DataFrame) -> Fitted | None:
    try:
        return learned(target, past, level=intervals.LEVEL)
    except NotEnoughData:
        return None


def _measured(spread: calibration.Spread | None, told: Judged) -> Measured[float]:
    if spread is None:
        return Measured.missing(f"needs {told.missing} more outcome{'s' if told.missing > 1 else ''}")
    if spread.value is None:
        return Measured.missing("all outcomes are alike", sample=told.known)
    return Measured(value=spread.value, low=spread.low, high=spread.high, sample=told.known)


def _coefficients(target: Target, run: dict[str, Any]) -> pd.DataFrame:
    stored: dict[str, float] = (run.get("coefficients") or {}).get("coefficients", {})
    effect = PREDICTORS[target].scale.effect
    rows = [
        (name, origin(name, FEATURES), value, effect(value)) for name, value in stored.items() if name != "baseline"
    ]
    found = pd.DataFrame(rows, columns=["column", "feature", "coefficient", "effect"])
    return found.sort_values("coefficient", key=abs, ascending=False, ignore_index=True)


def _features(past: pd.DataFrame, fitted: Fitted | None) -> pd.DataFrame:
    rows = [
        {
            "feature": name,
            "kind": "word" if name in WORDS else "number, as a logarithm" if name in SKEWED else "number",
            "meaning": KNOWN_BEFORE_THE_START[name],
            "seen": "" if fitted is None else span([one for one in fitted.seen[name] if one != UNKNOWN]),
            "known": int(past[name].notna().sum()),
        }
        for name in FEATURES
    ]
    return pd.DataFrame(rows)


def _calibrated(held_out: calibration.HeldOut | None) -> pd.DataFrame:
    if held_out is None:
        return pd.DataFrame(columns=["promised", "n", "inside", "coverage", "low", "high"])
    return calibration.calibration(held_out)


def _beside(held_out: calibration.HeldOut | None) -> pd.DataFrame:
    if held_out is None:
        return pd.DataFrame({"actual": [], "predicted": []})
    return pd.DataFrame({"actual": held_out.actual, "predicted": held_out.predicted})


def _is_reproduced(run: dict[str, Any], fitted: Fitted | None) -> bool | None:
    stored: dict[str, float] = (run.get("coefficients") or {}).get("coefficients", {})
    if fitted is None or not stored:
        return None
    now = fitted.coefficients
    return stored.keys() == now.keys() and all(
        math.isclose(now[name], value, rel_tol=SAME, abs_tol=1e-12) for name, value in stored.items()
    )
