"""Simulated experiments whose true effect is known: one that was decided, one that runs, one that is designed.

They are drawn by the same rules as real ones, and their effect is added to the outcomes of the treated projects.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from maestro_core.learning.simulation import SimulatedPortfolio
from maestro_core.scoring.experiment_design import complexity_cuts, draw, late_variant, stratum
from maestro_core.terms import ExperimentKind, ExperimentState, ExperimentUnit

TRUE_EFFECT = 10.0
"""Points of success that the decided experiment's treatment adds; the running one's adds nothing."""
PARTS = ("model_performance", "business_impact", "delivery")
FORECAST_SHARE, FORECAST_ERROR = 0.6, 6.0
EVEN = 1.0


@dataclass(frozen=True)
class SimulatedExperiments:
    """The portfolio with what the experiments changed, and the experiments as frames.

    experiments: experiment, name, hypothesis, kind, unit, artifact (number or None), variants (names), primary_metric,
    further_metrics, planned_units, worthwhile, seed, complexity_cuts, state, stop_reason, created_at, started_at,
    stopped_at, decision (a variant or None), reason, true_effect. assignments: experiment, project_id, project, team,
    variant (None in a draft), stratum, is_late, enrolled_at, assigned_at, forecasts.
    """

    portfolio: SimulatedPortfolio
    experiments: pd.DataFrame
    assignments: pd.DataFrame


@dataclass(frozen=True)
class _Plan:
    """What an experiment is, before anybody is assigned."""

    facts: dict[str, Any]
    started_at: pd.Timestamp | None
    units: int


def simulate_experiments(seed: int, portfolio: SimulatedPortfolio, *, until: date) -> SimulatedExperiments:
    """Three experiments in a portfolio that ends where `until` starts; the same arguments give the same ones."""
    chance = np.random.default_rng([seed, 40])
    now = pd.Timestamp(until, tz="UTC")
    plans = _plans(seed, portfolio, now)
    told = [_enrolled(portfolio.projects, plan, now, chance) for plan in plans]
    experiments = [_ended(plan, rows, portfolio.projects) for plan, rows in zip(plans, told, strict=True)]
    assignments = pd.concat([rows.assign(experiment=number) for number, rows in enumerate(told)], ignore_index=True)
    treated = told[0].loc[told[0]["variant"] == "reviewed in pairs", "project_id"]
    return SimulatedExperiments(
        portfolio=replace(portfolio, projects=_improved(portfolio.projects, set(treated))),
        experiments=pd.DataFrame(experiments).rename_axis("experiment").reset_index(),
        assignments=assignments,
    )


def _plans(seed: int, portfolio: SimulatedPortfolio, now: pd.Timestamp) -> list[_Plan]:
    shared: dict[str, Any] = {"unit": ExperimentUnit.TEAM, "artifact": None, "worthwhile": 8.0, "stop_reason": ""}
    popular = int(portfolio.usage["artifact_id"].value_counts().index[0])
    pairs = shared | {
        "name": "Reviews in pairs",
        "hypothesis": "What two people review together is understood by two: fewer mistakes reach the client.",
        "kind": ExperimentKind.WORKFLOW,
        "variants": ["reviewed as before", "reviewed in pairs"],
        "primary_metric": "success",
        "further_metrics": ["duration", "cost", "commits"],
        "planned_units": 24,
        "seed": seed + 1,
        "true_effect": TRUE_EFFECT,
    }
    reuse = shared | {
        "name": "Start from the shared artifact",
        "hypothesis": "A project that starts from what others have built succeeds more.",
        "kind": ExperimentKind.ARTIFACT_USE,
        "artifact": popular,
        "variants": ["does not use it", "uses it"],
        "primary_metric": "success",
        "further_metrics": ["duration"],
        "planned_units": 30,
        "seed": seed + 2,
        "true_effect": 0.0,
    }
    smaller = shared | {
        "name": "One person fewer",
        "hypothesis": "Simple projects do as well with a smaller team.",
        "kind": ExperimentKind.TEAM_CONFIGURATION,
        "variants": ["usual team", "one person fewer"],
        "primary_metric": "success",
        "further_metrics": ["cost"],
        "planned_units": 20,
        "seed": seed + 3,
        "true_effect": 0.0,
    }
    starts = (now - timedelta(days=700), now - timedelta(days=240), None)
    designs: tuple[dict[str, Any], ...] = (pairs, reuse, smaller)
    return [_Plan(facts, at, facts["planned_units"]) for facts, at in zip(designs, starts, strict=True)]


def _enrolled(projects: pd.DataFrame, plan: _Plan, now: pd.Timestamp, chance: np.random.Generator) -> pd.DataFrame:
    """Who ran at the start is drawn at once; who starts later comes late, up to the planned number and a few more."""
    at = plan.started_at or now
    last = projects["finished_at"].fillna(now + timedelta(days=1))
    running = (projects["started_at"] <= at) & (last > at)
    later = (projects["started_at"] > at) & (projects["started_at"] < now)
    first = _rows(projects[running].sort_values("started_at").tail(plan.units), at)
    if plan.started_at is None:
        return first.head(8).assign(variant=None, stratum="", assigned_at=pd.Series(dtype="datetime64[us, UTC]"))
    late = _rows(projects[later].sort_values("started_at").head(plan.units + 4 - len(first)), None)
    weights = dict.fromkeys(plan.facts["variants"], EVEN)
    cuts = complexity_cuts(list(first["complexity"]))
    plan.facts["complexity_cuts"] = cuts
    first["stratum"] = [stratum(value, cuts) for value in first["complexity"]]
    drawn = draw(first, weights=weights, seed=plan.facts["seed"], by_team=True)
    rows = pd.concat([drawn, _late(late, cuts, weights, plan.facts["seed"])], ignore_index=True)
    return rows.assign(forecasts=pd.Series(_forecasts(projects, rows, chance), index=rows.index, dtype=object))


def _rows(projects: pd.DataFrame, at: pd.Timestamp | None) -> pd.DataFrame:
    rows = projects[["project_id", "complexity"]].assign(
        project=projects["name"], team=projects["name"], is_late=at is None
    )
    moment = projects["started_at"] if at is None else at
    nothing = pd.Series([{}] * len(rows), index=rows.index, dtype=object)
    return rows.assign(enrolled_at=moment, assigned_at=moment, forecasts=nothing)


def _late(late: pd.DataFrame, cuts: list[float], weights: dict[str, float], seed: int) -> pd.DataFrame:
    blocks = pd.Series([stratum(value, cuts) for value in late["complexity"]], index=late.index, dtype=object)
    places = blocks.groupby(blocks).cumcount()
    variants = [
        late_variant(block, int(place), weights=weights, seed=seed) for block, place in zip(blocks, places, strict=True)
    ]
    return late.assign(stratum=blocks, variant=variants)


def _forecasts(projects: pd.DataFrame, rows: pd.DataFrame, chance: np.random.Generator) -> list[dict[str, float]]:
    """What a middling predictor would have said before: as in the sample no predictor was there in time."""
    success = projects.set_index("project_id")["success"]
    mean = float(success.mean())
    known = rows["project_id"].map(success).fillna(mean)
    told = mean + FORECAST_SHARE * (known - mean) + chance.normal(0, FORECAST_ERROR, len(rows))
    return [{"success": round(float(value), 1)} for value in told]


def _ended(plan: _Plan, rows: pd.DataFrame, projects: pd.DataFrame) -> dict[str, Any]:
    """The facts of an experiment with its state: the first ends with the last of its projects."""
    created = rows["enrolled_at"].min() - timedelta(days=3)
    told = {"complexity_cuts": [], "created_at": created, "started_at": plan.started_at, "stopped_at": pd.NaT}
    told |= {"decision": None, "reason": "", "state": ExperimentState.DRAFT} | plan.facts
    if plan.started_at is None:
        return told
    if not plan.facts["true_effect"]:
        return told | {"state": ExperimentState.RUNNING}
    ends = projects.set_index("project_id")["finished_at"].reindex(rows["project_id"]).dropna()
    return told | {
        "state": ExperimentState.STOPPED,
        "stopped_at": ends.max() + timedelta(days=1),
        "stop_reason": "The planned number of teams has ended.",
        "decision": plan.facts["variants"][1],
        "reason": "Better, and by about the 8 points that would matter; that it costs more is not shown.",
    }


def _improved(projects: pd.DataFrame, treated: set[int]) -> pd.DataFrame:
    """The true effect on each part of success, which stays below 100."""
    chosen = projects["project_id"].isin(treated)
    gained = {
        name: projects[name].where(~chosen, (projects[name] + TRUE_EFFECT).clip(upper=100.0))
        for name in (*PARTS, "success")
    }
    return projects.assign(**gained)
