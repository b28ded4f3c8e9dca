"""What routes ask for: a workspace that commits before the answer is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BaseModel

from maestro_core.errors import InvalidInput, NotAllowed
from maestro_core.portfolios import Portfolio
from maestro_core.terms import Period
from maestro_core.workspace import Workspace, open_workspace

P = ParamSpec("P")
Answer = TypeVar("Answer")

ELSEWHERE = ("cross-site", "same-site")
USUAL_DAYS = 90
# Further away, the period before has no dates.
DAYS: dict[str, Any] = {"ge": date(1990, 1, 1), "le": date(2199, 12, 31)}


def _portfolio(request: Request) -> Portfolio:
    portfolio: Portfolio = request.app.state.portfolios.own
    return portfolio


def _reading(request: Request) -> Iterator[Workspace]:
    place = _portfolio(request)
    with open_workspace(place.engine, place.membership_id, reading=True) as ws:
        yield ws


def _writing(request: Request) -> Iterator[Workspace]:
    refuse_other_sites(request)
    place = _portfolio(request)
    with open_workspace(place.engine, place.membership_id) as ws:
        yield ws


@dataclass(frozen=True)
class Doors:
    """Workspaces one after the other, as pages open them: while a report is asked, nobody waits to write."""

    place: Portfolio

    def watch(self) -> AbstractContextManager[Workspace]:
        """A snapshot, for what opens workspaces of its own, as learning does."""
        return open_workspace(self.place.engine, self.place.membership_id, reading=True)

    def open(self) -> AbstractContextManager[Workspace]:
        """A workspace to write in, for the same."""
        return open_workspace(self.place.engine, self.place.membership_id)

    def ask(
        self, question: Callable[Concatenate[Workspace, P], Answer], /, *args: P.args, **kwargs: P.kwargs
    ) -> Answer:
        """The answer of a report, from a snapshot."""
        with self.watch() as ws:
            return question(ws, *args, **kwargs)

    def tell(self, deed: Callable[Concatenate[Workspace, P], Answer], /, *args: P.args, **kwargs: P.kwargs) -> Answer:
        """Perform an action, and commit it."""
        with self.open() as ws:
            return deed(ws, *args, **kwargs)


def _doors(request: Request) -> Doors:
    refuse_other_sites(request)
    return Doors(_portfolio(request))


def refuse_other_sites(request: Request) -> None:
    """Raise `NotAllowed` where the page of another site makes its visitor's browser write to this machine."""
    if request.headers.get("sec-fetch-site") in ELSEWHERE:
        raise NotAllowed("Another website may not write here.")


def refuse_other_name(confirmed: str, name: str) -> None:
    """Raise `InvalidInput` where what is to go for good is confirmed with the name of something else."""
    if confirmed.strip() != name.strip():
        raise InvalidInput("That is not its name: nothing was deleted.", advice="Confirm with the name as it is told.")


def told(body: BaseModel) -> dict[str, Any]:
    """What a body says; a field that it leaves out is not told."""
    return {name: getattr(body, name) for name in body.model_fields_set}


# By default FastAPI ends a dependency after the answer is sent: a failed commit would still have been a 200.
ForReading = Annotated[Workspace, Depends(_reading, scope="function")]
InWorkspace = Annotated[Workspace, Depends(_writing, scope="function")]
InTurn = Annotated[Doors, Depends(_doors)]
"""For what both writes and asks a report that takes a while."""

ItsName = Annotated[str, Query(description="The name of what is to go: it cannot be undone")]


def _period(
    ws: ForReading,
    first: Annotated[date | None, Query(**DAYS, description="The first day (UTC); else 90 days up to the last")] = None,
    last: Annotated[date | None, Query(**DAYS, description="The last day (UTC), which is in; today at most")] = None,
) -> Period:
    # Days to come hold nothing yet: told of them, work would seem to have stopped.
    until = min(last or ws.now.date(), ws.now.date())
    since = first or until - timedelta(days=USUAL_DAYS - 1)
    if since > until:
        raise InvalidInput("The first day of a period comes after its last, or after today.")
    return Period.days_between(since, until + timedelta(days=1))


ThePeriod = Annotated[Period, Depends(_period)]
