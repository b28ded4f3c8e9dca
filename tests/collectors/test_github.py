"""What is read of a GitHub repository by its people: pull requests, answers, issues, deployments, releases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from maestro_core.collectors import github_answers
from maestro_core.collectors.delivery import SeenAccount
from maestro_core.collectors.github import GitHub
from maestro_core.terms import PipelineOutcome, ReviewState, SourceKind
from tests.collectors.delivery_reading import Watch, batches, read_killed, stored
from tests.replay.github import ADA, BOB, BOT, START, GitHubRepository, stamp, user
from tests.replay.server import Replay, replaying

TOKEN = SecretStr("s3cret")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ADAS_ACCOUNT = SeenAccount(SourceKind.GITHUB, "127.0.0.1/11", "ada", "11+ada@users.noreply.127.0.0.1")
INTERFACES = pytest.mark.parametrize("token", [TOKEN, None], ids=["GraphQL", "REST"])


@pytest.fixture
def repository() -> GitHubRepository:
    return GitHubRepository()


@pytest.fixture
def server(repository: GitHubRepository) -> Iterator[Replay]:
    with replaying(repository.answer) as replay:
        replay.now = START + 30 * DAY
        yield replay


def github(server: Replay, token: SecretStr | None = TOKEN) -> GitHub:
    return GitHub(location=f"{server.url}/team/churn", token=token, clock=Watch(server.now).clock, pause=0)


@INTERFACES
def test_a_pull_request_is_told_whole(server: Replay, repository: GitHubRepository, token: SecretStr | None) -> None:
    repository.a_pull(merged_at=stamp(START + DAY), labels=[{"id": 1, "name": "bug"}])
    (pull,) = stored(batches(github(server, token)))["pull_requests"].values()
    assert pull.author == ADAS_ACCOUNT
    assert (pull.created_at, pull.merged_at, pull.closed_at) == (START, START + DAY, START + DAY)
    assert pull.merged_by.name == "bob"
    assert (pull.head_branch, pull.base_branch, pull.merge_sha) == ("topic-1", "main", f"{1:040x}")
    assert (pull.added, pull.deleted, pull.files, pull.commits) == (10, 3, 2, 4)
    assert pull.first_commit_at == START - DAY
    assert pull.labels == ("bug",)


@INTERFACES
def test_both_interfaces_name_answers_alike(
    server: Replay, repository: GitHubRepository, token: SecretStr | None
) -> None:
    pull = repository.a_pull()
    for state in ("APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", None):
        repository.answer_pull(pull, BOB, state, START + HOUR)
    reviews = stored(batches(github(server, token)))["reviews"]
    assert [review.state for review in reviews.values()] == [
        ReviewState.APPROVED,
        ReviewState.CHANGES_REQUESTED,
        ReviewState.COMMENTED,
        ReviewState.DISMISSED,
        ReviewState.NOTE,
    ]
    assert [key for _, key in reviews] == [
        each["html_url"].partition("#")[2] for each in (*pull["reviews"], *pull["notes"])
    ]


@INTERFACES
def test_what_an_author_answers_and_what_is_not_submitted_is_no_answer(
    server: Replay, repository: GitHubRepository, token: SecretStr | None
) -> None:
    pull = repository.a_pull()
    repository.answer_pull(pull, ADA, None, START + HOUR)
    repository.answer_pull(pull, ADA, "COMMENTED", START + HOUR)
    repository.answer_pull(pull, BOB, "PENDING", START + HOUR)
    pull["reviews"][-1]["submitted_at"] = None
    assert not stored(batches(github(server, token)))["reviews"]


@INTERFACES
def test_deleted_people_are_nobody_and_what_they_did_is_kept(
    server: Replay, repository: GitHubRepository, token: SecretStr | None
) -> None:
    pull = repository.a_pull(author=None)
    repository.answer_pull(pull, None, "APPROVED", START + HOUR)
    read = stored(batches(github(server, token)))
    assert [each.author for each in read["pull_requests"].values()] == [None]
    assert [each.account for each in read["reviews"].values()] == [None]


@INTERFACES
def test_programs_have_one_name_and_are_known_as_such(
    server: Replay, repository: GitHubRepository, token: SecretStr | None
) -> None:
    repository.a_pull(author=BOT)
    (pull,) = stored(batches(github(server, token)))["pull_requests"].values()
    known_as = (pull.author.identity, pull.author.name, pull.author.is_bot)
    assert known_as == ("127.0.0.1/49699333", "dependabot[bot]", True)


def test_graphql_tells_the_name_that_people_show(server: Replay, repository: GitHubRepository) -> None:
    repository.a_pull(author=user("ada") | {"name": "Ada Lovelace"})
    (pull,) = stored(batches(github(server)))["pull_requests"].values()
    assert pull.author.name == "Ada Lovelace"


def test_the_commit_of_a_trial_merge_is_no_merge(server: Replay, repository: GitHubRepository) -> None:
    repository.a_pull()
    (pull,) = stored(batches(github(server, None)))["pull_requests"].values()
    assert pull.merge_sha is None


def test_a_draft_tells_when_it_was_ready_last(server: Replay, repository: GitHubRepository) -> None:
    repository.a_pull(ready=[stamp(START + HOUR)], draft=False)
    repository.a_pull(draft=True)
    ready, draft = stored(batches(github(server)))["pull_requests"].values()
    assert {(pull.is_draft, pull.ready_at) for pull in (ready, draft)} == {(False, START + HOUR), (True, None)}


@INTERFACES
def test_more_answers_than_fit_into_a_page_are_all_told(
    server: Replay, repository: GitHubRepository, token: SecretStr | None
) -> None:
    pull = repository.a_pull()
    for minute in range(230):
        repository.answer_pull(pull, BOB, "COMMENTED", START + timedelta(minutes=minute))
        repository.answer_pull(pull, BOB, None, START + timedelta(minutes=minute))
    assert len(stored(batches(github(server, token)))["reviews"]) == 460


@INTERFACES
def test_issues_are_told_with_labels_and_without_pull_requests(
    server: Replay, repository: GitHubRepository, token: SecretStr | None
) -> None:
    repository.a_pull()
    repository.an_issue(labels=("incident", "P1"), closed_at=stamp(START + DAY))
    (issue,) = stored(batches(github(server, token)))["issues"].values()
    assert (issue.external_id, issue.labels, issue.closed_at) == ("2", ("incident", "P1"), START + DAY)


@INTERFACES
def test_a_deployment_that_a_later_one_made_inactive_has_succeeded(
    server: Replay, repository: GitHubRepository, token: SecretStr | None
) -> None:
    repository.a_deployment(("in_progress", START), ("success", START + HOUR), ("inactive", START + DAY))
    (deployment,) = stored(batches(github(server, token)))["deployments"].values()
    assert (deployment.outcome, deployment.finished_at) == (PipelineOutcome.SUCCESS, START + HOUR)
    assert (deployment.environment, deployment.branch, deployment.sha) == ("production", "main", "7" * 40)
    assert deployment.url == "https://example.org/log/success"


@INTERFACES
@pytest.mark.parametrize(
    ("states", "outcome"),
    [
        ((), None),
        (("queued", "in_progress"), None),
        (("in_progress", "error"), PipelineOutcome.FAILURE),
        (("in_progress", "inactive"), PipelineOutcome.NEUTRAL),
    ],
)
def test_a_deployment_ends_with_its_last_final_state(
    server: Replay,
    repository: GitHubRepository,
    token: SecretStr | None,
    states: tuple[str, ...],
    outcome: PipelineOutcome | None,
) -> None:
    repository.a_deployment(*((state, START + number * HOUR) for number, state in enumerate(states)))
    (deployment,) = stored(batches(github(server, token)))["deployments"].values()
    assert deployment.outcome is outcome
    assert (deployment.finished_at is None) == (outcome is None)


def test_of_two_states_of_one_second_the_newest_counts() -> None:
    states = [{"state": state, "created_at": stamp(START)} for state in ("success", "failure")]  # newest first
    row = {"id": 1, "created_at": stamp(START), "statuses": states}
    assert github_answers.deployment(row).outcome is PipelineOutcome.SUCCESS


@INTERFACES
@pytest.mark.parametrize("days", [1, 15])
def test_the_state_of_a_deployment_that_was_told_before_is_told_when_it_changes(
    server: Replay, repository: GitHubRepository, token: SecretStr | None, days: int
) -> None:
    """It may have waited for weeks to be approved, and others were deployed meanwhile."""
    begun = START + 12 * DAY
    row = repository.a_deployment(("in_progress", begun), at=begun)
    repository.a_deployment(("success", begun + days * DAY), at=begun + days * DAY)
    *_, last = batches(github(server, token))
    row["states"].insert(0, {"state": "failure", "created_at": stamp(begun + 2 * HOUR), "log_url": None})
    deployments = stored(batches(github(server, token), last.cursor))["deployments"]
    assert deployments[str(row["id"])].outcome is PipelineOutcome.FAILURE


@INTERFACES
def test_drafts_of_releases_are_not_released(
    server: Replay, repository: GitHubRepository, token: SecretStr | None
) -> None:
    repository.a_release("v2", draft=True, published_at=None)
    repository.a_release("v1", prerelease=True)
    (release,) = stored(batches(github(server, token)))["releases"].values()
    assert (release.tag, release.released_at, release.is_prerelease) == ("v1", START, True)


@INTERFACES
def test_only_what_changed_is_told_again(server: Replay, repository: GitHubRepository, token: SecretStr | None) -> None:
    for hour in range(30):
        repository.a_pull(at=START + hour * HOUR)
        repository.an_issue(at=START + hour * HOUR)
    *_, last = batches(github(server, token))
    before = len(server.asked)
    assert not list(batches(github(server, token), last.cursor))
    assert len(server.asked) - before <= 7
    repository.pulls[3]["title"], repository.pulls[3]["updated_at"] = "Renamed", stamp(START + DAY * 9)
    assert [pull.title for pull in stored(batches(github(server, token), last.cursor))["pull_requests"].values()] == [
        "Renamed"
    ]


def test_what_is_as_it_was_is_not_sent_again(server: Replay, repository: GitHubRepository) -> None:
    _some_of_everything(repository)
    *_, last = batches(github(server, None))
    sent = []
    server.answering = lambda asked: (
        sent.append((asked.path.rpartition("/")[2], reply := repository.answer(asked))) or reply
    )
    assert not list(batches(github(server, None), last.cursor))
    unchanged = {path for path, reply in sent if reply.status == 304}
    # The others are listed by when they were created: what changed may stand behind a first page that did not.
    assert unchanged == {"pulls", "issues"}


@INTERFACES
@pytest.mark.parametrize("after", [1, 2, 5])
def test_a_killed_refresh_goes_on_where_it_was(
    server: Replay, repository: GitHubRepository, token: SecretStr | None, after: int
) -> None:
    _some_of_everything(repository)
    assert read_killed(github(server, token), after=after) == stored(batches(github(server, token)))


@INTERFACES
def test_what_changes_while_it_is_read_is_neither_lost_nor_does_it_hide_others(
    server: Replay, repository: GitHubRepository, token: SecretStr | None
) -> None:
    for hour in range(90):
        repository.a_pull(at=START + hour * HOUR)
    reading, read = batches(github(server, token)), []
    for number, batch in enumerate(reading):
        read.append(batch)
        changed = repository.pulls[number]
        changed["title"], changed["updated_at"] = "Changed meanwhile", stamp(START + 20 * DAY + number * HOUR)
    read += batches(github(server, token), read[-1].cursor)
    told = stored(read)["pull_requests"]
    assert {key: pull.title for key, pull in told.items()} == {
        str(row["number"]): row["title"] for row in repository.pulls
    }


def test_a_change_within_the_second_in_which_it_was_read_is_seen(server: Replay, repository: GitHubRepository) -> None:
    pull = repository.a_pull(at=server.now)
    *_, last = batches(github(server))
    pull["title"] = "Changed in the same second"
    assert [each.title for each in stored(batches(github(server), last.cursor))["pull_requests"].values()] == [
        "Changed in the same second"
    ]


def test_where_graphql_is_refused_rest_tells_it(server: Replay, repository: GitHubRepository) -> None:
    repository.speaks_graphql = False
    _some_of_everything(repository)
    read = stored(batches(github(server)))
    assert len(read["pull_requests"]) == len(repository.pulls)
    assert len(read["issues"]) == len(repository.issues)


def test_a_pass_that_began_in_graphql_ends_in_rest(server: Replay, repository: GitHubRepository) -> None:
    for hour in range(100):
        repository.a_pull(at=START + hour * HOUR)
    first = next(batches(github(server)))
    repository.speaks_graphql = False
    assert len(stored([first, *batches(github(server), first.cursor)])["pull_requests"]) == 100


def _some_of_everything(repository: GitHubRepository) -> None:
    for hour in range(25):
        pull = repository.a_pull(at=START + hour * HOUR)
        repository.answer_pull(pull, BOB, "APPROVED", START + (hour + 1) * HOUR)
        repository.an_issue(at=START + hour * HOUR)
        repository.a_run(at=START + hour * HOUR)
        repository.a_deployment(("success", START + hour * HOUR), at=START + hour * HOUR)
    repository.a_release("v1")
