"""Which rows that tools told are deployments and incidents, by the rules of a project.

Told deployments arrive as columns: source_id, origin, external_id, name, other_name, environment, service, url, sha,
branch, description, outcome, started_at, finished_at. Several rows with the same external_id are attempts of one
deployment. Told issues: source_id, is_pushed, external_id, title, url, labels, service, deployment, opened_at,
resolved_at.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from typing import Any

import pandas as pd

from maestro_core.terms import DeploymentOrigin, IncidentOrigin, PipelineOutcome

KEY = ["source_id", "service", "origin", "external_id"]
UNSUCCESSFUL = (PipelineOutcome.FAILURE, PipelineOutcome.TIMED_OUT, PipelineOutcome.STARTUP_FAILURE)
DEPLOYMENT_COLUMNS = [
    *KEY, "name", "environment", "url", "sha", "branch", "description", "outcome", "started_at", "finished_at", "rule",
]  # fmt: skip
INCIDENT_COLUMNS = [*KEY, "is_pushed", "title", "url", "deployment", "opened_at", "resolved_at"]
_SERVICE_LABEL = re.compile(r"(service|component|svc)(?::{1,2}|/|=)\s*(.+)", re.IGNORECASE)


_BEFORE_RELEASE = re.compile(r"(?<![a-z])(?:alpha|beta|rc|pre|prerelease|preview|dev|snapshot)(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True)
class DeploymentPattern:
    """What counts as a deployment of a service: globs of the name and the branch; empty ones match all.

    Tags of pre-releases, such as v1.2.0-rc1, count only where the pattern names such, as v*-rc* does.
    """

    origin: DeploymentOrigin
    pattern: str = ""
    service: str = ""
    branch: str = ""
    paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class IncidentPattern:
    """What counts as an incident of a service: a glob of a label, where the origin is one."""

    origin: IncidentOrigin
    pattern: str = ""
    service: str = ""


def matches(text: str | None, glob: str) -> bool:
    """Whether a name fits a glob, whatever its case; an empty glob fits all.

    >>> matches("Production-EU", "prod*"), matches(None, "main"), matches(None, "")
    (True, False, True)
    """
    return not glob or bool(text and _compiled(glob.casefold()).match(text.casefold()))


def is_under(path: str, globs: Iterable[str]) -> bool:
    """Whether a file belongs to a service: a folder takes all below it, and `*` also crosses folders.

    A slash at the beginning, or a dot and a slash, stand for the top of the repository.

    >>> is_under("api/src/a.py", ["/api/"]), is_under("api/src/a.py", ["*.py"]), is_under("apiary/a.py", ["api/"])
    (True, True, False)
    """
    tops = [glob.removeprefix("./").lstrip("/") for glob in globs]
    return any(_compiled(glob).match(path) or path.startswith(f"{glob.rstrip('/*')}/") for glob in tops if glob)


def deployments_of(told: pd.DataFrame, rules: Sequence[DeploymentPattern]) -> pd.DataFrame:
    """The deployments that these rules make of what was told, one for each id and service, oldest first.

    What some rules give to services does not count once more by a rule for all. Of several attempts the first that
    succeeded counts, else the last that ended. What has not ended, was cancelled, skipped or neutral is none. `rule` is
    the place of the rule, the first where several fit.
    """
    found = _matching(told, rules).drop_duplicates([*KEY, "finished_at", "outcome"])
    succeeded = (
        found[found["outcome"] == PipelineOutcome.SUCCESS]
        .sort_values("finished_at", kind="stable")
        .drop_duplicates(KEY)
    )
    failed = found[found["outcome"].isin(UNSUCCESSFUL)]
    failed = failed.sort_values("finished_at", kind="stable").drop_duplicates(KEY, keep="last")
    ended = pd.concat([succeeded, failed]).drop_duplicates(KEY)
    ordered = ended.sort_values(["finished_at", "external_id"], kind="stable", ignore_index=True)
    return _none_for_missing(ordered[DEPLOYMENT_COLUMNS], "sha", "branch", "description")


def unfinished(told: pd.DataFrame, rules: Sequence[DeploymentPattern]) -> int:
    """How many deployments that fit the rules have not ended yet."""
    found = _matching(told, rules)
    return len(found[found["outcome"].isna()].drop_duplicates(KEY))


def incidents_of(
    issues: pd.DataFrame, rules: Sequence[IncidentPattern], *, services: Collection[str] = ()
) -> pd.DataFrame:
    """The incidents that these rules make of issues, one for each id and service, oldest first.

    An issue names its service itself or by labels such as `service:api`: it is an incident of each that it names. One
    that names none belongs to the service of the rule, and with a rule for all to any of them. So does each where
    neither the `services`, which are deployed, nor rules tell services apart, and a component that is none of them.
    """
    known = {service.casefold() for service in (*services, *(rule.service for rule in rules)) if service}
    named = issues.assign(service=pd.Series(_services(issues, known), index=issues.index, dtype=object))
    own = named.explode("service", ignore_index=True)
    parts = [_incidents(own, rule) for rule in sorted(rules, key=lambda rule: not rule.service)]
    found = pd.concat([own.head(0).assign(origin=""), *parts]).drop_duplicates(["source_id", "service", "external_id"])
    kept = _once(found, by=["source_id", "external_id"])
    ordered = kept.sort_values(["opened_at", "external_id"], kind="stable", ignore_index=True)
    return _none_for_missing(ordered[INCIDENT_COLUMNS], "deployment")


def _matching(told: pd.DataFrame, rules: Sequence[DeploymentPattern]) -> pd.DataFrame:
    parts = [_fitting(told, rule).assign(rule=place) for place, rule in enumerate(rules)]
    return _once(pd.concat([told.head(0).assign(rule=0), *parts]), by=["source_id", "origin", "external_id"])


def _once(found: pd.DataFrame, *, by: list[str]) -> pd.DataFrame:
    """Without what counts for all services, where it counts for some of them too."""
    has_service = found["service"].ne("")
    told_of_one = has_service.groupby([found[name] for name in by]).transform("any")
    return found[has_service | ~told_of_one.astype(bool)]


def _none_for_missing(frame: pd.DataFrame, *names: str) -> pd.DataFrame:
    """Texts that are not there as None: among others pandas tells them as a number, which is true."""
    return frame.assign(**{name: frame[name].astype(object).where(frame[name].notna(), None) for name in names})


def _fitting(told: pd.DataFrame, rule: DeploymentPattern) -> pd.DataFrame:
    rows = told[told["origin"] == rule.origin]
    named = _each(rows["name"], rule.pattern) | _each(rows["other_name"], rule.pattern)
    rows = rows[named & _each(rows["branch"], rule.branch)]
    if rule.origin == DeploymentOrigin.TAG and not _BEFORE_RELEASE.search(rule.pattern):
        rows = rows[~rows["name"].str.contains(_BEFORE_RELEASE)]
    if rule.service:
        other = rows["service"].ne("") & rows["service"].str.casefold().ne(rule.service.casefold())
        rows = rows[~other].assign(service=rule.service)
    return rows


def _each(texts: pd.Series[Any], glob: str) -> pd.Series[bool]:
    """Which texts fit; there are many rows and few names."""
    fitting = {text for text in texts.dropna().unique() if matches(text, glob)}
    return texts.isin(fitting) | (glob == "")


def _services(issues: pd.DataFrame, known: Collection[str]) -> list[list[str]]:
    told = issues[["service", "labels"]].to_numpy()
    return [[service] if service else _labelled(labels, known) for service, labels in told]


def _labelled(labels: Iterable[str], known: Collection[str]) -> list[str]:
    """The services that labels name, each once whatever its case; an empty one where there is none."""
    found = (_SERVICE_LABEL.fullmatch(label.strip()) for label in labels)
    told = [(each[1].casefold(), each[2]) for each in found if each]
    named = {
        name.casefold(): name for word, name in told if known and (word != "component" or name.casefold() in known)
    }
    return list(named.values()) or [""]


def _incidents(issues: pd.DataFrame, rule: IncidentPattern) -> pd.DataFrame:
    if rule.origin == IncidentOrigin.PUSHED:
        rows = issues[issues["is_pushed"].astype(bool)]
    elif rule.origin == IncidentOrigin.LABEL:
        fitting = [any(matches(label, rule.pattern) for label in labels) for labels in issues["labels"]]
        rows = issues[pd.Series(fitting, index=issues.index, dtype=bool)]
    else:
        rows = issues.head(0)
    if rule.service:
        other = rows["service"].ne("") & rows["service"].str.casefold().ne(rule.service.casefold())
        rows = rows[~other].assign(service=rule.service)
    return rows.assign(origin=rule.origin)


@lru_cache(maxsize=2000)
def _compiled(glob: str) -> re.Pattern[str]:
    return re.compile(translate(glob))
