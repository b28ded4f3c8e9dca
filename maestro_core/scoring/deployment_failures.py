"""Which deployments failed, which were made to mend one, and when what was broken was mended again.

Deployments arrive as `deployment_changes.brought` leaves them, numbered from 0, with `words` for each: the texts that
may say that it is a hotfix or rollback (its branch, its description, the title and labels of its pull request, the
subject of its commit); and with `trackers`: the sources whose issues these texts may name by number. Incidents arrive
as `deployments.incidents_of` makes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import pandas as pd

from maestro_core.scoring.deployments import matches
from maestro_core.scoring.incident_causes import Known, by_key, causes_of, made_for
from maestro_core.terms import IncidentOrigin, PipelineOutcome

USUAL_HOTFIXES = (
    "hotfix*", "*/hotfix*", "hot-fix*", "*/hot-fix*", "hot fix*",
    "rollback*", "*/rollback*", "roll-back*", "*/roll-back*", "roll back*",
    "revert*", "*/revert*",
    "merge branch 'hotfix*", "merge branch 'rollback*", "merge branch 'revert*",
)  # fmt: skip
"""Of branches, labels and titles: beginnings, so that "fix the hotfix guide" is none."""

_AGAIN = re.compile(r"\s*(revert\W+(revert|rollback)|reapply)\b", re.IGNORECASE)


@dataclass(frozen=True)
class FailureRule:
    """How a failed deployment is told: within so many hours, and by these words."""

    hours: float = 24.0
    patterns: tuple[str, ...] = USUAL_HOTFIXES

    @property
    def window(self) -> timedelta:
        return timedelta(hours=self.hours)


@dataclass(frozen=True)
class Judged:
    """Deployments with failed, recovered_at, is_rework and reason; incidents with their deployment and is_linked."""

    deployments: pd.DataFrame
    incidents: pd.DataFrame


@dataclass
class _Verdict:
    """What is found of one deployment."""

    why_failed: list[str] = field(default_factory=list)
    why_rework: str = ""
    mended: list[datetime] = field(default_factory=list)
    """When an incident was resolved, or a fix was deployed."""
    incidents: list[Any] = field(default_factory=list)

    def is_harmed(self, since: datetime, until: datetime) -> bool:
        """Whether one of its incidents was open in that time."""
        begun = (incident for incident in self.incidents if incident.opened_at <= until)
        return any(pd.isna(incident.resolved_at) or incident.resolved_at >= since for incident in begun)


def judged(deployments: pd.DataFrame, incidents: pd.DataFrame, *, rule: FailureRule, finds_fixes: bool) -> Judged:
    """Each deployment with what became of it, each incident with its cause.

    A deployment failed where an incident names it, or opened within the window after it and after no later one; or
    where the next deployment of its service and environment within the window is a rollback or hotfix. With
    `finds_fixes`, a failure that only a fix tells of is an incident too, from that deployment until the fix. An attempt
    without success takes the blame of the rollback or hotfix that follows it: as such an incident, never as a failed
    deployment, which is one that had succeeded.
    """
    rows: list[Any] = list(deployments.itertuples())
    harm: list[Any] = list(incidents.itertuples())
    verdicts = [_Verdict() for _ in rows]
    causes = causes_of(rows, harm, rule.window)
    _tell_incidents(rows, verdicts, harm, causes)
    _tell_fixes(rows, verdicts, by_key(harm, causes), rule)
    told = deployments.assign(**_columns(rows, verdicts))
    linked = incidents.drop(columns=["deployment", "is_pushed"]).assign(
        cause=pd.array([cause for cause, _ in causes], "Int64"), is_linked=[linked for _, linked in causes]
    )
    return Judged(told, pd.concat([linked, _from_fixes(told, verdicts)], ignore_index=True) if finds_fixes else linked)


def why_fix(words: Sequence[str], patterns: Sequence[str]) -> str | None:
    """The first text that says that something is a hotfix or rollback; to revert a revert is none.

    >>> why_fix(["main", "Revert 'Add login'"], USUAL_HOTFIXES)
    "Revert 'Add login'"
    """
    said = (text.strip() for text in words if not _AGAIN.match(text))
    return next((text for text in said if _fits_one(text, tuple(patterns))), None)


@lru_cache(maxsize=20_000)
def _fits_one(text: str, patterns: tuple[str, ...]) -> bool:
    """Whether a text fits any; the same branch is deployed again and again."""
    return any(matches(text, glob) for glob in patterns)


def _tell_incidents(
    rows: Sequence[Any], verdicts: Sequence[_Verdict], incidents: Sequence[Any], causes: list[tuple[int | None, bool]]
) -> None:
    for incident, (cause, is_linked) in zip(incidents, causes, strict=True):
        if cause is None:
            continue
        told = f"the incident “{incident.title}”"
        passed = span(incident.opened_at - rows[cause].finished_at)
        verdicts[cause].why_failed.append(f"{told} names it" if is_linked else f"{told} was opened {passed} after it")
        verdicts[cause].incidents.append(incident)
        if not pd.isna(incident.resolved_at):
            verdicts[cause].mended.append(max(incident.resolved_at, rows[cause].finished_at))


def _tell_fixes(
    rows: Sequence[Any], verdicts: Sequence[_Verdict], incidents: Mapping[str, Sequence[Known]], rule: FailureRule
) -> None:
    for row, before, tried in _followed(rows):
        known = made_for(row, incidents, rule.window)
        if known:
            incident, cause = known
            verdicts[row.Index].why_rework = f"made for the incident “{incident.title}”"
            if cause is not None:
                verdicts[cause].mended.append(row.finished_at)
            continue
        attempt = _failed_attempt(row, before, tried, rule)
        verdicts[row.Index].why_rework = _why(row, before, attempt, rule)
        if verdicts[row.Index].why_rework:
            _blame(row, before, attempt, verdicts=verdicts, window=rule.window)


def _blame(row: Any, before: Any, attempt: Any, *, verdicts: Sequence[_Verdict], window: timedelta) -> None:
    """Tell of a fix what it mends: an incident however old, else what was tried or deployed within the window."""
    since = row if attempt is None else attempt
    is_told = before is not None and verdicts[before.Index].is_harmed(since.finished_at, row.finished_at)
    blamed = before if is_told or attempt is None else attempt
    if is_told:
        verdicts[before.Index].mended.append(row.finished_at)
    if blamed is not None and row.finished_at - blamed.finished_at <= window:
        passed, why = span(row.finished_at - blamed.finished_at), verdicts[row.Index].why_rework
        verdicts[blamed.Index].why_failed.append(f"{passed} later came a fix: {why}")
        verdicts[blamed.Index].mended.append(row.finished_at)


def _followed(rows: Sequence[Any]) -> Iterator[tuple[Any, Any, list[Any]]]:
    """Each successful deployment, the one before it of its service, environment and repository, the attempts between.

    None where nothing was deployed before.
    """
    last: dict[tuple[Any, ...], tuple[Any, list[Any]]] = {}
    for row in sorted(rows, key=lambda row: row.finished_at):
        chain = (row.service.casefold(), row.environment.casefold(), row.repository)
        before, tried = last.setdefault(chain, (None, []))
        if row.outcome == PipelineOutcome.SUCCESS:
            yield row, before, tried
            last[chain] = (row, [])
        else:
            tried.append(row)


def _failed_attempt(row: Any, before: Any, tried: Sequence[Any], rule: FailureRule) -> Any:
    """What was tried in vain before a deployment, and was something else: the first within the window.

    An attempt to mend what was there before broke nothing, unless that is what was deployed again.
    """
    others = [each for each in tried if not _same_commit(row, each)]
    if not _same_commit(row, before):
        others = [each for each in others if why_fix(each.words, rule.patterns) is None]
    recent = (each for each in others if row.finished_at - each.finished_at <= rule.window)
    return next(recent, others[-1] if others else None)


def _why(row: Any, before: Any, attempt: Any, rule: FailureRule) -> str:
    if _goes_back(row, before) or _returns(row, before, attempt):
        return "rollback to an earlier commit"
    text = why_fix(row.words, rule.patterns)
    return "" if text is None or (attempt is None and _same_commit(row, before)) else f"“{text.strip()}”"


def _goes_back(row: Any, before: Any) -> bool:
    # Two that ran at once and ended in the wrong order are a race, not a decision to go back.
    return bool(row.goes_back) and before is not None and row.started_at >= before.finished_at


def _returns(row: Any, before: Any, attempt: Any) -> bool:
    """Whether after an attempt at another commit the one that was there is deployed again."""
    is_other = attempt is not None and bool(attempt.sha)
    return is_other and _same_commit(row, before) and row.started_at >= attempt.finished_at


def _same_commit(row: Any, other: Any) -> bool:
    """Deployed once more, without a change: the same words say nothing new."""
    return other is not None and bool(row.sha) and row.sha == other.sha


def _columns(rows: Sequence[Any], verdicts: Sequence[_Verdict]) -> dict[str, Any]:
    # An attempt without success may be blamed, but only what had succeeded is counted as failed.
    failed = [
        bool(each.why_failed) and row.outcome == PipelineOutcome.SUCCESS
        for row, each in zip(rows, verdicts, strict=True)
    ]
    return {
        "failed": failed,
        "recovered_at": _mended([each if so else _Verdict() for each, so in zip(verdicts, failed, strict=True)]),
        "is_rework": [bool(each.why_rework) for each in verdicts],
        "reason": [_reason(each) for each in verdicts],
    }


def _mended(verdicts: Sequence[_Verdict]) -> pd.Series[Any]:
    """When each was mended first; missing where it was not."""
    moments = pd.Series([min(each.mended, default=None) for each in verdicts], dtype=object)
    return pd.to_datetime(moments, utc=True).astype("datetime64[us, UTC]")


def _reason(verdict: _Verdict) -> str:
    parts = [f"failed: {'; '.join(verdict.why_failed)}"] if verdict.why_failed else []
    parts += [f"rework: {verdict.why_rework}"] if verdict.why_rework else []
    return _capital(". ".join(parts))


def _from_fixes(told: pd.DataFrame, verdicts: Sequence[_Verdict]) -> pd.DataFrame:
    """The failures that only a fix tells of, as incidents."""
    places = [place for place, each in enumerate(verdicts) if each.why_failed and not each.incidents]
    made = told.iloc[places]
    return made[["source_id", "service", "external_id", "url"]].assign(
        origin=str(IncidentOrigin.FIX),
        title=[_capital("; ".join(verdicts[place].why_failed)) for place in places],
        opened_at=made["finished_at"],
        resolved_at=_mended([verdicts[place] for place in places]).set_axis(made.index),
        cause=pd.array(places, "Int64"),
        is_linked=False,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def span(passed: timedelta) -> str:
    """A span of time in its largest unit.

    >>> span(timedelta(minutes=5)), span(timedelta(hours=30)), span(timedelta(days=3, hours=4))
    ('5 min', '30 h', '3 days')
    """
    hours = passed / timedelta(hours=1)
    if hours < 1:
        return f"{max(hours, 0) * 60:.0f} min"
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"
