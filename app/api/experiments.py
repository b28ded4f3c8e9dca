"""Experiments over REST: design, enrol, start, look, stop, decide; and comparisons without assignment, called so."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from app.api.depends import ForReading, InTurn, InWorkspace, told
from maestro_core.actions import experiments as actions
from maestro_core.actions.experiment_entries import (
    DecisionEntry,
    DesignChanges,
    EnrolEntry,
    ExperimentEntry,
    StopEntry,
)
from maestro_core.reports import experiment_comparisons as comparisons
from maestro_core.reports import experiments as reports
from maestro_core.reports.experiment_comparisons import ObservationalComparison
from maestro_core.reports.experiments import Candidates, ExperimentReport, Experiments

router = APIRouter(prefix="/experiments", tags=["experiments"])


@router.get("")
def experiments(
    ws: ForReading, archived: Annotated[bool, Query(description="Archived ones too")] = False
) -> Experiments:
    """The experiments: what runs, then drafts, then what has ended."""
    return reports.experiments(ws, archived=archived)


@router.post("", status_code=status.HTTP_201_CREATED)
def design_experiment(doors: InTurn, design: ExperimentEntry) -> ExperimentReport:
    """Draft an experiment; the answer tells what the planned number of units can find."""
    experiment_id = doors.tell(actions.design_experiment, **told(design))
    return doors.ask(reports.experiment, experiment_id=experiment_id)


@router.get("/comparison")
def comparison(
    ws: ForReading,
    metric: Annotated[str, Query(description="success, duration, cost or succeeded")] = "success",
    artifact_id: Annotated[UUID | None, Query(description="Projects that used it against the others")] = None,
    team_size: Annotated[float | None, Query(gt=0, le=10_000, description="Teams of so many or more")] = None,
) -> ObservationalComparison:
    """Ended projects that chose something against those that did not. Nobody was assigned: this is no experiment."""
    return comparisons.comparison(ws, metric=metric, artifact_id=artifact_id, team_size=team_size)


@router.get("/{experiment_id}")
def experiment(ws: ForReading, experiment_id: UUID) -> ExperimentReport:
    """Everything about an experiment: power, assignment, results, decisions and history."""
    return reports.experiment(ws, experiment_id=experiment_id)


@router.get("/{experiment_id}/candidates")
def candidates(ws: ForReading, experiment_id: UUID) -> Candidates:
    """Projects that could take part, and the teams that take part already."""
    return reports.candidates(ws, experiment_id=experiment_id)


@router.patch("/{experiment_id}")
def change_design(doors: InTurn, experiment_id: UUID, changes: DesignChanges) -> ExperimentReport:
    """Change the design of a draft."""
    doors.tell(actions.change_design, experiment_id=experiment_id, **told(changes))
    return doors.ask(reports.experiment, experiment_id=experiment_id)


@router.delete("/{experiment_id}", status_code=status.HTTP_204_NO_CONTENT)
def remove_draft(ws: InWorkspace, experiment_id: UUID) -> None:
    """Remove a draft; what was started is kept."""
    actions.remove_draft(ws, experiment_id=experiment_id)


@router.post("/{experiment_id}/projects")
def enrol(doors: InTurn, experiment_id: UUID, projects: EnrolEntry) -> ExperimentReport:
    """Let projects take part; after the start each is assigned at once, by the same seed."""
    doors.tell(actions.enrol, experiment_id=experiment_id, project_ids=projects.project_ids, team=projects.team)
    return doors.ask(reports.experiment, experiment_id=experiment_id)


@router.delete("/{experiment_id}/projects/{project_id}", status_code=status.HTTP_204_NO_CONTENT)
def withdraw(ws: InWorkspace, experiment_id: UUID, project_id: UUID) -> None:
    """Take a project out of a draft."""
    actions.withdraw(ws, experiment_id=experiment_id, project_id=project_id)


@router.post("/{experiment_id}/start")
def start_experiment(doors: InTurn, experiment_id: UUID) -> ExperimentReport:
    """Assign everybody by the seed, for good."""
    doors.tell(actions.start_experiment, experiment_id=experiment_id)
    return doors.ask(reports.experiment, experiment_id=experiment_id)


@router.post("/{experiment_id}/stop")
def stop_experiment(doors: InTurn, experiment_id: UUID, stop: StopEntry) -> ExperimentReport:
    """Stop counting."""
    doors.tell(actions.stop_experiment, experiment_id=experiment_id, reason=stop.reason)
    return doors.ask(reports.experiment, experiment_id=experiment_id)


@router.post("/{experiment_id}/decisions")
def decide(doors: InTurn, experiment_id: UUID, decision: DecisionEntry) -> ExperimentReport:
    """Adopt a variant, or none, and say why."""
    doors.tell(actions.decide, experiment_id=experiment_id, variant=decision.variant, reason=decision.reason)
    return doors.ask(reports.experiment, experiment_id=experiment_id)


@router.post("/{experiment_id}/archive", status_code=status.HTTP_204_NO_CONTENT)
def archive(ws: InWorkspace, experiment_id: UUID) -> None:
    """Put a stopped experiment out of sight."""
    actions.archive_experiment(ws, experiment_id=experiment_id)


@router.delete("/{experiment_id}/archive", status_code=status.HTTP_204_NO_CONTENT)
def bring_back(ws: InWorkspace, experiment_id: UUID) -> None:
    """List it again."""
    actions.bring_back_experiment(ws, experiment_id=experiment_id)
