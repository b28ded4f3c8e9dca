"""Why CI pipelines fail: which job and step, at which hour, of what cause, and which jobs cannot be believed.

Failures arrive as columns: project, pipeline, job, stage, step, reason, outcome, started_at. A run whose jobs are not
known is one failure with an empty job.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from maestro_core.scoring.catalogue import measure
from maestro_core.scoring.samples import share, wilson
from maestro_core.terms import Better, Measured, PipelineOutcome

PATTERN = ["project", "pipeline", "job", "stage", "step", "reason", "outcome"]


class Cause(StrEnum):
    """What kind of thing went wrong."""

    COMPILATION = "compilation"
    TEST = "test"
    ENVIRONMENT = "environment"
    QUALITY = "quality"
    PROVIDER = "provider"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Rule:
    """Words that tell a cause."""

    name: str
    cause: Cause
    words: re.Pattern[str]


def _rule(name: str, cause: Cause, words: str) -> Rule:
    # A name is words, however it joins them: run_tests, runTests, run-tests.
    return Rule(name, cause, re.compile(rf"(?<![a-z])(?:{words})(?![a-z])"))


REASONS = (
    _rule(
        "runner or service failed",
        Cause.PROVIDER,
        r"runner.*|api failure|scheduler failure|data integrity failure|stuck or timeout failure|stale schedule|"
        r"infrastructure.*|internal.*|no matching runner|ci quota exceeded|bridge.*|startup failure|"
        r"lost communication.*",
    ),
    _rule(
        "environment failed", Cause.ENVIRONMENT, r"image pull.*|missing dependency.*|environment.*|out of memory|oom.*"
    ),
)
"""What a tool's own word for a failure tells. `script_failure` only says that a command failed: no rule."""

NAMES = (
    _rule("the provider's own step", Cause.PROVIDER, r"set up job|complete job|prepare job|spin up.*|runner|job setup"),
    # What a step does stands first in its name: installing linters and uploading coverage are no quality checks.
    _rule(
        "preparing the environment",
        Cause.ENVIRONMENT,
        r"^(?:run |post )?(?:install\w*|set up|setup|restore|prepare|provision|download|upload|cache|checkout|pull)",
    ),
    _rule("test", Cause.TEST, r"^(?:run )?(?:unit |integration |functional |end to end |e\d*e )?tests?"),
    _rule(
        "quality check",
        Cause.QUALITY,
        r"lint\w*|eslint|pylint|flake8|ruff|black|isort|mypy|pyright|format\w*|prettier|style|checkstyle|stylelint|clippy|"
        r"rubocop|types?|typing|typecheck\w*|coverage|codecov|coveralls|sonar\w*|codeql|quality|spotless|spotbugs|pmd|"
        r"detekt|ktlint|shellcheck|hadolint|pre commit|audit|security|sast|dast|secret detection|vulnerabilit\w*|"
        r"license\w*|licence\w*|dependency (?:review|scanning)|trivy|snyk|bandit|semgrep|golangci\w*|vet|fmt",
    ),
    _rule(
        "test",
        Cause.TEST,
        r"tests?|testing|pytest|tox|nox|unittests?|unit|integration|e\d*e|end to end|specs?|rspec|jest|vitest|mocha|"
        r"karma|cypress|playwright|selenium|junit|surefire|smoke|regression|acceptance|benchmarks?|doctests?|ctest|verify",
    ),
    _rule(
        "preparing the environment",
        Cause.ENVIRONMENT,
        r"checkout|clone|fetch|set up|setup|install\w*|dependenc\w*|restore|caches?|initiali[sz]e|prepare|provision\w*|"
        r"bootstrap|login|log in|credentials|pull|containers?|services?|download\w*|upload\w*|artifacts?|post|pip|"
        r"npm (?:ci|i)|yarn|poetry|uv sync|bundle|apt|brew|conda|docker (?:login|pull|compose up)|database|environment",
    ),
    _rule(
        "compilation",
        Cause.COMPILATION,
        r"build\w*|compil\w*|make|cmake|ninja|assemble|package|packaging|bundl\w*|webpack|vite|rollup|tsc|transpile|"
        r"cargo|rustc|javac|maven|mvn|gradle\w*|msbuild|dotnet|go|wheels?|sdist|link|docs?|documentation|sphinx|mkdocs",
    ),
    _rule(
        "bringing it out",
        Cause.ENVIRONMENT,
        r"deploy\w*|publish\w*|releas\w*|push|promote|rollout|helm|kubectl|terraform|ansible|pages|migrat\w*",
    ),
)
"""The first rule that matches decides; the step is asked first, then the job, then the stage."""

OUTCOMES = {PipelineOutcome.STARTUP_FAILURE: Cause.PROVIDER}
UNKNOWN = "no rule matches"


def cause_of(
    *, step: str | None, job: str | None, stage: str | None, reason: str | None, outcome: PipelineOutcome | None = None
) -> tuple[Cause, str]:
    """The cause of a failure and what decided it, by rules over names; unknown where none matches.

    >>> cause_of(step="Run pytest", job="build", stage=None, reason=None)
    (<Cause.TEST: 'test'>, 'step “pytest”: test')
    >>> cause_of(step=None, job="nightly", stage=None, reason="script_failure")[0]
    <Cause.UNKNOWN: 'unknown'>
    """
    if outcome in OUTCOMES:
        return OUTCOMES[outcome], f"outcome: {outcome}"
    asked = [("reason", reason, REASONS), ("step", step, NAMES), ("job", job, NAMES), ("stage", stage, NAMES)]
    for where, text, rules in asked:
        found = _first_match(text, rules)
        if found:
            return found[0].cause, f"{where} “{found[1]}”: {found[0].name}"
    return Cause.UNKNOWN, UNKNOWN


