"""What went wrong, as RFC 9457 says it: application/problem+json."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from maestro_core.errors import (
    AskedToWait,
    InvalidInput,
    MaestroError,
    NotAllowed,
    NotEnoughData,
    NotFound,
    NotNow,
    NotSigned,
    SourceUnavailable,
)

STATUS: dict[type[MaestroError], int] = {
    NotAllowed: 403,
    NotSigned: 401,
    NotFound: 404,
    NotNow: 409,
    AskedToWait: 409,
    InvalidInput: 422,
    NotEnoughData: 422,
    SourceUnavailable: 502,
}
JSON_PROBLEM = "application/problem+json"


class Problem(BaseModel):
    """Why there is no answer (RFC 9457), and what to do."""

    type: str = "about:blank"
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no project named churn."])
    advice: str = Field(default="", examples=["Add the project first, or correct its name."])
    errors: list[dict[str, str]] = Field(
        default=[], examples=[[{"field": "body.complexity", "reason": "Input should be less than or equal to 10"}]]
    )


PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": HTTPStatus(status).phrase,
        "content": {JSON_PROBLEM: {"schema": Problem.model_json_schema()}},
    }
    for status in sorted({*STATUS.values(), 413, 503})
}


def answer_problems(api: FastAPI) -> None:
    """Answer every error of this API with a problem."""
    api.add_exception_handler(MaestroError, _of_maestro)
    api.add_exception_handler(RequestValidationError, _of_validation)
    api.add_exception_handler(HTTPException, _of_http)
    api.add_exception_handler(OperationalError, _of_database)
    api.add_exception_handler(Exception, _of_surprise)


def _of_maestro(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, MaestroError)  # noqa: S101 - what the handler is registered for
    return _answer(STATUS.get(type(error), 500), error.message, advice=error.advice)


def _of_validation(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    wrong = [
        {"field": ".".join(str(part) for part in each["loc"]), "reason": str(each["msg"])} for each in error.errors()
    ]
    return _answer(422, "; ".join(f"{each['field']}: {each['reason']}" for each in wrong), errors=wrong)


def _of_http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101
    return _answer(error.status_code, str(error.detail), headers=error.headers)


def _of_database(_request: Request, _error: Exception) -> JSONResponse:
    return _answer(503, "The database does not answer.", advice="Try again in a moment.", headers={"Retry-After": "5"})


def _of_surprise(_request: Request, _error: Exception) -> JSONResponse:
    return _answer(500, "Maestro made a mistake.", advice="The server's log says more.")


def _answer(
    status: int,
    detail: str,
    *,
    advice: str = "",
    errors: list[dict[str, str]] | None = None,
    headers: Any = None,
) -> JSONResponse:
    title = HTTPStatus(status).phrase
    problem = Problem(title=title, status=status, detail=detail, advice=advice, errors=errors or [])
    return JSONResponse(problem.model_dump(), status, headers=headers, media_type=JSON_PROBLEM)
