"""What we answer: each report selects, analyses and returns one frozen Report. Reports only read."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar

import pandas as pd
from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

from maestro_core.access import Permission
from maestro_core.workspace import Workspace

P = ParamSpec("P")
Answer = TypeVar("Answer")

REPORTS: dict[str, Permission] = {}


class _FrameSchema:
    """A DataFrame as a JSON array of objects: dates in ISO 8601, NaN as null."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.is_instance_schema(
            pd.DataFrame, serialization=core_schema.plain_serializer_function_ser_schema(records)
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "array", "items": {"type": "object"}}


Frame = Annotated[pd.DataFrame, _FrameSchema]


class Report(BaseModel):
    """A frozen answer. The page draws it, the API serves it, the command line prints it, an export writes it."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)


def report(
    permission: Permission,
) -> Callable[[Callable[Concatenate[Workspace, P], Answer]], Callable[Concatenate[Workspace, P], Answer]]:
    """Ask for the permission before the question is answered."""

    def permit(function: Callable[Concatenate[Workspace, P], Answer]) -> Callable[Concatenate[Workspace, P], Answer]:
        name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"

        @wraps(function)
        def answer(ws: Workspace, /, *args: P.args, **kwargs: P.kwargs) -> Answer:
            ws.require(permission, action=name)
            return function(ws, *args, **kwargs)

        REPORTS[f"{function.__module__}.{function.__qualname__}"] = permission
        return answer

    return permit


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A frame as plain rows, with None for what is missing."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [dict(zip(plain.columns, row, strict=True)) for row in plain.itertuples(index=False, name=None)]
