"""Why CI pipelines fail: causes by rules, patterns, hours, and jobs that cannot be believed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.scoring import pipeline_failures as failing
from maestro_core.scoring.pipeline_failures import Cause, cause_of
from maestro_core.terms import PipelineOutcome

AT = datetime(2026, 1, 6, 23, 30, tzinfo=UTC)  # a Tuesday
COLUMNS = [*failing.PATTERN, "started_at"]
NAMED = [
    ("Run actions/checkout@v4", Cause.ENVIRONMENT),
    ("Set up job", Cause.PROVIDER),
    ("Set up Python 3.11", Cause.ENVIRONMENT),
    ("Install test dependencies", Cause.ENVIRONMENT),
    ("Run npm ci", Cause.ENVIRONMENT),
    ("Upload coverage", Cause.ENVIRONMENT),
    ("npm run lint", Cause.QUALITY),
    ("Check formatting", Cause.QUALITY),
    ("Type check", Cause.QUALITY),
    ("Run pre-commit", Cause.QUALITY),
    ("Run pytest", Cause.TEST),
    ("Run tests with coverage", Cause.TEST),
    ("Run unit tests and lint", Cause.TEST),
    ("docker compose up", Cause.ENVIRONMENT),
    ("go test ./...", Cause.TEST),
    ("build-and-test", Cause.TEST),
    ("runIntegrationTests", Cause.TEST),
    ("cargo build --release", Cause.COMPILATION),
    ("Build wheel", Cause.COMPILATION),
    ("compileJava", Cause.COMPILATION),
    ("deploy-prod", Cause.ENVIRONMENT),
    ("latest contest attestation", Cause.UNKNOWN),
    ("Evaluate the model", Cause.UNKNOWN),
]


def failures(*rows: dict[str, Any]) -> pd.DataFrame:
    usual = {"project": "p", "pipeline": "ci", "job": "test", "stage": None, "step": "Run pytest", "reason": None}
    usual |= {"outcome": PipelineOutcome.FAILURE, "started_at": AT}
    frame = pd.DataFrame([usual | row for row in rows], columns=COLUMNS)
    return frame.assign(started_at=pd.to_datetime(frame["started_at"], utc=True))


def commits(*rows: tuple[str, str, bool]) -> pd.DataFrame:
    """Commits on which a job failed: job, sha, whether it passed there too."""
    told = pd.DataFrame(rows, columns=["job", "sha", "passed"])
    return told.assign(project="p", pipeline="ci", passed=told["passed"].astype(bool))


@pytest.mark.parametrize(("name", "cause"), NAMED)
def test_a_name_tells_its_cause(name: str, cause: Cause) -> None:
    assert cause_of(step=name, job=None, stage=None, reason=None)[0] is cause


def test_what_the_tool_says_comes_before_names_and_a_step_before_its_job() -> None:
    assert cause_of(step="Run pytest", job="test", stage="test", reason="runner_system_failure")[0] is Cause.PROVIDER
    assert cause_of(step="mypy", job="test", stage="test", reason="script_failure")[0] is Cause.QUALITY
    assert cause_of(step="???", job="unit", stage=None, reason=None)[0] is Cause.TEST
    assert cause_of(step=None, job="???", stage="build", reason=None)[0] is Cause.COMPILATION
    could_not_start = cause_of(step=None, job="test", stage=None, reason=None, outcome=PipelineOutcome.STARTUP_FAILURE)
    assert could_not_start == (Cause.PROVIDER, "outcome: start-up failure")


def test_the_rule_that_decided_is_named() -> None:
    assert cause_of(step=None, job="lint (3.12)", stage=None, reason=None)[1] == "job “lint”: quality check"
    assert cause_of(step=None, job="x", stage=None, reason=None) == (Cause.UNKNOWN, failing.UNKNOWN)


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_name_has_one_cause(step: str, job: str) -> None:
    cause, rule = cause_of(step=step, job=job, stage=None, reason=None)
    assert cause in Cause
    assert (cause is Cause.UNKNOWN) == (rule == failing.UNKNOWN)


def test_failures_that_look_alike_are_one_pattern_the_most_frequent_first() -> None:
    found = failing.patterns(failures({"job": "lint", "step": None}, {}, {"stage": "a"}, {"started_at": None}))
    assert list(found["job"]) == ["test", "lint"]
    assert list(found["failures"]) == [3, 1]
    assert list(found["cause"]) == ["test", "quality"]
    assert found["last_at"].iloc[0] == AT


def test_every_cause_is_told_and_their_shares_are_one() -> None:
    told = failing.causes(failing.patterns(failures({}, {}, {"step": "?", "job": "?"}, {"step": "mypy"})))
    assert dict(zip(told["cause"], told["failures"], strict=True)) == {
        "compilation": 0, "test": 2, "environment": 0, "quality": 1, "provider": 0, "unknown": 1,
    }  # fmt: skip
    assert told["share"].sum() == 1


def test_without_a_failure_no_cause_has_a_share() -> None:
    found = failing.patterns(failures())
    assert found.empty
    assert failing.causes(found)["share"].isna().all()
    assert failing.failures_by_hour(failures(), zone="UTC").to_numpy().sum() == 0


def test_hours_are_those_of_the_organisation() -> None:
    in_berlin = failing.failures_by_hour(failures({}, {"started_at": None}), zone="Europe/Berlin")
    assert in_berlin.loc[2, 0] == 1, "half past midnight on Wednesday"
    assert in_berlin.to_numpy().sum() == 1


def test_a_job_is_flaky_that_failed_and_passed_on_the_same_commit() -> None:
    found = commits(("test", "a", True), ("test", "b", False), ("test", "c", True), ("lint", "a", False))
    flaky = failing.flaky_jobs(found)
    assert (flaky.value, flaky.sample) == (1, 2)
    assert failing.flakiness(found).value == 0.5
    table = failing.flaky_table(found)
    assert table[["job", "flaky", "commits"]].to_numpy().tolist() == [["test", 2, 3]]
    assert table["low"].iloc[0] < table["value"].iloc[0] < table["high"].iloc[0]


def test_without_a_failed_job_nothing_is_known_of_flakiness() -> None:
    assert failing.flaky_jobs(commits()).value is None
    assert failing.flakiness(commits()).reason
    assert failing.flaky_table(commits()).empty
