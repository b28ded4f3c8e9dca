"""Who takes part in an experiment, and the draw: from the seed alone, recorded with what was known before it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy import func, select

from maestro_core.errors import NotEnoughData, NotNow
from maestro_core.models import Assignment, Experiment, Prediction, Project, Variant, new_key
from maestro_core.reports import records
from maestro_core.scoring.experiment_design import complexity_cuts, draw, late_variant, stratum, team_block
from maestro_core.terms import ExperimentState, ExperimentUnit
from maestro_core.workspace import Workspace

FEWEST_UNITS = 2
"""In each variant: with fewer there is no spread."""


def enrolment(ws: Workspace, experiment: Experiment, project_id: UUID, *, team: str | None) -> Assignment:
    """A row that waits for its variant; refused where the outcome is known already."""
    project = ws.get(Project, project_id)
    if project.outcome is not None:
        raise NotNow(f"{project.name} has an outcome already.", advice="Only what is still open can be compared.")
    return Assignment(
        id=new_key(),
        experiment_id=experiment.id,
        project_id=project.id,
        project_name=project.name,
        team=team or project.name,
        enrolled_at=ws.now,
        stratum="",
        is_late=False,
        forecasts={},
    )


def refuse_mistaken_team(
    ws: Workspace, experiment: Experiment, project_ids: Sequence[UUID], *, team: str | None
) -> None:
    """Raise `NotNow` where only its name would put a project that takes part by itself into somebody's team.

    After the start, naming such a project is the only way to say that who comes late is of its team.
    """
    if team is None:
        names = select(Project.name).where(Project.id.in_(project_ids))
        taken = select(Assignment.team).where(Assignment.experiment_id == experiment.id, Assignment.team.in_(names))
        name = ws.session.scalar(taken.where(Assignment.project_id.not_in(project_ids)).order_by(Assignment.team))
        if name is not None:
            advice = f"Tell its team: {name} where it belongs to that one, another name where it does not."
            raise NotNow(f"{name} is also the name of a team that takes part.", advice=advice)
    elif experiment.state is ExperimentState.DRAFT:
        of_team = (Assignment.experiment_id == experiment.id, Assignment.team == team)
        rows = list(ws.session.scalars(select(Assignment).where(*of_team)))
        if [row.project_name for row in rows] == [team]:
            advice = "Withdraw it and enrol it with its team, or give the team another name."
            raise NotNow(f"{team} is a project that takes part by itself.", advice=advice)


def assign_all(ws: Workspace, experiment: Experiment) -> None:
    """Draw the variants of all who are enrolled, and fix the strata for those who come later."""
    rows = list(ws.session.scalars(select(Assignment).where(Assignment.experiment_id == experiment.id)))
    variants, by_team = _variants(ws, experiment), experiment.unit is ExperimentUnit.TEAM
    units = _with_complexity(ws, rows, by_team=by_team)
    _refuse_too_few(units, experiment, variants=len(variants), by_team=by_team)
    experiment.complexity_cuts = complexity_cuts(list(units.drop_duplicates("unit")["complexity"]))
    strata = [stratum(value, experiment.complexity_cuts) for value in units["complexity"]]
    drawn = draw(units.assign(stratum=strata), weights=_weights(variants), seed=experiment.seed, by_team=by_team)
    forecasts = _forecasts(ws, [row.project_id for row in rows])
    by_project = {told["project"]: told for told in records(drawn)}
    for row in rows:
        told = by_project[row.project_name]
        _assign(ws, row, variants[told["variant"]].id, told["stratum"], forecasts.get(row.project_id, {}))
    ws.session.flush()


def assign_late(ws: Workspace, experiment: Experiment, row: Assignment) -> None:
    """The variant of its team where teams are assigned and it has one; else the next of the seeded sequence."""
    of_team = (Assignment.experiment_id == experiment.id, Assignment.team == row.team)
    mates = list(ws.session.scalars(select(Assignment).where(*of_team, Assignment.variant_id.is_not(None))))
    row.is_late = True
    forecasts = _forecasts(ws, [row.project_id]).get(row.project_id, {})
    if mates and experiment.unit is ExperimentUnit.TEAM:
        _assign(ws, row, mates[0].variant_id, mates[0].stratum, forecasts)
    else:
        variants, block = _variants(ws, experiment), _late_block(ws, experiment, row, mates)
        place = _drawn_late(ws, experiment, block)
        name = late_variant(block, place, weights=_weights(variants), seed=experiment.seed)
        _assign(ws, row, variants[name].id, block, forecasts)
    ws.session.flush()


def _assign(ws: Workspace, row: Assignment, variant_id: UUID | None, block: str, forecasts: dict[str, float]) -> None:
    row.variant_id, row.stratum, row.forecasts, row.assigned_at = variant_id, block, forecasts, ws.now


def _variants(ws: Workspace, experiment: Experiment) -> dict[str, Variant]:
    mine = select(Variant).where(Variant.experiment_id == experiment.id).order_by(Variant.place)
    return {variant.name: variant for variant in ws.session.scalars(mine)}


def _weights(variants: dict[str, Variant]) -> dict[str, float]:
    return {name: variant.weight for name, variant in variants.items()}


def _with_complexity(ws: Workspace, rows: Sequence[Assignment], *, by_team: bool) -> pd.DataFrame:
    """The projects by their present names, with which anybody can repeat the draw: project, team, unit, complexity."""
    found = ws.session.scalars(select(Project).where(Project.id.in_([row.project_id for row in rows])))
    known = {project.id: project for project in found}
    _refuse_what_cannot_start(rows, known)
    for row in rows:
        row.project_name = known[row.project_id].name
    columns = {"project": [row.project_name for row in rows], "team": [row.team for row in rows]}
    complexity = pd.Series([known[row.project_id].complexity for row in rows], dtype=float)
    told = pd.DataFrame(columns).assign(complexity=complexity)
    unit = told["team"] if by_team else told["project"]
    return told.assign(unit=unit, complexity=told.groupby(unit)["complexity"].transform("mean"))


def _refuse_what_cannot_start(rows: Sequence[Assignment], known: dict[UUID, Project]) -> None:
    gone = [row.project_name for row in rows if row.project_id not in known]
    ended = [project.name for project in known.values() if project.outcome is not None]
    for names, why in ((gone, "was removed"), (ended, "has got an outcome")):
        if names:
            raise NotNow(f"{names[0]} {why} since it was enrolled.", advice="Withdraw it from the experiment first.")


def _refuse_too_few(units: pd.DataFrame, experiment: Experiment, *, variants: int, by_team: bool) -> None:
    missing = FEWEST_UNITS * variants - units["unit"].nunique()
    if missing > 0:
        what = f"{'team' if by_team else 'project'}{'s' if missing > 1 else ''}"
        raise NotEnoughData(f"{experiment.name} needs {missing} more {what} to start.", advice="Enrol more.")


def _late_block(ws: Workspace, experiment: Experiment, row: Assignment, mates: Sequence[Assignment]) -> str:
    """The stratum of who comes late: its team where that is one, else its complexity by the cuts of the start."""
    block = team_block(row.team)
    if any(mate.stratum == block for mate in mates):
        return block
    complexity = ws.get(Project, row.project_id).complexity
    return stratum(math.nan if complexity is None else complexity, experiment.complexity_cuts)


def _drawn_late(ws: Workspace, experiment: Experiment, block: str) -> int:
    """How many units of a stratum took a place of its sequence: late projects of a team that was there took none."""
    mine = Assignment.experiment_id == experiment.id
    unit: Any = Assignment.team if experiment.unit is ExperimentUnit.TEAM else Assignment.project_id
    from_the_start = select(unit).where(mine, Assignment.is_late.is_(False), Assignment.variant_id.is_not(None))
    late = (mine, Assignment.is_late, Assignment.variant_id.is_not(None), Assignment.stratum == block)
    counted = select(func.count(unit.distinct())).where(*late, unit.not_in(from_the_start))
    return ws.session.scalar(counted) or 0


def _forecasts(ws: Workspace, projects: Sequence[UUID]) -> dict[UUID, dict[str, float]]:
    """What was last predicted of each project before this moment, by target."""
    made = (Prediction.project_id.in_(projects), Prediction.predicted_at < ws.now)
    columns = (Prediction.project_id, Prediction.target, Prediction.value)
    told = ws.session.execute(select(*columns).where(*made).order_by(Prediction.predicted_at, Prediction.id))
    latest: dict[UUID, dict[str, float]] = {}
    for project_id, target, value in told:
        latest.setdefault(project_id, {})[str(target)] = value
    return latest
