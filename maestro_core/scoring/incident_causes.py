"""Which deployment caused an incident, and for which incident a deployment says that it was made.

Deployments are rows as `deployment_failures.judged` takes them, incidents as `deployments.incidents_of` makes them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from maestro_core.terms import DeploymentOrigin, PipelineOutcome

SHORTEST_SHA = 7
_TOKEN = re.compile(r"(?<![\w#])(?<!\w\.)#?[\w-]++(?!\.\w)")
_INCIDENT = re.compile(r"\bincident[\s:#/_-]+(\d+)\b")

Known = tuple[Any, int | None]
"""An incident, and the place of the deployment that caused it, where one is known."""


@dataclass(frozen=True)
class _Track:
    """The deployments that an incident may come from, oldest first, and when each ended."""

    places: list[int]
    moments: list[datetime]


def causes_of(rows: Sequence[Any], incidents: Sequence[Any], window: timedelta) -> list[tuple[int | None, bool]]:
    """The deployment that caused each incident, and whether the tool named it: that beats the time."""
    tracks = _tracks(rows)
    found: list[tuple[int | None, bool]] = []
    for incident in incidents:
        track = tracks.get(incident.service.casefold(), _Track([], []))
        if incident.deployment:
            named = _named(rows, track.places, incident)
            found.append((named, named is not None))
        else:
            found.append((_latest(track, incident.opened_at, window), False))
    return found


def named_keys(words: Sequence[str]) -> set[str]:
    """What in some texts may be the key of an issue: a number behind a # or the word incident, or a word with a number.

    A version is no such word, and a number behind the name of a repository is that of another one.

    >>> sorted(named_keys(["Fix #42 and OPS-7: login of v42", "Python 3.12, team/app#43, incident 44"]))
    ['#42', '44', 'incident 44', 'ops-7', 'v42']
    """
    texts = [text.casefold() for text in words]
    tokens = (token for text in texts for token in _TOKEN.findall(text))
    told = {f"incident {number}" for text in texts for number in _INCIDENT.findall(text)}
    return told | {token for token in tokens if any(letter.isdigit() for letter in token)}


def by_key(incidents: Sequence[Any], causes: Sequence[tuple[int | None, bool]]) -> dict[str, list[Known]]:
    """The incidents under the key that texts name them by: several trackers count from 1."""
    found: dict[str, list[Known]] = defaultdict(list)
    for incident, (cause, _) in zip(incidents, causes, strict=True):
        found[_key(incident)].append((incident, cause))
    return found


def made_for(row: Any, incidents: Mapping[str, Sequence[Known]], window: timedelta) -> Known | None:
    """The incident that a deployment says it was made for, of several one of its own service."""
    keys = sorted(named_keys(row.words) & incidents.keys())
    meant = [each for key in keys for each in incidents[key] if _is_meant(row, *each, window=window)]
    return min(meant, key=lambda each: each[0].service.casefold() != row.service.casefold(), default=None)


def _key(incident: Any) -> str:
    """The number of an issue stands behind a #; what another tool pushed has a key of its own.

    Where that is a number too, the word incident stands before it: a bare one may be a version, or a branch.
    """
    if not incident.external_id.isdigit():
        return str(incident.external_id.casefold())
    return f"incident {incident.external_id}" if incident.is_pushed else f"#{incident.external_id}"


def _is_meant(row: Any, incident: Any, cause: int | None, *, window: timedelta) -> bool:
    """Whether it was open when the deployment ended, or closed a moment before, in a tracker that the words mean."""
    is_over = not pd.isna(incident.resolved_at) and row.finished_at - incident.resolved_at > window
    is_of_tracker = incident.is_pushed or incident.source_id in row.trackers
    return is_of_tracker and incident.opened_at <= row.finished_at and not is_over and cause != row.Index


def _tracks(rows: Sequence[Any]) -> dict[str, _Track]:
    """One for each service; an incident that names none may come from any."""
    places: dict[str, list[int]] = defaultdict(list)
    for place in _timeline(rows):
        for service in {"", rows[place].service.casefold()}:
            places[service].append(place)
    return {service: _Track(each, [rows[place].finished_at for place in each]) for service, each in places.items()}


def _timeline(rows: Sequence[Any]) -> list[int]:
    """The places of the successful deployments, oldest first."""
    places = [place for place, row in enumerate(rows) if row.outcome == PipelineOutcome.SUCCESS]
    return sorted(places, key=lambda place: rows[place].finished_at)


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
