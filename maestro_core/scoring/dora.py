"""The five DORA metrics of software delivery, and the stages of lead time. Team level, one service at a time.

Deployments arrive as columns: deployment_id, finished_at, failed, recovered_at, is_rework; only those that succeeded.
Changes, without merges and without what programs committed: deployment_id, lead_hours, is_squashed. Incidents:
opened_at. Each is of the period already. `days`: how long the period was observed, from the first deployment on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse, stats

from maestro_core.scoring.catalogue import measure
from maestro_core.terms import Better, Measured

MINIMUM_DEPLOYMENTS = 5
MINIMUM_DAYS = 28
RESAMPLES = 300
PORTION = 300
SEED = 20_260_101
CONFIDENCE = 0.9
GUIDE = "DORA, dora.dev, Software delivery performance metrics, 2026"
NO_DEPLOYMENT = "no deployment in the period"
STAGES = ("coding", "pickup", "review", "deploy")

Draws = np.ndarray[Any, np.dtype[np.int64]]


def too_little(deployments: pd.DataFrame, days: float) -> str | None:
    """Why nothing is said of a period: fewer than 5 deployments, or fewer than 28 days.

    >>> too_little(pd.DataFrame({"failed": [False] * 4}), 90)
    'only 4 deployments: 5 are needed'
    """
    if deployments.empty:
        return NO_DEPLOYMENT
    if len(deployments) < MINIMUM_DEPLOYMENTS:
        told = "1 deployment" if len(deployments) == 1 else f"{len(deployments)} deployments"
        return f"only {told}: {MINIMUM_DEPLOYMENTS} are needed"
    if days < MINIMUM_DAYS:
        return f"observed for {int(days)} days only: {MINIMUM_DAYS} are needed"
    return None


def lead_hours(started: pd.Series[Any], deployed: pd.Series[Any]) -> pd.Series[Any]:
    """Hours from a commit to its deployment; below zero, where clocks disagree, counts as zero."""
    return ((deployed - started).dt.total_seconds() / 3600).clip(lower=0.0)


@measure("Change lead time", unit="hours", better=Better.LOWER, source=GUIDE)
def change_lead_time(
    changes: pd.DataFrame, *, deployments: pd.DataFrame, days: float, quantile: float = 0.5
) -> Measured[float]:
    """Time from a commit to its deployment in production: the interpolated median over the commits that came.

    A deployment brings the commits that it contains and the successful one before it (of the same service and
    environment) does not; of the first nothing is known. Merges and commits by programs are out; a squashed pull
    request counts from its first commit. Times below zero, from clocks that disagree, count as zero. 90 % interval by
    resampling deployments, whose commits wait together; the sample is commits. None below 5 deployments or 28 days.
    """
    return lead_times(changes, deployments=deployments, days=days, quantiles=(quantile,))[0]


def lead_times(
    changes: pd.DataFrame, *, deployments: pd.DataFrame, days: float, quantiles: Sequence[float]
) -> list[Measured[float]]:
    """The change lead time at several quantiles: what is drawn again for the intervals is drawn once for all."""
    if too_little(deployments, days) or changes.empty:
        return [typical_lead_time(changes, deployments=deployments, days=days)] * len(quantiles)
    values = [float(changes["lead_hours"].quantile(quantile)) for quantile in quantiles]
    return [
        Measured[float](value=value, sample=len(changes), low=min(low, value), high=max(high, value))
        for value, (low, high) in zip(values, resampled(changes, quantiles), strict=True)
    ]


@measure("Deployment frequency", unit="per week", better=Better.HIGHER, source=GUIDE)
def deployment_frequency(deployments: pd.DataFrame, *, days: float) -> Measured[float]:
    """Successful deployments to production per week: deployments / weeks observed.

    Observed is from the start of the period, or from the first deployment ever seen where that is later, to its end or
    now. The first deployment counts, and so does one without commits. 90 % interval of a Poisson rate (Garwood 1936).
    None below 5 deployments or 28 days.
    """
    reason, count = too_little(deployments, days), len(deployments)
    if reason:
        return Measured[float].missing(reason, sample=count)
    weeks, tail = days / 7, (1 - CONFIDENCE) / 2
    low, high = stats.chi2.ppf(tail, 2 * count) / 2, stats.chi2.ppf(1 - tail, 2 * count + 2) / 2
    return Measured[float](value=count / weeks, sample=count, low=float(low) / weeks, high=float(high) / weeks)


@measure("Deployment days per week", unit="days", better=Better.HIGHER, source=f"{GUIDE}; Four Keys")
def deployment_days(weekly: pd.DataFrame, *, deployments: pd.DataFrame, days: float) -> Measured[float]:
    """On how many days of a week something was deployed: the median over the complete weeks observed.

    Unlike a rate, twenty deployments in one day do not hide the week without any. The sample is weeks. None below 5
    deployments or 28 days.
    """
    whole = weekly[weekly["is_whole"].astype(bool)]
    reason = too_little(deployments, days)
    if reason or whole.empty:
        return Measured[float].missing(reason or "no complete week in the period", sample=len(whole))
    return Measured[float](value=float(whole["days"].median()), sample=len(whole))


@measure("Change fail rate", unit="share", better=Better.LOWER, source=GUIDE)
def change_fail_rate(deployments: pd.DataFrame, *, days: float, blind: str | None = None) -> Measured[float]:
    """Failed deployments / deployments, 0 to 1.

    A deployment failed where an incident names it, or, within a day (a setting), an incident opened after it or the
    next one was a hotfix or rollback; an explicit link beats the time, and a fix of an incident that is still open
    blames no deployment that came between. An attempt without success is neither among the failed nor among the
    deployments: it takes the blame of the hotfix or rollback that follows it, which by the rule for fixes is an
    incident. Without incidents the rate is 0; without a rule or a source that would tell of them there is none (`blind`
    says why). 90 % interval by Wilson. None below 5 deployments or 28 days.
    """
    return _share_of(deployments, "failed", too_little(deployments, days) or blind)


@measure("Failed deployment recovery time", unit="hours", better=Better.LOWER, source=GUIDE)
def failed_deployment_recovery_time(
    deployments: pd.DataFrame, *, days: float, blind: str | None = None
) -> Measured[float]:
    """Time from a failed deployment to the first of: its incident resolved, the fixing deployment finished. The median.

    The next deployment, if it is a hotfix or rollback, ends an open incident however late it comes. Where others came
    between, a hotfix ends the incident of the latest failed deployment of its service and environment that opened
    within a day (the setting), and a rollback those of all deployments that it takes back. The sample is failed
    deployments that have recovered; those still open are not in it, nor those whose incident is told as resolved before
    they ended. 90 % interval by resampling, from 5 on. None below 5 deployments or 28 days, and where nothing failed.
    """
    failed = deployments[deployments["failed"].astype(bool)]
    hours = recovery_hours(failed).dropna()
    reason = too_little(deployments, days) or blind or _nothing_to_recover(failed, hours)
    if reason:
        return Measured[float].missing(reason, sample=len(hours))
    value = float(hours.median())
    if len(hours) < MINIMUM_DEPLOYMENTS:
        return Measured[float](value=value, sample=len(hours))
    low, high = _interval(np.random.default_rng(SEED).choice(hours, (RESAMPLES, len(hours))), np.median)
    return Measured[float](value=value, sample=len(hours), low=min(low, value), high=max(high, value))


def recovery_hours(deployments: pd.DataFrame) -> pd.Series[Any]:
    """Hours until each failed deployment had recovered; missing where it has not, or had before it ended."""
    hours = (deployments["recovered_at"] - deployments["finished_at"]).dt.total_seconds() / 3600
    return hours.where(hours >= 0)


@measure("Deployment rework rate", unit="share", better=Better.LOWER, source=GUIDE)
def rework_rate(deployments: pd.DataFrame, *, days: float) -> Measured[float]:
    """Deployments made because of an incident / deployments, 0 to 1.

    Rework is a hotfix or rollback by its branch, label or title, a return to an earlier commit or, after an attempt at
    another that failed, to the same one, and what names an incident. 90 % interval by Wilson. None below 5 deployments
    or 28 days.
    """
    return _share_of(deployments, "is_rework", too_little(deployments, days))


@measure("Incidents per deployment", unit="per deployment", better=Better.LOWER, source=f"our own, beside {GUIDE}")
def incidents_per_deployment(
    incidents: pd.DataFrame, *, deployments: pd.DataFrame, days: float, blind: str | None = None
) -> Measured[float]:
    """Incidents opened in the period / deployments: not the change fail rate, and it can pass 1.

    It also counts incidents that no deployment caused, those that an attempt without success caused (by the rule for
    fixes), and one that names several services for each of them. None below 5 deployments or 28 days, and without a
    rule or a source that would tell of incidents.
    """
    reason = too_little(deployments, days) or blind
    if reason:
        return Measured[float].missing(reason, sample=len(deployments))
    return Measured[float](value=len(incidents) / len(deployments), sample=len(deployments))


@measure("Lead time by stage", unit="hours", better=Better.LOWER, source="our own stages of DORA's change lead time")
def stage_hours(pull_requests: pd.DataFrame) -> pd.DataFrame:
    """Where pull requests wait, from their first commit to production: the median of each stage.

    Coding: first commit to ready for review. Pickup: to the first answer by another person; one that a draft got
    counts from when it was ready. Review: to the merge. Deploy: to production. One that nobody answered has no pickup,
    and all until the merge is review. Medians of stages do not add up to the median of the whole.
    """
    spans = _stages(pull_requests)
    return pd.DataFrame(
        [
            {"stage": name, "hours": spans[name].median(), "p90": spans[name].quantile(0.9), "n": spans[name].count()}
            for name in STAGES
        ]
    ).astype({"hours": float, "p90": float, "n": "int64"})


def _stages(pull_requests: pd.DataFrame) -> pd.DataFrame:
    ready = pull_requests["ready_at"].fillna(pull_requests["created_at"])
    merged, answered = pull_requests["merged_at"], pull_requests["answered_at"]
    ready = ready.mask(ready > merged, merged)
    answered = answered.where(answered <= merged)
    answered = answered.mask(answered < ready, ready)
    return pd.DataFrame(
        {
            "coding": lead_hours(pull_requests["first_commit_at"], ready),
            "pickup": lead_hours(ready, answered),
            "review": lead_hours(answered.fillna(ready), merged),
            "deploy": lead_hours(merged, pull_requests["deployed_at"]),
        }
    )


def _no_change(changes: pd.DataFrame) -> str | None:
    return None if len(changes) else "of no deployment the commits are known"


def _nothing_to_recover(failed: pd.DataFrame, hours: pd.Series[Any]) -> str | None:
    if failed.empty:
        return "no deployment failed"
    return None if len(hours) else "no failed deployment has recovered yet"


def _share_of(deployments: pd.DataFrame, column: str, reason: str | None) -> Measured[float]:
    whole = len(deployments)
    if reason:
        return Measured[float].missing(reason, sample=whole)
    part = int(deployments[column].sum())
    interval = stats.binomtest(part, whole).proportion_ci(CONFIDENCE, method="wilson")
    return Measured[float](
        value=part / whole, sample=whole, low=max(float(interval.low), 0.0), high=min(float(interval.high), 1.0)
    )


def typical_lead_time(changes: pd.DataFrame, *, deployments: pd.DataFrame, days: float) -> Measured[float]:
    """The median change lead time without its interval, which costs more than all else: for services side by side."""
    reason = too_little(deployments, days) or _no_change(changes)
    if reason:
        return Measured[float].missing(reason, sample=len(changes))
    return Measured[float](value=float(changes["lead_hours"].quantile(0.5)), sample=len(changes))


def resampled(changes: pd.DataFrame, quantiles: Sequence[float]) -> list[tuple[float, float]]:
    """The interval of each quantile when deployments, with all that they brought, are drawn again.

    The quantile of a draw is the first of the ordered hours up to which that share of its changes has come.
    """
    ordered = changes.sort_values("lead_hours")
    codes, names = pd.factorize(ordered["deployment_id"])
    hours = ordered["lead_hours"].to_numpy(dtype=float)
    times = np.random.default_rng(SEED).multinomial(len(names), np.full(len(names), 1 / len(names)), RESAMPLES)
    portions = _portions(codes, times)
    return [_bounds(np.take(hours, _places(codes, times, portions, quantile))) for quantile in quantiles]


def _portions(codes: Draws, times: Draws) -> Draws:
    """For each draw, how many changes have come after each portion of the ordered ones. `codes`: of which deployment.

    A sparse product: to look at each change in each draw takes several times as long.
    """
    portion, ones = np.arange(len(codes)) // PORTION, np.ones(len(codes), dtype=np.int64)
    within = sparse.csr_array((ones, (portion, codes)), shape=(portion[-1] + 1, times.shape[1]))
    counts: Draws = (within @ times.T).T.cumsum(axis=1)
    return counts


def _places(codes: Draws, times: Draws, portions: Draws, quantile: float) -> Draws:
    """For each draw, the place of the quantile among the ordered changes: its portion first, then within it."""
    draws = np.arange(len(times))
    needed = quantile * portions[:, -1]
    portion = (portions >= needed[:, None]).argmax(axis=1)
    before = np.where(portion > 0, portions[draws, portion - 1], 0)
    places = portion[:, None] * PORTION + np.arange(PORTION)
    inside = places < len(codes)
    counts = np.where(inside, times[draws[:, None], codes[np.where(inside, places, 0)]], 0).cumsum(axis=1)
    found: Draws = portion * PORTION + (before[:, None] + counts >= needed[:, None]).argmax(axis=1)
    return found


def _interval(draws: np.ndarray[Any, Any], summary: Callable[..., Any]) -> tuple[float, float]:
    return _bounds(summary(draws, axis=1))


def _bounds(values: np.ndarray[Any, Any]) -> tuple[float, float]:
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)
