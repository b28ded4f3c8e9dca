"""The sample's experiments as rows: their assignments were drawn by the simulation, as real ones are by the start."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pandas as pd

from maestro_core.actions.sample_rows import Keys, having, new_keys, of, put
from maestro_core.learning.simulation_experiments import SimulatedExperiments
from maestro_core.models import Assignment, Experiment, ExperimentDecision, Variant
from maestro_core.workspace import Workspace

KEPT = (
    *("name", "hypothesis", "kind", "unit", "primary_metric", "further_metrics", "planned_units", "worthwhile", "seed"),
    *("complexity_cuts", "state", "stop_reason", "created_at", "started_at", "stopped_at"),
)


def insert_experiments(ws: Workspace, told: SimulatedExperiments, keys: Keys) -> None:
    """Experiments with their variants, assignments and decisions."""
    rows = told.experiments
    experiments = new_keys(len(rows))
    artifacts = [None if pd.isna(number) else int(number) for number in rows["artifact"]]
    names = told.portfolio.artifacts["name"]
    put(
        ws,
        Experiment,
        having(
            rows[list(KEPT)],
            id=experiments,
            artifact_id=[None if number is None else keys.artifacts[number] for number in artifacts],
            artifact_name=["" if number is None else str(names.iloc[number]) for number in artifacts],
            created_by=ws.member.membership_id,
            archived_at=None,
        ),
    )
    variants = _insert_variants(ws, rows, experiments)
    _insert_assignments(ws, told.assignments, experiments, variants, keys)
    _insert_decisions(ws, rows, experiments, variants)


def _insert_variants(ws: Workspace, rows: pd.DataFrame, experiments: list[UUID]) -> dict[tuple[int, str], UUID]:
    """The key of each variant by the number of its experiment and its name."""
    told = [(number, place, name) for number, names in enumerate(rows["variants"]) for place, name in enumerate(names)]
    keys = new_keys(len(told))
    shared: dict[str, Any] = {"description": "", "weight": 1.0}
    put(
        ws,
        Variant,
        [
            shared | {"id": key, "experiment_id": experiments[number], "place": place, "name": name}
            for key, (number, place, name) in zip(keys, told, strict=True)
        ],
    )
    return {(number, name): key for key, (number, _, name) in zip(keys, told, strict=True)}


def _insert_assignments(
    ws: Workspace, rows: pd.DataFrame, experiments: list[UUID], variants: dict[tuple[int, str], UUID], keys: Keys
) -> None:
    plain = rows[["team", "stratum", "is_late", "enrolled_at", "assigned_at", "forecasts"]]
    named = zip(rows["experiment"], rows["variant"], strict=True)
    put(
        ws,
        Assignment,
        having(
            plain.assign(project_name=rows["project"]),
            id=new_keys(len(rows)),
            experiment_id=of(experiments, rows["experiment"]),
            project_id=of(keys.projects, rows["project_id"]),
            variant_id=[None if pd.isna(name) else variants[number, name] for number, name in named],
        ),
    )


def _insert_decisions(
    ws: Workspace, rows: pd.DataFrame, experiments: list[UUID], variants: dict[tuple[int, str], UUID]
) -> None:
    decided = rows[rows["decision"].notna()]
    chosen = [variants[number, name] for number, name in zip(decided["experiment"], decided["decision"], strict=True)]
    put(
        ws,
        ExperimentDecision,
        having(
            decided[["reason"]],
            id=new_keys(len(decided)),
            experiment_id=of(experiments, decided["experiment"]),
            variant_id=chosen,
            decided_by=ws.member.membership_id,
            decided_at=[moment + pd.Timedelta(days=2) for moment in decided["stopped_at"]],
        ),
    )
