"""The words of the field, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict

Value = TypeVar("Value")


class Outcome(StrEnum):
    """How a project or a run ended."""

    SUCCESS = "success"
    FAILURE = "failure"
    CANCELLED = "cancelled"


class Role(StrEnum):
    """What a membership may do; see `access.GRANTS`."""

    OWNER = "owner"
    ADMIN = "admin"
    MANAGER = "manager"
    ANALYST = "analyst"
    VIEWER = "viewer"


class TeamRole(StrEnum):
    """What a person does on a project."""

    DATA_SCIENTIST = "data scientist"
    ML_ENGINEER = "ML engineer"
    DATA_ENGINEER = "data engineer"
    SOFTWARE_ENGINEER = "software engineer"
    ANALYST = "analyst"
    PRODUCT_MANAGER = "product manager"
    OTHER = "other"


class ArtifactKind(StrEnum):
    """What can be reused."""

    DATASET = "dataset"
    MODEL = "model"
    FEATURE_SET = "feature set"
    PIPELINE = "pipeline"
    TEMPLATE = "template"
    NOTEBOOK = "notebook"
    LIBRARY = "library"


class SourceKind(StrEnum):
    """The tools that Maestro collects from."""

    GIT = "git"
    MLFLOW = "mlflow"
    GITHUB = "github"
    GITLAB = "gitlab"
    JENKINS = "jenkins"
    CIRCLECI = "circleci"
    PUSH = "push"
    """Told by another tool through a signed webhook or the API, rather than collected."""


class PipelineOutcome(StrEnum):
    """How a pipeline run, a job or a deployment ended; one that has not ended has none."""

    SUCCESS = "success"
    FAILURE = "failure"
    TIMED_OUT = "timed out"
    STARTUP_FAILURE = "start-up failure"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    NEUTRAL = "neutral"


UNREADABLE = "cannot be read"
"""What is noted of a listing that a tool does not show."""

FAILED = (PipelineOutcome.FAILURE, PipelineOutcome.TIMED_OUT, PipelineOutcome.STARTUP_FAILURE)


class ReviewState(StrEnum):
    """What somebody answered to a pull request. A note is an answer, but no review."""

    APPROVED = "approved"
    CHANGES_REQUESTED = "changes requested"
    COMMENTED = "commented"
    DISMISSED = "dismissed"
    NOTE = "note"


class DeploymentOrigin(StrEnum):
    """What a deployment is told by."""

    PIPELINE = "pipeline"
    JOB = "job"
    ENVIRONMENT = "environment"
    TAG = "tag"
    RELEASE = "release"


class IncidentOrigin(StrEnum):
    """What an incident is told by."""

    LABEL = "label"
    FIX = "fix"
    """A failed deployment that a rollback or hotfix followed."""
    PUSHED = "pushed"


class IdentityAct(StrEnum):
    """What was decided about two accounts or persons."""

    MERGE = "merge"
    SPLIT = "split"
    APART = "apart"
    """They are not the same: the suggestion is not made again."""


class RunState(StrEnum):
    """Where a refresh stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Target(StrEnum):
    """What is predicted of a project, with its unit in `UNITS`."""

    SUCCESS = "success"
    DURATION = "duration"
    COST = "cost"


class ExperimentKind(StrEnum):
    """What an experiment compares."""

    TEAM_CONFIGURATION = "team configuration"
    ARTIFACT_USE = "artifact use"
    WORKFLOW = "workflow"


class ExperimentUnit(StrEnum):
    """What is assigned to a variant, and therefore what is counted."""

    TEAM = "team"
    """All projects of a team get the same variant; the team counts once."""
    PROJECT = "project within team"


class ExperimentState(StrEnum):
    """Where an experiment stands."""

    DRAFT = "draft"
    RUNNING = "running"
    STOPPED = "stopped"


class Better(StrEnum):
    """Which direction of a measure is good news."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


class Measured(BaseModel, Generic[Value]):
    """A value, or None with the reason why there is none; how many rows it rests on; an interval where known.

    >>> Measured(value=0.5, sample=12).value
    0.5
    >>> Measured[float].missing("no merged pull request", sample=0).reason
    'no merged pull request'
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    value: Value | None = None
    reason: str | None = None
    sample: int = 0
    low: Value | None = None
    high: Value | None = None

    @classmethod
    def missing(cls, reason: str, *, sample: int = 0) -> Self:
        """No value, and why."""
        return cls(reason=reason, sample=sample)

    def __reduce__(self) -> tuple[Any, ...]:
        # Pages remember answers by pickling them, and `Measured[float]` is no name that pickle could look up.
        return _measured, (self.__pydantic_generic_metadata__["args"], self.__dict__)


def _measured(of: tuple[Any, ...], values: dict[str, Any]) -> Measured[Any]:
    kind: Any = Measured.__class_getitem__(of) if of else Measured
    measured: Measured[Any] = kind(**values)
    return measured


@dataclass(frozen=True)
class Period:
    """A span of time: the start is in, the end is out. Both are aware, and kept in UTC.

    >>> january = Period.days_between(date(2026, 1, 1), date(2026, 2, 1))
    >>> january.days, january.end in january, january.before.start.date()
    (31.0, False, datetime.date(2025, 12, 1))
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a period needs aware times")
        # Times of one zone are subtracted and compared by their clocks, which is an hour off when these change.
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.end < self.start:
            raise ValueError(f"a period ends before it starts: {self.start} – {self.end}")

    @classmethod
    def days_between(cls, first: date, end: date) -> Period:
        """From the start of one UTC day to the start of another, which is out."""
        return cls(datetime.combine(first, time(), UTC), datetime.combine(end, time(), UTC))

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    @property
    def days(self) -> float:
        return (self.end - self.start) / timedelta(days=1)

    @property
    def weeks(self) -> float:
        return self.days / 7

    @property
    def before(self) -> Period:
        """The period of the same length that ends where this one starts."""
        return Period(self.start - (self.end - self.start), self.start)


def percent(share: float) -> str:
    """A share, 0 to 1, as people read it.

    >>> percent(0.256)
    '26 %'
    """
    return true_minus(f"{100 * share:.0f} %")


def with_sign(value: float, decimals: int = 0) -> str:
    """A difference as people read it; what rounds to nothing has no sign.

    >>> with_sign(-3.26, 1), with_sign(1234.5), with_sign(-0.01, 1)
    ('−3.3', '+1,234', '0.0')
    """
    rounded = round(value, decimals)
    return f"{sign(rounded)}{abs(rounded):,.{decimals}f}"


def sign(value: float) -> str:
    """What stands before a difference.

    >>> sign(-0.5), sign(2.0), sign(0.0)
    ('−', '+', '')
    """
    return "−" if value < 0 else "+" if value > 0 else ""


def true_minus(told: str) -> str:
    """A number that was written with a hyphen, which joins words, with the minus sign, which is as wide as a plus.

    >>> true_minus("-0.5 points"), true_minus("0.5 points")
    ('−0.5 points', '0.5 points')
    """
    return f"−{told[1:]}" if told.startswith("-") else told
