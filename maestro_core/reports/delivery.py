"""How software is delivered: the five DORA metrics with their rows, one service at a time or several added up."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import pandas as pd

from maestro_core.access import Permission
from maestro_core.reports import Frame, Report, records, report
from maestro_core.reports import delivery_rows as made
from maestro_core.reports.delivery_rows import Rows, Scope
from maestro_core.reports.delivery_sight import blind_to_incidents
from maestro_core.scoring import dora, quick_check
from maestro_core.scoring.dora_series import Step, days_of_weeks, series, span_edges
from maestro_core.scoring.git_activity import Calendar
from maestro_core.scoring.quick_check import LegacyRow
from maestro_core.terms import Measured, Period
from maestro_core.workspace import Workspace

ONE_AT_A_TIME = "several services at once: the score is of one"


class DoraMetrics(Report):
    """The five metrics of one period, and what stands beside them."""

    change_lead_time: Measured[float]
    change_lead_time_p75: Measured[float]
    change_lead_time_p90: Measured[float]
    deployment_frequency: Measured[float]
    deployment_days: Measured[float]
    change_fail_rate: Measured[float]
    failed_deployment_recovery_time: Measured[float]
    rework_rate: Measured[float]
    incidents_per_deployment: Measured[float]


class Scores(Report):
    """Each metric's score, 0 to 10, beside the means of DORA's survey; the older ladder only as what it was."""

    scores: dict[str, Measured[float]]
    overall: Measured[float]
    means: dict[str, float]
    overall_mean: float
    year: int
    legacy: tuple[LegacyRow, ...]
    legacy_year: int
    legacy_note: str


class DoraKeys(Report):
    """The DORA metrics of some projects over a period, with the rows behind each number."""

    scope: str
    """Whose numbers these are, and what was added up."""
    now: DoraMetrics
    before: DoraMetrics
    """The period of the same length that ends where this one starts."""
    quick_check: Scores
    weekly: Frame
    monthly: Frame
    """See `scoring.dora_series.series`."""
    stages: Frame
    """stage, hours (median), p90, n (pull requests)."""
    deployments: Frame
    """Newest first: deployment_id, project, service, name, environment, url, sha, finished_at, week and month (their
    first local days), changes, lead_hours (median of its commits), failed, recovery_hours, is_rework, reason …"""
    incidents: Frame
    """Newest first: project, service, title, url, origin, opened_at, resolved_at, deployment, is_linked, week …"""
    services: Frame
    """project_id, project, service, and the value of each metric: what is added up, one by one."""
    notes: tuple[str, ...]
    """What was left out, clamped or not known."""


class Services(Report):
    """project_id, project, service, deployments (of the period), first_at, last_at; most deployments first."""

    services: Frame


@report(Permission.VIEW_DELIVERY)
def services(ws: Workspace, *, projects: Collection[UUID], period: Period) -> Services:
    """Every service that was ever deployed in these projects, those with the most deployments in the period first."""
    return Services(services=made.services(ws, projects, period))


@report(Permission.VIEW_DELIVERY)
def dora_keys(ws: Workspace, *, projects: Collection[UUID], period: Period, service: str | None = None) -> DoraKeys:
    """The DORA metrics of these projects over this period; with `service`, of that one alone.

    Several services are counted as one, which `scope` says. `services` has each one by itself, observed since its own
    first deployment, so that their frequencies may add up to more.
    """
    scope, calendar = Scope(projects, service), Calendar(ws.tenant.time_zone, ws.tenant.week_starts_on)
    rows = made.rows(ws, scope, Period(period.before.start, period.end))
    listed = made.services(ws, projects, period)
    listed = listed if service is None else listed[listed["service"] == service]
    first = None if listed.empty else listed["first_at"].min().to_pydatetime()
    blind = blind_to_incidents(ws, projects=list(listed["project_id"].unique()), service=service)
    inside = rows.within(period)
    now = _metrics(inside, _observed(first, period, ws.now), calendar, blind)
    weekly, monthly = (_series(inside, period, calendar, step) for step in Step)
    return DoraKeys(
        scope=_scope(listed),
        now=now,
        before=_metrics(rows.within(period.before), _observed(first, period.before, ws.now), calendar, blind),
        quick_check=_scores(now, one=len(listed) <= 1),
        weekly=weekly,
        monthly=monthly,
        stages=dora.stage_hours(made.pull_requests(ws, scope, period)),
        deployments=_told_deployments(inside, period, calendar),
        incidents=_dated(inside.incidents, "opened_at", period, calendar),
        services=_one_by_one(ws, inside, listed, period),
        notes=_notes(inside, made.unsuccessful(ws, scope, period)),
    )


def _observed(first: datetime | None, period: Period, now: datetime) -> Period:
    """The part of a period in which something was watched: from the first deployment ever, until now at most."""
    end = min(period.end, max(now, period.start))
    return Period(end if first is None else min(max(period.start, first), end), end)


def _metrics(rows: Rows, observed: Period, calendar: Calendar, blind: str | None) -> DoraMetrics:
    deployments, changes, days = rows.deployments, rows.changes, observed.days
    weekly = days_of_weeks(deployments, period=observed, calendar=calendar)
    leads = dora.lead_times(changes, deployments=deployments, days=days, quantiles=(0.5, 0.75, 0.9))
    return DoraMetrics(
        **_five(rows, days, blind, leads[0]),
        change_lead_time_p75=leads[1],
        change_lead_time_p90=leads[2],
        deployment_days=dora.deployment_days(weekly, deployments=deployments, days=days),
        incidents_per_deployment=dora.incidents_per_deployment(
            rows.incidents, deployments=deployments, days=days, blind=blind
        ),
    )


def _five(rows: Rows, days: float, blind: str | None, lead_time: Measured[float]) -> dict[str, Measured[float]]:
    deployments = rows.deployments
    return {
        "change_lead_time": lead_time,
        "deployment_frequency": dora.deployment_frequency(deployments, days=days),
        "change_fail_rate": dora.change_fail_rate(deployments, days=days, blind=blind),
        "failed_deployment_recovery_time": dora.failed_deployment_recovery_time(deployments, days=days, blind=blind),
        "rework_rate": dora.rework_rate(deployments, days=days),
    }


def _series(rows: Rows, period: Period, calendar: Calendar, step: Step) -> pd.DataFrame:
    return series(rows.deployments, rows.changes, rows.incidents, period=period, calendar=calendar, step=step)


def _scores(now: DoraMetrics, *, one: bool) -> Scores:
    measured = {name: getattr(now, name) for name in quick_check.MEANS}
    scores = {
        name: quick_check.quick_check(name, each if one else Measured[float].missing(ONE_AT_A_TIME))
        for name, each in measured.items()
    }
    return Scores(
        scores=scores,
        overall=quick_check.quick_check_overall(scores) if one else Measured[float].missing(ONE_AT_A_TIME),
        means=dict(quick_check.MEANS),
        overall_mean=quick_check.OVERALL_MEAN,
        year=quick_check.SURVEY,
        legacy=quick_check.legacy_ladder(measured if one else dict.fromkeys(measured, Measured[float]())),
        legacy_year=quick_check.LEGACY_YEAR,
        legacy_note=quick_check.LEGACY_NOTE,
    )


def _scope(listed: pd.DataFrame) -> str:
    if listed.empty:
        return "Nothing was deployed yet."
    if len(listed) == 1:
        places = int(listed["environments"].iloc[0])
        name = " / ".join(filter(None, listed[["project", "service"]].iloc[0]))
        return f"One service: {name}" + (f", in {places} environments added up." if places > 1 else ".")
    projects = listed["project_id"].nunique()
    return (
        f"{len(listed)} services of {projects} project{'s' if projects > 1 else ''} together, "
        f"{int((listed['deployments'] > 0).sum())} of them deployed in this period: all their deployments and changes "
        "are counted as one. Choose one service to compare it with its own past."
    )


def _told_deployments(rows: Rows, period: Period, calendar: Calendar) -> pd.DataFrame:
    leads = rows.changes.groupby("deployment_id")["lead_hours"].median()
    told = rows.deployments.assign(
        lead_hours=rows.deployments["deployment_id"].map(leads).astype(float),
        recovery_hours=dora.recovery_hours(rows.deployments).where(rows.deployments["failed"].astype(bool)),
    )
    keys = pd.Series([UUID(bytes=key) for key in told["key"]], index=told.index, dtype=object)
    known = told.drop(columns="deployment_id").assign(key=keys).rename(columns={"key": "deployment_id"})
    return _dated(known, "finished_at", period, calendar)


def _dated(frame: pd.DataFrame, column: str, period: Period, calendar: Calendar) -> pd.DataFrame:
    """The rows, newest first, with the first local day of their week and month."""
    moments = pd.DatetimeIndex(frame[column])
    days = {}
    for step in Step:
        edges = span_edges(period, calendar=calendar, step=step)
        first = edges.tz_localize(None).normalize()
        days[str(step)] = first[edges.searchsorted(moments, side="right") - 1]
    return frame.assign(**days)[::-1].reset_index(drop=True)


def _one_by_one(ws: Workspace, rows: Rows, listed: pd.DataFrame, period: Period) -> pd.DataFrame:
    found = [_alone(ws, rows.of(one["project"], one["service"]), one, period) for one in records(listed)]
    columns: dict[str, Any] = {"deployments": "int64", **dict.fromkeys(quick_check.MEANS, float)}
    return pd.DataFrame(found, columns=["project_id", "project", "service", *columns]).astype(columns)


def _alone(ws: Workspace, own: Rows, one: dict[str, Any], period: Period) -> dict[str, Any]:
    """One service by itself."""
    blind = blind_to_incidents(ws, projects=[one["project_id"]], service=one["service"])
    days = _observed(one["first_at"], period, ws.now).days
    measured = _five(own, days, blind, dora.typical_lead_time(own.changes, deployments=own.deployments, days=days))
    named = {name: one[name] for name in ("project_id", "project", "service")}
    return named | {"deployments": len(own.deployments)} | {name: each.value for name, each in measured.items()}


def _notes(rows: Rows, failed_attempts: int) -> tuple[str, ...]:
    unknown = rows.deployments[rows.deployments["changes"].isna()]
    reasons = ", ".join(
        f"{count:,} because {reason}" for reason, count in unknown["changes_reason"].value_counts().items()
    )
    clamped, squashed = int(rows.changes["is_clamped"].sum()), int(rows.changes["is_squashed"].sum())
    told = (
        (
            len(unknown),
            f"Deployments whose commits are not known: {len(unknown):,} of {len(rows.deployments):,} ({reasons}).",
        ),
        (
            squashed,
            "Commits that are squashed pull requests, from their first commit on: "
            f"{squashed:,} of {len(rows.changes):,}.",
        ),
        (clamped, f"Commits dated after their deployment, counted as no time: {clamped:,}."),
        (failed_attempts, f"Attempts to deploy without success, not counted: {failed_attempts:,}."),
    )
    return tuple(text for count, text in told if count)
