"""Who looks at what: the installation's portfolios, and the one that this browser tab shows."""

from __future__ import annotations

from functools import cache

import streamlit as st

from maestro_core.portfolios import Portfolio, Portfolios, open_portfolios
from maestro_core.reports import organisation
from maestro_core.settings import Settings
from maestro_core.workspace import open_workspace

OWN, SAMPLE = "My organisation", "Sample"
PARAMETER = "portfolio"
FIRST = "portfolio shown first"


@cache
def settings() -> Settings:
    """The environment, read once for the process."""
    return Settings()


@cache
def portfolios() -> Portfolios:
    """Both portfolios, migrated once for the process; the server, not a page, is the first to ask."""
    return open_portfolios(settings())


def portfolio() -> Portfolio:
    """The portfolio that this tab shows."""
    return portfolios().sample if shows_sample() else portfolios().own


def shows_sample() -> bool:
    """Whether that is the sample."""
    return bool((st.session_state.get(PARAMETER) or first_shown()) == SAMPLE)


def first_shown() -> str:
    """What this tab shows while nothing is chosen: the sample while there is nothing else."""
    if FIRST not in st.session_state:
        st.session_state[FIRST] = SAMPLE if is_empty(portfolios().own) else OWN
    return str(st.session_state[FIRST])


def show(chosen: str) -> None:
    """Show this portfolio from now on."""
    st.session_state[PARAMETER] = chosen


def is_empty(place: Portfolio) -> bool:
    """Whether a portfolio has neither a project nor a source."""
    with open_workspace(place.engine, place.membership_id, reading=True) as ws:
        return organisation.is_empty(ws)
