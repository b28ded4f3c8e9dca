"""Experiments: which there are, and of one its design, what it can find, what it shows and what was decided."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pandas as pd
from sqlalchemy import case, func, or_, select

from maestro_core.access import Permission
from maestro_core.models import Assignment, Experiment, Project
from maestro_core.reports import Frame, Report, report
from maestro_core.reports.experiment_history import decisions, history, last_decisions, member_name
from maestro_core.reports.experiment_outcomes import assigned, with_outcomes
from maestro_core.reports.experiment_power import design_warnings, power_before
from maestro_core.reports.experiment_results import (
    MetricResult,
    VariantFacts,
    is_final,
    looks_over_time,
    planned_end,
    results,
    running_warnings,
    sample_ratio,
    variants_of,
    verdicts,
)
from maestro_core.reports.facts import project_facts
from maestro_core.scoring.effects import SRM_ALPHA
from maestro_core.scoring.experiment_design import Power, power_curve
from maestro_core.terms import ExperimentKind, ExperimentState, ExperimentUnit, Measured
from maestro_core.workspace import Workspace

_WHAT_NEEDS_EYES = case(
    (Experiment.state == ExperimentState.RUNNING, 0), (Experiment.state == ExperimentState.DRAFT, 1), else_=2
)


class Experiments(Report):
    """All experiments: what runs, then drafts, then what has ended, the latest of each first.

    `experiments` has experiment_id, name, kind, unit, state, primary_metric, artifact_name, planned_units, enrolled
    (teams or projects), created_at, started_at, stopped_at, archived_at, decision and reason.
    """

    experiments: Frame
    archived: int


class ExperimentReport(Report):
    """Everything about one experiment."""

    experiment_id: UUID
    name: str
    hypothesis: str
    kind: ExperimentKind
    unit: ExperimentUnit
    state: ExperimentState
    artifact_id: UUID | None
    artifact_name: str
    primary_metric: str
    further_metrics: list[str]
    planned_units: int
    enrolled_units: int
    worthwhile: float | None
    currency: str
    seed: int
    complexity_cuts: list[float]
    created_by: str
    created_at: datetime
    started_at: datetime | None
    stopped_at: datetime | None
    stop_reason: str
    archived_at: datetime | None
    variants: list[VariantFacts]
    assignments: Frame
    """project_id, project, team, variant, stratum, is_late, enrolled_at, assigned_at, forecasts, ended_at, metrics."""
    sample_ratio: Measured[float]
    """How likely so uneven an assignment is by chance: below .001 it is broken."""
    measured_ratio: Measured[float]
    """The same of the units with an outcome: below .001, one variant loses units that another keeps."""
    is_broken: bool
    """One of both is below .001."""
    is_final: bool
    """Stopped with as many units as planned or more: only then do the intervals for one look hold."""
    counted_until: datetime | None
    """Where more units had ended than were planned: when those were, until which `results` count; `looks` go on."""
    power: Power
    power_curve: Frame
    """effect (in standard deviations) and power, with the planned number of units."""
    warnings: list[str]
    results: list[MetricResult]
    """The primary metric first."""
    looks: Frame
    """The primary metric after each unit that ended: variant, ended_at, units, value, low, high."""
    verdicts: list[str]
    decisions: Frame
    """The latest first: variant, reason, decided_by, decided_at."""
    history: Frame
    """The latest first: happened_at, who, what, told, refused."""


@report(Permission.VIEW_EXPERIMENTS)
def experiments(ws: Workspace, *, archived: bool = False) -> Experiments:
    """The experiments of this organisation; archived ones only where they are asked for."""
    rows = _listed(ws)
    shown = rows if archived else rows[rows["archived_at"].isna()]
    told = shown.merge(last_decisions(ws), on="experiment_id", how="left")
    return Experiments(experiments=told.reset_index(drop=True), archived=int(rows["archived_at"].notna().sum()))


@report(Permission.VIEW_EXPERIMENTS)
def experiment(ws: Workspace, *, experiment_id: UUID) -> ExperimentReport:
    """One experiment: before the start what it can find, later what it shows; its assignment, decisions and history."""
    found = ws.get(Experiment, experiment_id)
    facts = project_facts(ws)
    rows = with_outcomes(ws, found, assigned(ws, found), facts)
    variants = variants_of(ws, found, rows)
    power = power_before(found, variants, rows, facts)
    until = planned_end(found, rows)
    counted = rows if until is None else with_outcomes(ws, found, assigned(ws, found), facts, until=until)
    told = results(ws, found, counted, variants)
    ratios = [sample_ratio(found, variants, measured=measured) for measured in (False, True)]
    ends = is_final(found, variants)
    return ExperimentReport(
        **_facts(ws, found, rows),
        variants=variants,
        assignments=rows,
        sample_ratio=ratios[0],
        measured_ratio=ratios[1],
        is_broken=any(ratio.value is not None and ratio.value < SRM_ALPHA for ratio in ratios),
        is_final=ends,
        counted_until=until,
        power=power,
        power_curve=power_curve(power.control, power.treatment, comparisons=len(variants) - 1),
        warnings=[*design_warnings(ws, found, power, rows), *running_warnings(found, variants, rows)],
        results=told,
        looks=looks_over_time(found, rows, variants),
        verdicts=verdicts(told, is_final=ends),
        decisions=decisions(ws, found.id),
        history=history(ws, found),
    )


class Candidates(Report):
    """Projects that could take part: without an outcome, and not in the experiment yet."""

    candidates: Frame
    """project_id and project, by name."""
    teams: list[str]
    """The teams that take part already; before the start without those of projects that take part by themselves."""


@report(Permission.VIEW_EXPERIMENTS)
def candidates(ws: Workspace, *, experiment_id: UUID) -> Candidates:
    """Who could join an experiment."""
    found = ws.get(Experiment, experiment_id)
    mine = Assignment.experiment_id == found.id
    is_in = Project.id.in_(select(Assignment.project_id).where(mine))
    names = select(Project.id.label("project_id"), Project.name.label("project")).order_by(Project.name)
    is_told = or_(func.count() > 1, func.min(Assignment.project_name) != Assignment.team)
    teams = select(Assignment.team).where(mine).group_by(Assignment.team).order_by(Assignment.team)
    if found.state is ExperimentState.DRAFT:
        teams = teams.having(is_told)
    joining = ws.frame(names.where(Project.outcome.is_(None), ~is_in))
    return Candidates(candidates=joining, teams=list(ws.session.scalars(teams)))


def _facts(ws: Workspace, found: Experiment, rows: pd.DataFrame) -> dict[str, object]:
    """What the row itself says."""
    computed = {"experiment_id", "currency", "created_by", "enrolled_units"}
    columns = {column.key for column in Experiment.__table__.columns} & set(ExperimentReport.model_fields) - computed
    units = rows["team"].nunique() if found.unit is ExperimentUnit.TEAM else len(rows)
    return {name: getattr(found, name) for name in columns} | {
        "experiment_id": found.id,
        "currency": ws.tenant.currency,
        "created_by": member_name(ws, found.created_by),
        "enrolled_units": units,
    }


def _listed(ws: Workspace) -> pd.DataFrame:
    teams, projects = func.count(Assignment.team.distinct()).label("teams"), func.count(Assignment.id).label("projects")
    sizes = select(Assignment.experiment_id, teams, projects).group_by(Assignment.experiment_id).subquery("sizes")
    columns = (
        Experiment.name,
        Experiment.kind,
        Experiment.unit,
        Experiment.state,
        Experiment.primary_metric,
        Experiment.artifact_name,
        Experiment.planned_units,
        Experiment.created_at,
        Experiment.started_at,
        Experiment.stopped_at,
        Experiment.archived_at,
    )
    rows = ws.frame(
        select(Experiment.id.label("experiment_id"), *columns, sizes.c.teams, sizes.c.projects)
        .outerjoin(sizes, sizes.c.experiment_id == Experiment.id)
        .order_by(_WHAT_NEEDS_EYES, Experiment.created_at.desc(), Experiment.id)
    )
    enrolled = rows["teams"].where(rows["unit"] == ExperimentUnit.TEAM, rows["projects"]).fillna(0).astype(int)
    return rows.drop(columns=["teams", "projects"]).assign(enrolled=enrolled)
