"""Designing, starting, stopping and deciding experiments. Once started, an experiment is never removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID
from zlib import crc32

from sqlalchemy import delete, select

from maestro_core.access import Permission
from maestro_core.actions import action
from maestro_core.actions.entries import valid
from maestro_core.actions.experiment_assignments import (
    assign_all,
    assign_late,
    enrolment,
    refuse_mistaken_team,
)
from maestro_core.actions.experiment_entries import DecisionEntry, EnrolEntry, ExperimentEntry, StopEntry, VariantEntry
from maestro_core.actions.unique import unless_taken
from maestro_core.errors import InvalidInput, NotFound, NotNow
from maestro_core.models import Artifact, Assignment, Experiment, ExperimentDecision, Variant, new_key
from maestro_core.terms import ExperimentKind, ExperimentState
from maestro_core.workspace import Workspace

DESIGNED = "Its design is fixed: archive it, and design another experiment."


@action(Permission.EDIT_EXPERIMENTS)
def design_experiment(ws: Workspace, /, *, name: str, kind: ExperimentKind, **facts: Any) -> UUID:
    """Draft an experiment; `facts` are the other fields of `ExperimentEntry`. Its key; nothing is assigned yet."""
    told = valid(ExperimentEntry, {"name": name, "kind": kind} | facts)
    key = new_key()
    experiment = Experiment(id=key, created_by=ws.member.membership_id, created_at=ws.now, **_values(ws, told, key))
    with unless_taken(ws, f"There is an experiment named {told.name} already.", advice="Choose another name."):
        ws.session.add(experiment)
    _add_variants(ws, key, told.variants)
    return key


@action(Permission.EDIT_EXPERIMENTS)
def change_design(ws: Workspace, /, *, experiment_id: UUID, **changes: Any) -> None:
    """Change fields of `ExperimentEntry` of a draft; the others stay as they are."""
    experiment = _held(ws, experiment_id, ExperimentState.DRAFT, otherwise=DESIGNED)
    told = valid(ExperimentEntry, _known(ws, experiment) | changes)
    with unless_taken(ws, f"There is an experiment named {told.name} already.", advice="Choose another name."):
        for field, value in _values(ws, told, experiment.id).items():
            setattr(experiment, field, value)
    if "variants" in changes:
        ws.session.execute(delete(Variant).where(Variant.experiment_id == experiment.id))
        _add_variants(ws, experiment.id, told.variants)


@action(Permission.EDIT_EXPERIMENTS)
def enrol(ws: Workspace, *, experiment_id: UUID, project_ids: Sequence[UUID], team: str | None = None) -> int:
    """Let projects without an outcome take part, all of one team where that is told; how many.

    Before the start they wait for the draw; later each is assigned at once, by the same seed, and marked as late.
    """
    told = valid(EnrolEntry, {"project_ids": tuple(project_ids), "team": team})
    experiment = _held(ws, experiment_id, ExperimentState.DRAFT, ExperimentState.RUNNING, otherwise="It has ended.")
    refuse_mistaken_team(ws, experiment, told.project_ids, team=told.team)
    for project_id in dict.fromkeys(told.project_ids):
        row = enrolment(ws, experiment, project_id, team=told.team)
        with unless_taken(ws, f"{row.project_name} takes part already.", advice="There is nothing to do."):
            ws.session.add(row)
        if experiment.state is ExperimentState.RUNNING:
            assign_late(ws, experiment, row)
    return len(set(told.project_ids))


@action(Permission.EDIT_EXPERIMENTS)
def withdraw(ws: Workspace, *, experiment_id: UUID, project_id: UUID) -> None:
    """Take a project out of a draft. Later that would bias the result: who was assigned stays."""
    experiment = _held(ws, experiment_id, ExperimentState.DRAFT, otherwise="Who was assigned stays: else it is biased.")
    mine = (Assignment.experiment_id == experiment.id, Assignment.project_id == project_id)
    row = ws.session.scalar(select(Assignment).where(*mine))
    if row is None:
        raise NotFound("This project does not take part.")
    ws.session.delete(row)
    ws.session.flush()


@action(Permission.EDIT_EXPERIMENTS)
def start_experiment(ws: Workspace, *, experiment_id: UUID) -> None:
    """Draw the variant of every team or project from the seed, keep it for good, and begin to count."""
    experiment = _held(ws, experiment_id, ExperimentState.DRAFT, otherwise="An experiment starts once.")
    assign_all(ws, experiment)
    experiment.state, experiment.started_at = ExperimentState.RUNNING, ws.now


@action(Permission.EDIT_EXPERIMENTS)
def stop_experiment(ws: Workspace, *, experiment_id: UUID, reason: str = "") -> None:
    """Stop counting: what ends from now on is not part of the result."""
    told = valid(StopEntry, {"reason": reason})
    experiment = _held(
        ws, experiment_id, ExperimentState.RUNNING, otherwise="Only a running experiment can be stopped."
    )
    experiment.state, experiment.stopped_at = ExperimentState.STOPPED, ws.now
    experiment.stop_reason = told.reason


@action(Permission.EDIT_EXPERIMENTS)
def decide(ws: Workspace, *, experiment_id: UUID, variant: str | None, reason: str) -> UUID:
    """Adopt a variant of a stopped experiment, or none, and say why; earlier decisions stay in the history."""
    told = valid(DecisionEntry, {"variant": variant, "reason": reason})
    experiment = _held(ws, experiment_id, ExperimentState.STOPPED, otherwise="Stop it before you decide.")
    named = (Variant.experiment_id == experiment.id, Variant.name == told.variant)
    variant_id = ws.session.scalar(select(Variant.id).where(*named)) if told.variant else None
    if told.variant and variant_id is None:
        raise InvalidInput(f"{experiment.name} has no variant {told.variant}.", advice="Choose one of its variants.")
    decision = ExperimentDecision(id=new_key(), experiment_id=experiment.id, variant_id=variant_id, reason=told.reason)
    decision.decided_by, decision.decided_at = ws.member.membership_id, ws.now
    ws.session.add(decision)
    return decision.id


@action(Permission.EDIT_EXPERIMENTS)
def archive_experiment(ws: Workspace, *, experiment_id: UUID) -> None:
    """Put a stopped experiment out of sight; everything about it stays."""
    experiment = _held(ws, experiment_id, ExperimentState.STOPPED, otherwise="Stop it before it is archived.")
    experiment.archived_at = experiment.archived_at or ws.now


@action(Permission.EDIT_EXPERIMENTS)
def bring_back_experiment(ws: Workspace, *, experiment_id: UUID) -> None:
    """List an archived experiment again."""
    _held(ws, experiment_id, *ExperimentState, otherwise="").archived_at = None


@action(Permission.EDIT_EXPERIMENTS)
def remove_draft(ws: Workspace, *, experiment_id: UUID) -> None:
    """Remove a draft. What was started is never removed: an experiment that fails to show something is a result."""
    otherwise = "What was started is kept: archive it instead."
    ws.session.delete(_held(ws, experiment_id, ExperimentState.DRAFT, otherwise=otherwise))
    ws.session.flush()


def _held(ws: Workspace, experiment_id: UUID, *states: ExperimentState, otherwise: str) -> Experiment:
    """The experiment in one of these states, kept from whoever else would change it at this moment."""
    experiment = ws.get(Experiment, experiment_id)
    ws.session.refresh(experiment, with_for_update=True)
    if experiment.state not in states:
        raise NotNow(
            f"{experiment.name} is {'a draft' if experiment.state == 'draft' else experiment.state}.", advice=otherwise
        )
    return experiment


def _values(ws: Workspace, told: ExperimentEntry, key: UUID) -> dict[str, Any]:
    """The columns that an entry fills."""
    named = ws.get(Artifact, told.artifact_id).name if told.artifact_id else ""
    kept = {name: value for name, value in dict(told).items() if name not in ("variants", "seed")}
    seed = crc32(key.bytes) >> 1 if told.seed is None else told.seed
    return kept | {"further_metrics": list(told.further_metrics), "artifact_name": named, "seed": seed}


def _known(ws: Workspace, experiment: Experiment) -> dict[str, Any]:
    rows = ws.session.scalars(select(Variant).where(Variant.experiment_id == experiment.id).order_by(Variant.place))
    variants = tuple(VariantEntry(name=row.name, description=row.description, weight=row.weight) for row in rows)
    fields = [name for name in ExperimentEntry.model_fields if name != "variants"]
    return {name: getattr(experiment, name) for name in fields} | {"variants": variants}


def _add_variants(ws: Workspace, experiment_id: UUID, variants: tuple[VariantEntry, ...]) -> None:
    ws.session.add_all(
        Variant(id=new_key(), experiment_id=experiment_id, place=place, **dict(variant))
        for place, variant in enumerate(variants)
    )
    ws.session.flush()
