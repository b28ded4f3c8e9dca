"""Which deployments failed, which were made to mend one, and when what was broken was mended again.

Deployments arrive as `deployment_changes.brought` leaves them, numbered from 0, with `words` for each: the texts that
may say that it is a hotfix or rollback (its branch, its description, the title and labels of its pull request, the
subject of its commit). Incidents arrive as `deployments.incidents_of` makes them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import pandas as pd

from maestro_core.scoring.deployments import matches
from maestro_core.terms import DeploymentOrigin, IncidentOrigin, PipelineOutcome

USUAL_HOTFIXES = (
    "hotfix*", "*/hotfix*", "hot-fix*", "*/hot-fix*", "hot fix*",
    "rollback*", "*/rollback*", "roll-back*", "*/roll-back*", "roll back*",
    "revert*", "*/revert*",
    "merge branch 'hotfix*", "merge branch 'rollback*", "merge branch 'revert*",
)  # fmt: skip
"""Of branches, labels and titles: beginnings, so that "fix the hotfix guide" is none."""

SHORTEST_SHA = 7
_AGAIN = re.compile(r"\s*(revert\W+(revert|rollback)|reapply)\b", re.IGNORECASE)
_TOKEN = re.compile(r"#?[\w-]+")


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
    has_incident: bool = False


def judged(deployments: pd.DataFrame, incidents: pd.DataFrame, *, rule: FailureRule, finds_fixes: bool) -> Judged:
    """Each deployment with what became of it, each incident with its cause.

    A deployment failed where an incident names it, or opened within the window after it and after no later one; or
    where the next deployment of its service and environment within the window is a rollback or hotfix. With
    `finds_fixes`, a failure that only a fix tells of is an incident too, from that deployment until the fix.
    """
    rows: list[Any] = list(deployments.itertuples())
    harm: list[Any] = list(incidents.itertuples())
    verdicts = [_Verdict() for _ in rows]
    causes = _causes(rows, harm, rule)
    _tell_incidents(rows, verdicts, harm, causes)
    _tell_fixes(rows, verdicts, _by_key(harm, causes), rule)
    told = deployments.assign(**_columns(verdicts))
    linked = incidents.drop(columns="deployment").assign(
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


def named_keys(words: Sequence[str]) -> set[str]:
    """What in some texts may be the key of an issue: a number behind a #, or a word with a number.

    >>> sorted(named_keys(["Fix #42 and OPS-7: login of v42"]))
    ['#42', 'ops-7', 'v42']
    """
    tokens = (token for text in words for token in _TOKEN.findall(text.casefold()))
    return {token for token in tokens if any(letter.isdigit() for letter in token)}


def _timeline(rows: Sequence[Any]) -> list[int]:
    """The places of the successful deployments, oldest first."""
    places = [place for place, row in enumerate(rows) if row.outcome == PipelineOutcome.SUCCESS]
    return sorted(places, key=lambda place: rows[place].finished_at)


@dataclass(frozen=True)
class _Track:
    """The deployments that an incident may come from, oldest first, and when each ended."""

    places: list[int]
    moments: list[datetime]


def _causes(rows: Sequence[Any], incidents: Sequence[Any], rule: FailureRule) -> list[tuple[int | None, bool]]:
    """The deployment that caused each incident, and whether the tool named it: that beats the time."""
    tracks = _tracks(rows)
    found: list[tuple[int | None, bool]] = []
    for incident in incidents:
        track = tracks.get(incident.service.casefold(), _Track([], []))
        if incident.deployment:
            named = _named(rows, track.places, incident)
            found.append((named, named is not None))
        else:
            found.append((_latest(track, incident.opened_at, rule.window), False))
    return found


def _tracks(rows: Sequence[Any]) -> dict[str, _Track]:
    """One for each service; an incident that names none may come from any."""
    places: dict[str, list[int]] = defaultdict(list)
    for place in _timeline(rows):
        for service in {"", rows[place].service.casefold()}:
            places[service].append(place)
    return {service: _Track(each, [rows[place].finished_at for place in each]) for service, each in places.items()}


def _named(rows: Sequence[Any], places: Sequence[int], incident: Any) -> int | None:
    """The deployment that an incident names, by key, commit, tag or address: the last one before it opened."""
    fitting = [place for place in places if _is_named(rows[place], incident.deployment.strip())]
    before = [place for place in fitting if rows[place].finished_at <= incident.opened_at]
    return before[-1] if before else next(iter(fitting), None)


def _is_named(row: Any, name: str) -> bool:
    if name in {row.external_id, row.url}:
        return True
    if row.origin in (DeploymentOrigin.TAG, DeploymentOrigin.RELEASE) and name == row.name:
        return True
    return bool(row.sha) and len(name) >= SHORTEST_SHA and row.sha.startswith(name.lower())


def _latest(track: _Track, at: datetime, window: timedelta) -> int | None:
    last = bisect_right(track.moments, at) - 1
    return track.places[last] if last >= 0 and at - track.moments[last] <= window else None


def _tell_incidents(
    rows: Sequence[Any], verdicts: Sequence[_Verdict], incidents: Sequence[Any], causes: list[tuple[int | None, bool]]
) -> None:
    for incident, (cause, is_linked) in zip(incidents, causes, strict=True):
        if cause is None:
            continue
        told = f"the incident “{incident.title}”"
        passed = span(incident.opened_at - rows[cause].finished_at)
        verdicts[cause].why_failed.append(f"{told} names it" if is_linked else f"{told} was opened {passed} after it")
        verdicts[cause].has_incident = True
        if not pd.isna(incident.resolved_at):
            verdicts[cause].mended.append(max(incident.resolved_at, rows[cause].finished_at))


def _tell_fixes(
    rows: Sequence[Any], verdicts: Sequence[_Verdict], causes: Mapping[str, tuple[Any, int | None]], rule: FailureRule
) -> None:
    for place, before in _pairs(rows):
        row = rows[place]
        known = _for_incident(row, causes, rule)
        if known:
            incident, cause = known
            verdicts[place].why_rework = f"made for the incident “{incident.title}”"
            if cause is not None:
                verdicts[cause].mended.append(row.finished_at)
            continue
        why = _why(row, None if before is None else rows[before], rule)
        verdicts[place].why_rework = why
        if why and before is not None and row.finished_at - rows[before].finished_at <= rule.window:
            passed = span(row.finished_at - rows[before].finished_at)
            verdicts[before].why_failed.append(f"{passed} later came a fix: {why}")
            verdicts[before].mended.append(row.finished_at)


def _by_key(incidents: Sequence[Any], causes: list[tuple[int | None, bool]]) -> dict[str, tuple[Any, int | None]]:
    """Each incident and its cause under the key that texts name it by."""
    return {
        f"#{incident.external_id}" if incident.external_id.isdigit() else incident.external_id.casefold(): (
            incident,
            cause,
        )
        for incident, (cause, _) in zip(incidents, causes, strict=True)
    }


def _for_incident(
    row: Any, causes: Mapping[str, tuple[Any, int | None]], rule: FailureRule
) -> tuple[Any, int | None] | None:
    """The incident that a deployment says it was made for: open then, or closed a moment before."""
    for key in sorted(named_keys(row.words) & causes.keys()):
        incident, cause = causes[key]
        is_over = not pd.isna(incident.resolved_at) and row.finished_at - incident.resolved_at > rule.window
        if incident.opened_at <= row.finished_at and not is_over and cause != row.Index:
            return incident, cause
    return None


def _pairs(rows: Sequence[Any]) -> Iterator[tuple[int, int | None]]:
    """Each successful deployment with the one before it of its service, environment and repository."""
    last: dict[tuple[Any, ...], int] = {}
    for place in _timeline(rows):
        chain = (rows[place].service, rows[place].environment, rows[place].repository)
        yield place, last.get(chain)
        last[chain] = place


def _why(row: Any, before: Any, rule: FailureRule) -> str:
    # Two that ran at once and ended in the wrong order are a race, not a decision to go back.
    if row.goes_back and before is not None and row.started_at >= before.finished_at:
        return "rollback to an earlier commit"
    text = why_fix(row.words, rule.patterns)
    return "" if text is None or _same_commit(row, before) else f"“{text.strip()}”"


def _same_commit(row: Any, before: Any) -> bool:
    """Deployed once more, without a change: the same words say nothing new."""
    return before is not None and bool(row.sha) and row.sha == before.sha


def _columns(verdicts: Sequence[_Verdict]) -> dict[str, Any]:
    mended = [min(each.mended) if each.why_failed and each.mended else None for each in verdicts]
    return {
        "failed": [bool(each.why_failed) for each in verdicts],
        "recovered_at": pd.to_datetime(pd.Series(mended, dtype=object), utc=True).astype("datetime64[us, UTC]"),
        "is_rework": [bool(each.why_rework) for each in verdicts],
        "reason": [_reason(each) for each in verdicts],
    }


def _reason(verdict: _Verdict) -> str:
    parts = [f"failed: {'; '.join(verdict.why_failed)}"] if verdict.why_failed else []
    parts += [f"rework: {verdict.why_rework}"] if verdict.why_rework else []
    return _capital(". ".join(parts))


def _from_fixes(told: pd.DataFrame, verdicts: Sequence[_Verdict]) -> pd.DataFrame:
    """The failures that only a fix tells of, as incidents."""
    places = [place for place, each in enumerate(verdicts) if each.why_failed and not each.has_incident]
    made = told.iloc[places]
    return made[["source_id", "service", "external_id", "url"]].assign(
        origin=str(IncidentOrigin.FIX),
        title=[_capital("; ".join(verdicts[place].why_failed)) for place in places],
        opened_at=made["finished_at"],
        resolved_at=made["recovered_at"],
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
