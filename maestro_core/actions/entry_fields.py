"""The kinds of field that can be entered: cleaned, bounded, and refused in the user's words."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from maestro_core.terms import ArtifactKind, Outcome, PipelineOutcome, TeamRole

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?")
EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+")
WEB_ADDRESS = re.compile(r"https?://[^\s/]+\S*")


def refused(reason: str) -> PydanticCustomError:
    """A reason why a value cannot be used. It is an argument: braces in what somebody entered are no template."""
    return PydanticCustomError("entry", "{reason}", {"reason": reason})


def _clean(text: Any) -> Any:
    if isinstance(text, str) and CONTROL.search(text):
        raise refused("holds characters that cannot be stored")
    # A name may be all digits, which a spreadsheet hands out as a number.
    return f"{text:g}" if isinstance(text, int | float) and not isinstance(text, bool) else text


def _blank_is_none(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _as_number(value: Any) -> Any:
    if isinstance(value, bool | date):
        raise refused("should be a number")
    if not isinstance(value, str):
        return value
    if value.strip().startswith("="):
        raise refused("is a formula: paste its value instead")
    if "," in value:
        raise refused("should have a point as decimal mark, and nothing between thousands")
    try:
        return float(value)
    except ValueError:
        raise refused("should be a number") from None


def _as_moment(value: Any) -> Any:
    # Left alone, 20260301 would be taken for seconds since 1970.
    if isinstance(value, date):
        return value
    if isinstance(value, str) and DATE.fullmatch(value.strip()):
        return value.strip()
    raise refused("should be a date such as 2026-03-01")


def _in_range(moment: datetime) -> datetime:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not EARLIEST <= aware < LATEST:
        raise refused("should lie between 1970 and 2200")
    return aware


def _one_of(words: type[StrEnum]) -> BeforeValidator:
    known = {word.casefold(): word for word in words}
    return BeforeValidator(
        lambda value: known.get(value.strip().casefold(), value) if isinstance(value, str) else value
    )


def _split(value: Any) -> Any:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple | set | frozenset):
        return parts
    return tuple(dict.fromkeys(part.strip() for part in parts if isinstance(part, str) and part.strip()))


def _web_address(url: str) -> str:
    if not WEB_ADDRESS.fullmatch(url):
        raise refused("should start with http:// or https://")
    return url


def _email(address: str) -> str:
    if not EMAIL.fullmatch(address):
        raise refused("should be an address such as ada@example.org")
    return address.lower()


BLANK_IS_NONE = BeforeValidator(_blank_is_none)

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), BeforeValidator(_clean)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=5000), BeforeValidator(_clean)]
Label = Annotated[Name | None, BLANK_IS_NONE]
Email = Annotated[Annotated[Name, AfterValidator(_email)] | None, BLANK_IS_NONE]
WebAddress = Annotated[
    Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=2000),
        BeforeValidator(_clean),
        AfterValidator(_web_address),
    ]
    | None,
    BLANK_IS_NONE,
]
Tags = Annotated[tuple[Name, ...], BeforeValidator(_split), Field(max_length=50)]

_number = BeforeValidator(_as_number)
Complexity = Annotated[Annotated[float, Field(ge=1, le=10, allow_inf_nan=False), _number] | None, BLANK_IS_NONE]
Part = Annotated[Annotated[float, Field(ge=0, le=100, allow_inf_nan=False), _number] | None, BLANK_IS_NONE]
People = Annotated[Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False), _number] | None, BLANK_IS_NONE]
Years = Annotated[Annotated[float, Field(ge=0, le=80, allow_inf_nan=False), _number] | None, BLANK_IS_NONE]
Money = Annotated[Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False), _number] | None, BLANK_IS_NONE]
Count = Annotated[Annotated[int, Field(ge=0, le=1_000_000_000), _number] | None, BLANK_IS_NONE]

Moment = Annotated[datetime, AfterValidator(_in_range), BeforeValidator(_as_moment)]
PerhapsMoment = Annotated[Moment | None, BLANK_IS_NONE]

PerhapsOutcome = Annotated[Annotated[Outcome, _one_of(Outcome)] | None, BLANK_IS_NONE]
PerhapsEnding = Annotated[Annotated[PipelineOutcome, _one_of(PipelineOutcome)] | None, BLANK_IS_NONE]
Kind = Annotated[ArtifactKind, _one_of(ArtifactKind)]
RoleInTeam = Annotated[TeamRole, _one_of(TeamRole)]
