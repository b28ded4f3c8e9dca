"""How pages talk to the core: ask a report, tell an action."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

import streamlit as st

from app.ui.problems import politely
from app.ui.session import portfolio
from maestro_core.portfolios import Portfolio
from maestro_core.reports import REPORTS
from maestro_core.workspace import Workspace, open_workspace

P = ParamSpec("P")
Answer = TypeVar("Answer")
Door = Callable[[], AbstractContextManager[Workspace]]


def ask(question: Callable[Concatenate[Workspace, P], Answer], /, *args: P.args, **kwargs: P.kwargs) -> Answer:
    """The answer of a report, remembered until the tenant's data change; where there is none, the page stops here."""
    place = portfolio()
    name = f"{question.__module__}.{question.__qualname__}"
    key = repr((args, sorted(kwargs.items())))
    with politely():
        with open_workspace(place.engine, place.membership_id, reading=True) as ws:
            ws.require(REPORTS[name])
            as_of = (ws.tenant.data_version, ws.now.date().isoformat())
        answer: Answer = _answer(str(place.membership_id), name, key, as_of, _ask=(place, question, args, kwargs))
    return answer


def ask_anew(question: Callable[Concatenate[Workspace, P], Answer], /, *args: P.args, **kwargs: P.kwargs) -> Answer:
    """The answer of a report as it is at this moment: for what changes while it is watched, as a refresh does."""
    place = portfolio()
    with politely(), open_workspace(place.engine, place.membership_id, reading=True) as ws:
        return question(ws, *args, **kwargs)


def tell(deed: Callable[Concatenate[Workspace, P], Answer], /, *args: P.args, **kwargs: P.kwargs) -> Answer:
    """Perform an action; where it is refused or cannot be done, say so and stop here."""
    place = portfolio()
    with politely(), open_workspace(place.engine, place.membership_id) as ws:
        return deed(ws, *args, **kwargs)


def work(deed: Callable[[Door], Answer], /, *, label: str) -> Answer:
    """Do what opens workspaces of its own, as learning does, and show that it is under way."""
    place = portfolio()
    with politely(), st.status(label) as status:
        answer = deed(partial(open_workspace, place.engine, place.membership_id))
        status.update(label=f"{label}: done")
    return answer


# What is remembered is pickled and handed out as copies: no page can change another's answer.
@st.cache_data(max_entries=500, show_spinner="Reading the portfolio …")
def _answer(
    membership: str,  # noqa: ARG001 - a part of the key, as are the next three
    name: str,  # noqa: ARG001
    arguments: str,  # noqa: ARG001
    as_of: tuple[int, str],  # noqa: ARG001
    _ask: tuple[Portfolio, Callable[..., Any], tuple[Any, ...], dict[str, Any]],
) -> Any:
    place, question, args, kwargs = _ask
    with open_workspace(place.engine, place.membership_id, reading=True) as ws:
        return question(ws, *args, **kwargs)
