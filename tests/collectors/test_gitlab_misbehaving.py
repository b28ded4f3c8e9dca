"""GitLab out of order: limits, faults, vanishing pages, other hosts; and what people are told."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from maestro_core.collectors.gitlab import GitLab
from maestro_core.collectors.gitlab_server import project_address
from maestro_core.errors import AskedToWait, InvalidInput, MaestroError, SourceUnavailable
from tests.collectors.delivery_reading import Watch, batches, oddities, stored
from tests.replay.gitlab import START, GitLabProject
from tests.replay.server import Replay, Reply, replaying

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECRET = "glpat-s3cretS3cret"


@pytest.fixture
def project() -> GitLabProject:
    return GitLabProject()


@pytest.fixture
def server(project: GitLabProject) -> Iterator[Replay]:
    with replaying(project.answer) as replay:
        replay.now = START + 30 * DAY
        yield replay


@pytest.fixture
def watch(server: Replay) -> Watch:
    return Watch(server.now)


def gitlab(server: Replay, watch: Watch) -> GitLab:
    return GitLab(location=f"{server.url}/group/team/churn", token=SecretStr(SECRET), clock=watch.clock)


@pytest.mark.parametrize("header", ["Retry-After", "RateLimit-Reset"])
def test_a_short_limit_is_waited_for_by_the_clock_of_the_server(
    server: Replay, project: GitLabProject, watch: Watch, header: str
) -> None:
    project.a_pipeline()
    server.now += 3 * HOUR
    told = "10" if header == "Retry-After" else f"{server.now.timestamp() + 9:.0f}"
    server.instead(Reply(raw=b"Retry later\n", status=429, headers={header: told}), when=("/jobs",))
    read = list(batches(gitlab(server, watch)))
    assert len(stored(read)["runs"]) == 1
    assert watch.slept == [10]
    assert "GitLab asked to wait: 10 s left" in [batch.message for batch in read]


def test_a_long_wait_is_left_for_later(server: Replay, project: GitLabProject, watch: Watch) -> None:
    project.an_issue()
    server.instead(Reply(raw=b"Retry later\n", status=429, headers={"Retry-After": "900"}), when=("/pipelines",))
    with pytest.raises(AskedToWait) as told:
        list(batches(gitlab(server, watch)))
    assert told.value.until == watch.now + timedelta(seconds=900)


@pytest.mark.parametrize(
    "fault",
    [Reply({"message": "500 Internal Server Error"}, 500), Reply(raw=b"[{"), Reply(raw=b"[{", length=900)],
    ids=["500", "truncated JSON", "cut off"],
)
def test_a_passing_fault_is_asked_again(server: Replay, project: GitLabProject, watch: Watch, fault: Reply) -> None:
    project.an_issue()
    server.instead(fault, when=("/issues",))
    assert len(stored(batches(gitlab(server, watch)))["issues"]) == 1
    assert watch.slept == [1]


def test_what_is_switched_off_is_odd_but_no_failure(server: Replay, project: GitLabProject, watch: Watch) -> None:
    project.a_pipeline()
    server.instead(Reply({"message": "403 Forbidden"}, 403), when=("/merge_requests",))
    server.instead(Reply({"message": "404 Not Found"}, 404), when=("/deployments",))
    read = list(batches(gitlab(server, watch)))
    assert [odd[:2] for odd in oddities(read)] == [
        ("cannot be read", "merge requests"),
        ("cannot be read", "deployments"),
    ]
    assert len(stored(read)["runs"]) == 1


def test_a_page_that_vanishes_is_read_by_the_next_refresh(server: Replay, project: GitLabProject, watch: Watch) -> None:
    for _ in range(90):
        project.a_merge_request(at=START)
    server.instead(Reply({"message": "404 Not Found"}, 404), when=("/merge_requests?", "page=3"))
    first = list(batches(gitlab(server, watch)))
    assert [odd[0] for odd in oddities(first)] == ["a page vanished"]
    assert len(stored([*first, *batches(gitlab(server, watch), first[-1].cursor)])["pull_requests"]) == 90


def test_a_pipeline_that_is_deleted_while_it_is_read_is_told_as_listed(
    server: Replay, project: GitLabProject, watch: Watch
) -> None:
    gone = project.a_pipeline()
    for path in (f"/pipelines/{gone['id']}?", f"/pipelines/{gone['id']}/jobs"):
        server.instead(Reply({"message": "404 Not found"}, 404), when=(path,))
    read = stored(batches(gitlab(server, watch)))
    assert (len(read["runs"]), len(read["jobs"])) == (1, 0)


def test_a_project_that_was_renamed_is_read_under_its_new_name(
    server: Replay, project: GitLabProject, watch: Watch
) -> None:
    project.a_merge_request()
    # REST finds it by its former path, GraphQL does not.
    server.answering = lambda asked: project.answer(replace(asked, path=asked.path.replace("former", "churn")))
    read = stored(
        batches(GitLab(location=f"{server.url}/group/team/former", token=SecretStr(SECRET), clock=watch.clock))
    )
    assert [pull.added is None for pull in read["pull_requests"].values()] == [False]


@pytest.mark.parametrize("odd", ["0001-01-01T00:00:00+02:00", "292277026596-12-04T15:30:07Z"])
def test_a_moment_that_is_none_hides_no_others(server: Replay, project: GitLabProject, watch: Watch, odd: str) -> None:
    for _ in range(2):
        request = project.a_merge_request()
    project.commits[request["iid"]][0]["authored_date"] = odd
    read = list(batches(gitlab(server, watch)))
    assert len(stored(read)["pull_requests"]) == 1
    assert [odd[0] for odd in oddities(read)] == ["merge request cannot be understood"]


def test_neither_a_redirect_nor_a_link_leads_to_another_host(
    server: Replay, project: GitLabProject, watch: Watch
) -> None:
    for hour in range(130):
        project.an_issue(at=START + hour * HOUR)
    with replaying(lambda _: Reply([])) as elsewhere:
        for status in (301, 302, 307, 308):
            server.instead(Reply(None, status, {"Location": f"{elsewhere.url}/api/v4/x"}), when=("GET",))
            with pytest.raises(MaestroError):
                gitlab(server, watch).check()
        first = project.answer
        server.answering = lambda asked: _linking_to(elsewhere.url, first(asked))
        assert len(stored(batches(gitlab(server, watch)))["issues"]) == 130
        assert not elsewhere.asked


@pytest.mark.parametrize(
    ("reply", "message", "advice"),
    [
        (Reply({"message": "401 Unauthorized"}, 401), "does not accept the token", "read_api"),
        (Reply({"error": "insufficient_scope"}, 403), "insufficient_scope", "read_api"),
        (Reply({"message": "404 Project Not Found"}, 404), "has no project group/team/churn", "Check the address"),
        (Reply(None, 404), "has no project group/team/churn", "Check the address"),
        (Reply({"login": "a stranger"}), "is no GitLab server", "https://gitlab.com"),
    ],
    ids=["401", "403", "404", "404 of a stranger", "a stranger"],
)
def test_a_refusal_says_what_to_do(server: Replay, watch: Watch, reply: Reply, message: str, advice: str) -> None:
    server.instead(reply)
    with pytest.raises(SourceUnavailable) as told:
        gitlab(server, watch).check()
    assert message in told.value.message
    assert advice in told.value.advice


def test_checking_tells_what_is_there_and_what_is_closed(server: Replay, project: GitLabProject, watch: Watch) -> None:
    project.a_merge_request()
    project.a_pipeline()
    server.instead(Reply({"message": "403 Forbidden"}, 403), when=("/issues",))
    assert gitlab(server, watch).check() == (
        "GitLab answers: group/team/churn has merge requests and pipelines. "
        "Not readable, as switched off or not allowed to this token: issues."
    )


def test_no_log_and_no_error_holds_the_token(server: Replay, watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    server.instead(*[Reply({"message": "500"}, 500)] * 3, when=("/issues",))
    with caplog.at_level(logging.DEBUG), pytest.raises(SourceUnavailable) as told:
        list(batches(gitlab(server, watch)))
    assert all(each.headers["PRIVATE-TOKEN"] == SECRET for each in server.asked)
    assert SECRET not in caplog.text + repr(told.value) + told.value.message + repr(gitlab(server, watch))


@pytest.mark.parametrize(
    "location", ["", "https://gitlab.com/gitlab-org", "ftp://gitlab.com/a/b", "https://a:b@x.org/c/d"]
)
def test_what_is_no_project_is_refused(location: str) -> None:
    with pytest.raises(InvalidInput):
        project_address(location)


def _linking_to(url: str, reply: Reply) -> Reply:
    """An answer whose pages go on elsewhere, as its headers say."""
    headers = {name: value for name, value in reply.headers.items() if name != "X-Next-Page"}
    if "Link" in headers:
        headers["Link"] = headers["Link"].replace(headers["Link"].partition("/api")[0], f"<{url}")
    return Reply(reply.value, reply.status, headers)
