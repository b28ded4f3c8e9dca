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
REMEMBERED = "chosen portfolio"


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
    """The choice in the URL or, where a link dropped that, of this tab; else the sample while there is nothing else."""
    told = st.query_params.get(PARAMETER)
    if told in (OWN, SAMPLE):
        st.session_state[REMEMBERED] = told
    chosen = st.session_state.get(REMEMBERED)
    return is_empty(portfolios().own) if chosen is None else bool(chosen == SAMPLE)


def show(chosen: str) -> None:
    """Show this portfolio from now on, and say so in the URL."""
    st.session_state[REMEMBERED] = st.query_params[PARAMETER] = chosen


def is_empty(place: Portfolio) -> bool:
    """Whether a portfolio has neither a project nor a source."""
    with open_workspace(place.engine, place.membership_id, reading=True) as ws:
        return organisation.is_empty(ws)