def patterns(failures: pd.DataFrame) -> pd.DataFrame:
    """Failures that look alike, the most frequent first.

    project, pipeline, job, step, cause, rule (what decided the cause), failures, last_at (the start of the latest).
    """
    # Missing words are words here: groupby would drop them.
    alike = failures.groupby(PATTERN, dropna=False, observed=True, sort=False)["started_at"]
    table = alike.agg(failures="size", last_at="max").reset_index()
    told = [cause_of(**_words(row)) for row in table[PATTERN[2:]].itertuples(index=False)]
    table = table.assign(cause=[str(cause) for cause, _ in told], rule=[rule for _, rule in told])
    shown = ["project", "pipeline", "job", "step", "cause", "rule"]
    table = table.groupby(shown, dropna=False, sort=False).agg({"failures": "sum", "last_at": "max"}).reset_index()
    return table.sort_values(["failures", *shown], ascending=[False] + [True] * len(shown), ignore_index=True)


def causes(found: pd.DataFrame) -> pd.DataFrame:
    """Patterns by cause: cause, failures, share (of all failures); every cause, also where there was none."""
    counts = found.groupby("cause")["failures"].sum().reindex([str(cause) for cause in Cause], fill_value=0)
    total = counts.sum()
    return pd.DataFrame(
        {"cause": counts.index, "failures": counts.to_numpy(), "share": (counts / total if total else counts * np.nan)}
    ).reset_index(drop=True)


def failures_by_hour(failures: pd.DataFrame, *, zone: str) -> pd.DataFrame:
    """Failures by weekday (rows, 0 is Monday) and hour (columns, 0–23) of their start, in the organisation's zone."""
    grid = np.zeros((7, 24), dtype=np.int64)
    local = failures["started_at"].dropna().dt.tz_convert(zone).dt
    np.add.at(grid, (local.day_of_week.to_numpy(), local.hour.to_numpy()), 1)
    return pd.DataFrame(grid, index=pd.RangeIndex(7, name="weekday"), columns=pd.RangeIndex(24, name="hour"))


@measure(
    "Flaky jobs", unit="jobs", better=Better.LOWER, source="after Luo et al. 2014, An empirical analysis of flaky tests"
)
def flaky_jobs(failed: pd.DataFrame) -> Measured[int]:
    """Jobs that both failed and passed on the same commit, in the same pipeline.

    The commit did not change, so that something else did: time, order, network, the machine. Found only where somebody
    ran the job again. A run that names a commit but tries something else is compared with its own attempts only: that
    of an event, as GitHub's workflow_run, which names the last commit of the default branch. A branch is not compared
    with its merge into the base. Jobs of one name in a run are retries in GitLab, elsewhere parts of a matrix, which
    pass once none of them fails. The sample is the jobs that failed at all; a run whose jobs are not known counts as
    one job. `failed`: project, pipeline, job, sha, passed (whether it passed there too). None where no commit of a
    failed job is known.
    """
    if failed.empty:
        return Measured[int].missing("no job failed on a known commit in the period")
    jobs = failed.groupby(["project", "pipeline", "job"])["passed"].any()
    return Measured[int](value=int(jobs.sum()), sample=len(jobs))


@measure("Flakiness", unit="share", better=Better.LOWER, source="our own")
def flakiness(failed: pd.DataFrame) -> Measured[float]:
    """Commits on which a job failed and passed / commits on which it failed.

    How often a red job means nothing, at least: failures that nobody ran again are taken as real. The interval is
    Wilson's at 90 %. None where no commit of a failed job is known.
    """
    return share(int(failed["passed"].sum()), len(failed), nothing="no job failed on a known commit in the period")


def flaky_table(failed: pd.DataFrame) -> pd.DataFrame:
    """The flaky jobs, those with the most flaky commits first.

    project, pipeline, job, flaky (commits on which it failed and passed), commits (on which it failed), value with low
    and high (flakiness and its interval).
    """
    keys = ["project", "pipeline", "job"]
    table = failed.groupby(keys)["passed"].agg(flaky="sum", commits="size").reset_index()
    table = table[table["flaky"] > 0].astype({"flaky": "int64"})
    low, high = wilson(table["flaky"], table["commits"])
    table = table.assign(value=table["flaky"] / table["commits"], low=low, high=high)
    return table.sort_values(["flaky", *keys], ascending=[False, True, True, True], ignore_index=True)


def _first_match(text: str | None, rules: tuple[Rule, ...]) -> tuple[Rule, str] | None:
    """The first rule that a name matches, and the word that did."""
    if not text:
        return None
    spoken = _spoken(text)
    matches = ((rule, rule.words.search(spoken)) for rule in rules)
    return next(((rule, match.group()) for rule, match in matches if match), None)


def _spoken(name: str) -> str:
    """A name in small letters with one space between its words.

    >>> _spoken("Run_unitTests (3.11)")
    'run unit tests (3 11)'
    """
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return re.sub(r"[\s_\-./:]+", " ", apart).lower()


def _words(row: Any) -> dict[str, Any]:
    """A row of names with None for what is missing."""
    return {name: None if pd.isna(value) else value for name, value in row._asdict().items()}
