"""What was deployed one after another, and which of it a fix mends where an incident tells that it is broken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from maestro_core.terms import PipelineOutcome


@dataclass
class Verdict:
    """What is found of one deployment."""

    why_failed: list[str] = field(default_factory=list)
    why_rework: str = ""
    mended: list[datetime] = field(default_factory=list)
    """When an incident was resolved, or a fix was deployed."""
    incidents: list[Any] = field(default_factory=list)
    unfixed: list[Any] = field(default_factory=list)
    """Its incidents that no fix has ended; that a tool says they are resolved is another matter."""

    def blame(self, incident: Any) -> None:
        """Take an incident for one that this deployment caused."""
        self.incidents.append(incident)
        self.unfixed.append(incident)

    def mend(self, at: datetime, incident: Any = None) -> None:
        """A fix was deployed: of this incident, or else of all that had opened by then."""
        self.mended.append(at)
        self.unfixed = [each for each in self.unfixed if each is not incident and (incident or each.opened_at > at)]

    def is_harmed(self, since: datetime, until: datetime) -> bool:
        """Whether one of its incidents was open in that time, and has not been fixed before."""
        begun = (each for each in self.unfixed if each.opened_at <= until)
        return any(pd.isna(each.resolved_at) or each.resolved_at >= since for each in begun)


@dataclass
class Line:
    """The successful deployments of a service to an environment from a repository, up to the one looked at."""

    before: Any = None
    """The last one."""
    tried: list[Any] = field(default_factory=list)
    """The attempts without success since then."""
    length: int = 0
    places: dict[str, int] = field(default_factory=dict)
    """Where each commit was deployed last."""
    harmed: list[tuple[int, Any]] = field(default_factory=list)
    """Those that an incident names or followed, with their places."""

    def add(self, row: Any, verdict: Verdict) -> None:
        """Go on to the next deployment."""
        if verdict.incidents:
            self.harmed.append((self.length, row))
        if row.sha:
            self.places[row.sha] = self.length
        self.before, self.tried = row, []
        self.length += 1


def walked(rows: Iterable[Any], verdicts: Sequence[Verdict]) -> Iterator[tuple[Any, Line]]:
    """Each successful deployment with the line before it, in the order in which they ended."""
    lines: dict[tuple[Any, ...], Line] = {}
    for row in sorted(rows, key=lambda row: row.finished_at):
        line = lines.setdefault((row.service.casefold(), row.environment.casefold(), row.repository), Line())
        if row.outcome == PipelineOutcome.SUCCESS:
            yield row, line
            line.add(row, verdicts[row.Index])
        else:
            line.tried.append(row)


def ended_by(fix: Any, line: Line, attempt: Any, *, verdicts: Sequence[Verdict], window: timedelta) -> list[Any]:
    """The failed deployments whose incident a hotfix or rollback ends, though others may have come between.

    A hotfix ends that of the latest deployment that is broken, a rollback those of all that it takes back: what came
    after the deployment of the same commit. Broken is what has an open incident; of the deployment directly before
    however old, of those before that only one that opened within the window. Without any, an incident counts too that
    was open after the last thing that was deployed or tried: many are closed when their fix is merged.
    """
    if line.before is None:
        return []
    line.harmed = list(_still_meant(line, verdicts, fix.finished_at - window))
    reach = min(line.places.get(fix.sha, -1) + 1, line.length - 1)
    within = [row for place, row in line.harmed if place >= reach]
    for since in (fix.finished_at, (attempt or line.before).finished_at):
        found = [row for row in within if verdicts[row.Index].is_harmed(since, fix.finished_at)]
        if found:
            return found if fix.sha in line.places else found[-1:]
    return []


def _still_meant(line: Line, verdicts: Sequence[Verdict], oldest: datetime) -> Iterator[tuple[int, Any]]:
    """The harmed ones that a fix may still end; the others need not be looked at again."""
    for place, row in line.harmed:
        if row is line.before or any(each.opened_at >= oldest for each in verdicts[row.Index].unfixed):
            yield place, row
