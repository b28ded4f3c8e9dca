"""Storing what the MLflow collector brings: in bulk, and the same result however often a batch is told.

Decisions:

- **Deleted runs** leave with their uses: they count for nothing any more. A restored run comes back with both.
- **Artifacts** are shared with people, who may have registered them first: name and kind join; description and address
  are filled only where empty; tags of the server replace those with the same key and leave the others.
- **Versions of models** mirror the registry. One that is gone there stays, tagged "deleted": projects used it.
- **Model performance** of a project is 100 × the best value, among its finished runs, of the metric chosen for each
  experiment, if within 0 to 1. While the project runs, what is measured wins over what was entered; once it has an
  outcome, a performance that is there stays: nobody rewrites a closed project by training on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import JSON, delete, func, select, type_coerce

from maestro_core.access import Permission
from maestro_core.actions.store_mlflow_artifacts import (
    mark_deleted_versions,
    store_artifacts,
    store_uses,
    store_versions,
)
from maestro_core.collectors.mlflow_batches import Census, MlflowBatch, Oddity
from maestro_core.database import chunks, upsert
from maestro_core.models import (
    ArtifactUsage,
    DataQualityIssue,
    DataSource,
    ProcessMetric,
    Project,
    TrackedExperiment,
    TrackedRun,
)
from maestro_core.workspace import Workspace

EXPERIMENTS = "experiments"
Day = tuple[UUID, date]
"""A project, and a day in UTC."""


def store_mlflow(ws: Workspace, source: DataSource, batch: MlflowBatch) -> int:
    """Store a batch and the cursor behind it in this transaction; the number of rows told.

    Runs of an experiment that nobody tracks any more are passed over.
    """
    ws.require(Permission.REFRESH)
    source = ws.get(DataSource, source.id)
    experiments = _experiments(ws, source)
    touched = [experiments[name] for name in _touched(experiments, batch)]
    before = {project: _best_performance(ws, project) for project in {each.project_id for each in touched}}
    days = _remove_runs(ws, experiments, touched, batch)
    days |= _store_runs(ws, experiments, batch)
    _count_experiments(ws, days)
    rows = store_artifacts(ws, batch.artifacts) + store_versions(ws, batch.versions)
    rows += store_uses(ws, {name: each.project_id for name, each in experiments.items()}, batch.uses)
    mark_deleted_versions(ws, batch)
    for project, best in before.items():
        _rate(ws, ws.get(Project, project), best_before=best)
    _note(ws, source, batch.oddities)
    source.cursor = batch.cursor
    return rows + len(batch.runs)


def _experiments(ws: Workspace, source: DataSource) -> dict[str, TrackedExperiment]:
    tracked = select(TrackedExperiment).where(TrackedExperiment.source_id == source.id)
    return {experiment.external_id: experiment for experiment in ws.session.scalars(tracked)}


def _touched(experiments: Collection[str], batch: MlflowBatch) -> set[str]:
    """The experiments of the runs; all with the registry, so that a metric chosen anew tells at the next refresh."""
    named = {run.experiment for run in batch.runs} | ({batch.experiment} if batch.experiment else set(experiments))
    return named & set(experiments)


def _remove_runs(
    ws: Workspace,
    experiments: dict[str, TrackedExperiment],
    touched: Sequence[TrackedExperiment],
    batch: MlflowBatch,
) -> set[Day]:
    """Take away deleted and erased runs with their uses; the days they were counted on."""
    gone = [*_runs(ws, touched, batch.deleted), *_erased(ws, experiments, batch.census)]
    for some in chunks([key for key, _, _, _ in gone]):
        ws.session.execute(delete(TrackedRun).where(TrackedRun.id.in_(some)))
    _remove_uses(ws, {experiment.project_id for experiment in touched}, {external for _, external, _, _ in gone})
    return {(project, started_at.date()) for _, _, project, started_at in gone}


def _runs(
    ws: Workspace, experiments: Iterable[TrackedExperiment], names: Collection[str]
) -> Iterator[tuple[UUID, str, UUID, datetime]]:
    """Key, id on the server, project and start of the stored runs with these ids."""
    projects = {experiment.id: experiment.project_id for experiment in experiments}
    columns = select(TrackedRun.id, TrackedRun.external_id, TrackedRun.experiment_id, TrackedRun.started_at)
    for some in chunks(sorted(names)):
        mine = columns.where(TrackedRun.experiment_id.in_(projects), TrackedRun.external_id.in_(some))
        for key, external, experiment, started_at in ws.session.execute(mine):
            yield key, external, projects[experiment], started_at


def _erased(
    ws: Workspace, experiments: dict[str, TrackedExperiment], census: Census | None
) -> Iterator[tuple[UUID, str, UUID, datetime]]:
    """Stored runs of the time that a census covers, which it did not find."""
    if census is None or census.experiment not in experiments:
        return
    experiment = experiments[census.experiment]
    stored = select(TrackedRun.id, TrackedRun.external_id, TrackedRun.started_at)
    stored = stored.where(TrackedRun.experiment_id == experiment.id)
    if census.after:
        stored = stored.where(TrackedRun.started_at > census.after)
    if census.before:
        stored = stored.where(TrackedRun.started_at < census.before)
    for key, external, started_at in ws.session.execute(stored):
        if external not in census.runs:
            yield key, external, experiment.project_id, started_at


def _remove_uses(ws: Workspace, projects: Collection[UUID], runs: Collection[str]) -> None:
    if not runs:
        return
    told = select(ArtifactUsage.id, ArtifactUsage.origin).where(
        ArtifactUsage.project_id.in_(projects), ArtifactUsage.origin.startswith("mlflow:")
    )
    by_run = [(key, origin.split(":", 2)[1]) for key, origin in ws.session.execute(told)]
    for some in chunks([key for key, run in by_run if run in runs]):
        ws.session.execute(delete(ArtifactUsage).where(ArtifactUsage.id.in_(some)))


def _store_runs(ws: Workspace, experiments: dict[str, TrackedExperiment], batch: MlflowBatch) -> set[Day]:
    """Add or renew runs; the days they are, or were, counted on."""
    runs = {run.external_id: run for run in batch.runs if run.experiment in experiments}
    former = {(project, at.date()) for _, _, project, at in _runs(ws, experiments.values(), runs)}
    rows = [
        {
            "experiment_id": experiments[run.experiment].id,
            "external_id": run.external_id,
            "name": run.name,
            "state": run.state,
            "started_at": run.started_at,
            "ended_at": run.ended_at,
            "metrics": run.metrics,
            "tags": run.tags,
        }
        for run in runs.values()
    ]
    changing = ("name", "state", "started_at", "ended_at", "metrics", "tags")
    upsert(ws.session, TrackedRun, rows, on=("experiment_id", "external_id"), update=changing)
    return former | {(experiments[run.experiment].project_id, run.started_at.date()) for run in runs.values()}


def _count_experiments(ws: Workspace, days: Collection[Day]) -> None:
    """Count the runs of these projects anew on these days, over all their experiments."""
    for project in {project for project, _ in days}:
        mine = {day for other, day in days if other == project}
        counts = Counter(start.date() for start in _starts(ws, project, min(mine), max(mine)))
        rows = [
            {"project_id": project, "measure": EXPERIMENTS, "day": day, "value": counts[day]}
            for day in sorted(mine)
            if counts[day]
        ]
        upsert(ws.session, ProcessMetric, rows, on=("project_id", "measure", "day"), update=("value",))
        _remove_days(ws, project, sorted(mine - set(counts)))


def _starts(ws: Workspace, project: UUID, first: date, last: date) -> Iterable[datetime]:
    start = datetime.combine(first, time(), UTC)
    end = datetime.combine(last, time(), UTC) + timedelta(days=1)
    return ws.session.scalars(
        select(TrackedRun.started_at)
        .join(TrackedExperiment, TrackedExperiment.id == TrackedRun.experiment_id)
        .where(TrackedExperiment.project_id == project, TrackedRun.started_at >= start, TrackedRun.started_at < end)
    )


def _remove_days(ws: Workspace, project: UUID, days: Sequence[date]) -> None:
    for some in chunks(days):
        ws.session.execute(
            delete(ProcessMetric).where(
                ProcessMetric.project_id == project, ProcessMetric.measure == EXPERIMENTS, ProcessMetric.day.in_(some)
            )
        )


def _best_performance(ws: Workspace, project: UUID) -> float | None:
    """100 × the best value of the performance metrics within 0 to 1 among finished runs; None without any."""
    tracked = select(TrackedExperiment.id, TrackedExperiment.performance_metric).where(
        TrackedExperiment.project_id == project, TrackedExperiment.performance_metric.is_not(None)
    )
    best = [_best_value(ws, experiment, str(metric)) for experiment, metric in ws.session.execute(tracked)]
    return max((100 * value for value in best if value is not None), default=None)


def _best_value(ws: Workspace, experiment: UUID, metric: str) -> float | None:
    value = type_coerce(TrackedRun.metrics, JSON)[metric].as_float()
    finished = (TrackedRun.experiment_id == experiment, TrackedRun.state == "FINISHED")
    return ws.session.scalar(select(func.max(value)).where(*finished, value.between(0, 1)))


def _rate(ws: Workspace, project: Project, *, best_before: float | None) -> None:
    """Set the model performance, unless the project is closed with one, or there is nothing measured to replace it."""
    if project.outcome is not None and project.model_performance is not None:
        return
    best = _best_performance(ws, project.id)
    # Where no finished run is left, a value that had been measured goes; one that somebody entered stays.
    if best is not None or project.model_performance == best_before:
        project.model_performance = best


def _note(ws: Workspace, source: DataSource, oddities: Iterable[Oddity]) -> None:
    rows = {
        (each.kind, each.subject): {
            "source_id": source.id,
            "kind": each.kind,
            "subject": each.subject,
            "detail": each.detail,
            "found_at": ws.now,
        }
        for each in oddities
    }
    upsert(ws.session, DataQualityIssue, rows.values(), on=("source_id", "kind", "subject"), update=("detail",))
