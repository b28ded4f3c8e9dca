"""What can go wrong, in the user's words. Doors catch these; nobody else does."""

from datetime import datetime
from typing import Any


class MaestroError(Exception):
    """Something the user can understand and act on; `advice` says how."""

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


class NotAllowed(MaestroError):
    """The membership lacks a permission; what it tried, where that is named, is kept for the audit."""

    action: str = ""
    arguments: dict[str, Any] = {}  # noqa: RUF012 - replaced, never changed


class NotSigned(NotAllowed):
    """What was sent does not prove who sent it."""


class NotFound(MaestroError):
    """No such row in this tenant."""


class NotNow(MaestroError):
    """The state of the thing forbids it."""


class AskedToWait(NotNow):
    """A tool asked to be left alone until a moment; what it gave so far is stored, and the rest is read then."""

    def __init__(self, message: str, *, until: datetime, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.until = until


class NotEnoughData(MaestroError):
    """Too few rows to learn or measure from."""


class InvalidInput(MaestroError):
    """What was entered cannot be used."""


class SourceUnavailable(MaestroError):
    """A tool did not answer, or not as it should."""


class WrongSetup(MaestroError):
    """The installation or its settings need a hand before Maestro can start."""
