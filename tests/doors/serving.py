"""An API that runs in this process."""

from __future__ import annotations

from copy import copy
from functools import cache
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy import create_engine
from starlette.applications import Starlette
from starlette.datastructures import State
from starlette.routing import Mount
from starlette.testclient import TestClient

from app.api.main import create_api
from maestro_core.portfolios import Portfolio, Portfolios


def served(portfolio: Portfolio) -> TestClient:
    both = Portfolios(own=portfolio, sample=portfolio)
    # Putting all routes together takes longer than most tests: once is enough, with a state for each.
    api = copy(_routes())
    api.state = State({**_routes().state._state, "portfolios": both})
    return TestClient(Starlette(routes=[Mount("/api", api)]), raise_server_exceptions=False)


@cache
def _routes() -> FastAPI:
    nobody = Portfolio(create_engine("sqlite://"), UUID(int=0), is_sample=False)
    return create_api(Portfolios(own=nobody, sample=nobody))
