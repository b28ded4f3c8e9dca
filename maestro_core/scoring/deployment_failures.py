"""Which deployments failed, which were made to mend one, and when what was broken was mended again.

Deployments arrive as `deployment_changes.brought` leaves them, numbered from 0, with `words` for each: the texts that
may say that it is a hotfix or rollback (its branch, its description, the title and labels of its pull request, the
subject of its commit); and with `trackers`: the sources whose issues these texts may name by number. Incidents arrive
as `deployments.incidents_of` makes them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

import pandas as pd

from maestro_core.scoring.deployment_lines import Line, Verdict, ended_by, walked
from maestro_core.scoring.deployments import matches
from maestro_core.scoring.incident_causes import Known, by_key, causes_of, made_for
from maestro_core.terms import IncidentOrigin, PipelineOutcome

USUAL_HOTFIXES = (
    "hotfix*", "*/hotfix*", "hot-fix*", "*/hot-fix*", "hot fix*",
    "rollback*", "*/rollback/*", "*/rollback-to-*", "roll-back*", "*/roll-back/*", "roll back*",
    "revert*", "*/revert/*", "*/revert-[0-9]*",
    "merge branch 'hotfix*", "merge branch '*/hotfix*", "merge branch 'rollback*", "merge branch 'revert*",
    "merge pull request * from */hotfix*", "merge pull request * from */revert-[0-9]*",
)  # fmt: skip
"""Of branches, labels and titles: beginnings, so that "fix the hotfix guide" is none, nor "feature/revert-button"."""

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


def judged(deployments: pd.DataFrame, incidents: pd.DataFrame, *, rule: FailureRule, finds_fixes: bool) -> Judged:
    """Each deployment with what became of it, each incident with its cause.

    A deployment failed where an incident names it, or opened within the window after it and after no later one; or
    where the next deployment of its service and environment within the window is a rollback or hotfix, unless an open
    incident of an earlier one tells what that mends: see `deployment_lines.ended_by`. With `finds_fixes`, a failure
    that only a fix tells of is an incident too, from that deployment until the fix. An attempt without success takes
    the blame of the rollback or hotfix that follows it: as such an incident, never as a failed deployment, which is one
    that had succeeded.
    """
    rows: list[Any] = list(deployments.itertuples())
    harm: list[Any] = list(incidents.itertuples())
    verdicts = [Verdict() for _ in rows]
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
    >>> why_fix(["ada/hotfix-login"], USUAL_HOTFIXES), why_fix(["Support commit/rollback"], ["*/rollback*"])
    ('ada/hotfix-login', None)
    """
    said = (text.strip() for text in words if not _AGAIN.match(text))
    return next((text for text in said if _fits_one(text, tuple(patterns))), None)


@lru_cache(maxsize=20_000)
def _fits_one(text: str, patterns: tuple[str, ...]) -> bool:
    """Whether a text fits any; the same branch is deployed again and again.

    What has a slash and no space is a pattern of branches: in a title, a slash may stand between any two words.
    """
    return any(matches(text, glob) for glob in patterns if " " not in text or "/" not in glob or " " in glob)


def _tell_incidents(
    rows: Sequence[Any], verdicts: Sequence[Verdict], incidents: Sequence[Any], causes: list[tuple[int | None, bool]]
) -> None:
    for incident, (cause, is_linked) in zip(incidents, causes, strict=True):
        if cause is None:
            continue
        told = f"the incident “{incident.title}”"
        passed = span(incident.opened_at - rows[cause].finished_at)
        verdicts[cause].why_failed.append(f"{told} names it" if is_linked else f"{told} was opened {passed} after it")
        verdicts[cause].blame(incident)
        if not pd.isna(incident.resolved_at):
            verdicts[cause].mended.append(max(incident.resolved_at, rows[cause].finished_at))


def _tell_fixes(
    rows: Sequence[Any], verdicts: Sequence[Verdict], incidents: Mapping[str, Sequence[Known]], rule: FailureRule
) -> None:
    for row, line in walked(rows, verdicts):
        incident, cause = made_for(row, incidents, rule.window) or (None, None)
        if cause is not None:
            verdicts[cause].mend(row.finished_at, incident)
        attempt = _failed_attempt(row, line.before, line.tried, rule)
        why = f"made for the incident “{incident.title}”" if incident else _why(row, line.before, attempt, rule)
        verdicts[row.Index].why_rework = why
        # An incident whose cause nobody names may be of what was deployed before it opened.
        if why and (not incident or (cause is None and _is_before(line.before, incident))):
            _blame(row, line, attempt, verdicts=verdicts, window=rule.window, incident=incident)


def _is_before(deployment: Any, incident: Any) -> bool:
    return deployment is not None and deployment.finished_at <= incident.opened_at


def _blame(
    row: Any, line: Line, attempt: Any, *, verdicts: Sequence[Verdict], window: timedelta, incident: Any = None
) -> None:
    """Tell of a fix what it mends: where no incident tells, what was tried or deployed last within the window."""
    ended = ended_by(row, line, attempt, verdicts=verdicts, window=window)
    for each in ended:
        verdicts[each.Index].mend(row.finished_at)
    for each in ended or filter(None, [attempt or line.before]):
        if row.finished_at - each.finished_at <= window:
            passed, why = span(row.finished_at - each.finished_at), verdicts[row.Index].why_rework
            verdicts[each.Index].why_failed.append(f"{passed} later came a fix: {why}")
            verdicts[each.Index].mended.append(row.finished_at)
            verdicts[each.Index].incidents += [incident] if incident else []


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


def _columns(rows: Sequence[Any], verdicts: Sequence[Verdict]) -> dict[str, Any]:
    # An attempt without success may be blamed, but only what had succeeded is counted as failed.
    failed = [
        bool(each.why_failed) and row.outcome == PipelineOutcome.SUCCESS
        for row, each in zip(rows, verdicts, strict=True)
    ]
    return {
        "failed": failed,
        "recovered_at": _mended([each if so else Verdict() for each, so in zip(verdicts, failed, strict=True)]),
        "is_rework": [bool(each.why_rework) for each in verdicts],
        "reason": [_reason(each) for each in verdicts],
    }


def _mended(verdicts: Sequence[Verdict]) -> pd.Series[Any]:
    """When each was mended first; missing where it was not."""
    moments = pd.Series([min(each.mended, default=None) for each in verdicts], dtype=object)
    return pd.to_datetime(moments, utc=True).astype("datetime64[us, UTC]")


def _reason(verdict: Verdict) -> str:
    parts = [f"failed: {'; '.join(verdict.why_failed)}"] if verdict.why_failed else []
    parts += [f"rework: {verdict.why_rework}"] if verdict.why_rework else []
    return _capital(". ".join(parts))


def _from_fixes(told: pd.DataFrame, verdicts: Sequence[Verdict]) -> pd.DataFrame:
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
