"""What the sample's tools tell: one source for each, rules that find something, counts that agree with the rows."""

from __future__ import annotations

from sqlalchemy import func, select

from maestro_core.models import (
    Account,
    CoAuthorship,
    CodeFile,
    Commit,
    DataSource,
    DeploymentEvent,
    DeploymentRule,
    FileRename,
    IncidentRule,
    Issue,
    Person,
    PipelineJob,
    PipelineRun,
    ProcessMetric,
    PullRequest,
    Release,
    Review,
)
from maestro_core.reports.identities import identities
from maestro_core.terms import DeploymentOrigin, SourceKind
from maestro_core.workspace import Workspace

TOLD = (
    *(PullRequest, Review, PipelineRun, PipelineJob, DeploymentEvent, Release, Issue, DeploymentRule, IncidentRule),
    *(CoAuthorship, CodeFile, FileRename),
)


def count(ws: Workspace, table: type) -> int:
    return ws.session.scalar(select(func.count()).select_from(table)) or 0


def delivery_agrees_with_itself(ws: Workspace) -> None:
    assert all(count(ws, table) for table in TOLD)
    every_tool_is_a_source_that_says_sample(ws)
    deployed_and_merged_commits_are_known(ws)
    counts_are_those_of_the_rows(ws)
    every_way_to_deploy_has_a_rule(ws)
    two_people_have_a_second_name(ws)


def every_tool_is_a_source_that_says_sample(ws: Workspace) -> None:
    rows = ws.frame(select(DataSource.kind, DataSource.location, DataSource.refreshed_at))
    assert {"git", "github", "gitlab", "jenkins", "circleci"} == {SourceKind(kind).value for kind in rows["kind"]}
    assert rows["location"].str.startswith("sample:").all()
    assert rows["refreshed_at"].notna().all()


def deployed_and_merged_commits_are_known(ws: Workspace) -> None:
    known = select(Commit.sha)
    for column in (PullRequest.merge_sha, DeploymentEvent.sha, Release.sha):
        assert not ws.session.scalar(select(func.count()).where(column.is_not(None), column.not_in(known)))


def counts_are_those_of_the_rows(ws: Workspace) -> None:
    by_people = select(func.count(PullRequest.id)).join(Account, Account.id == PullRequest.author_id)
    by_people = by_people.join(Person, Person.id == Account.person_id).where(~Person.is_bot)
    counted = {
        "pipeline_runs": select(func.count(PipelineRun.id)),
        "pull_requests_opened": by_people,
        "pull_requests_merged": by_people.where(PullRequest.merged_at.is_not(None)),
    }
    for measure, rows in counted.items():
        stored = select(func.sum(ProcessMetric.value)).where(ProcessMetric.measure == measure)
        assert ws.session.scalar(stored) == ws.session.scalar(rows)


def every_way_to_deploy_has_a_rule(ws: Workspace) -> None:
    assert set(ws.session.scalars(select(DeploymentRule.origin))) == set(DeploymentOrigin)
    services = ws.frame(select(DeploymentRule.project_id, DeploymentRule.service, DeploymentRule.paths))
    double = services[services["service"] != ""]
    assert double.groupby("project_id").size().eq(2).all()
    assert double["paths"].map(len).gt(0).all()


def two_people_have_a_second_name(ws: Workspace) -> None:
    found = identities(ws).suggestions
    assert len(found) == 2
    assert set(found["how_likely"]) <= {"very likely", "likely"}
    assert (found["commits"] > found["other_commits"]).all()
