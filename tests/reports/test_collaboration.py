"""How teams work together: what counts, who is counted, and what is never told of single persons."""

from __future__ import annotations

import pickle
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

import pytest

from maestro_core.errors import NotAllowed
from maestro_core.models import (
    Account,
    Branch,
    CodeFile,
    Commit,
    DataSource,
    FileChange,
    Person,
    ProcessMetric,
    Repository,
)
from maestro_core.reports import collaboration
from maestro_core.reports.collaboration import Collaboration
from maestro_core.terms import Period, Role, SourceKind
from maestro_core.workspace import Workspace
from tests.builders import a_project, added
from tests.conftest import NOW, House

DAY = timedelta(days=1)
PERIOD = Period(NOW - 28 * DAY, NOW)
_numbers = count(1)


def a_repository(ws: Workspace, project_id: UUID, *, refreshed: datetime = NOW) -> UUID:
    name = f"repository {next(_numbers)}"
    source = DataSource(
        kind=SourceKind.GIT, name=name, location=name, project_id=project_id, created_at=NOW, refreshed_at=refreshed
    )
    return added(ws, Repository(source_id=added(ws, source), project_id=project_id, name=name))


def a_person(ws: Workspace, name: str = "", *, is_bot: bool = False) -> UUID:
    return added(ws, Person(name=name or f"person {next(_numbers)}", is_bot=is_bot))


def an_account(ws: Workspace, person_id: UUID) -> UUID:
    return added(ws, Account(person_id=person_id, kind=SourceKind.GIT, identity=f"identity {next(_numbers)}"))


def a_commit(
    ws: Workspace,
    repository_id: UUID,
    account_id: UUID,
    *,
    at: datetime = NOW - DAY,
    file: UUID | None = None,
    **facts: object,
) -> UUID:
    told = {"is_merge": False, "added": 2, "deleted": 1, "utc_offset_minutes": 0, "authored_at": at} | facts
    told |= {"sha": f"{next(_numbers):040}", "committed_at": at, "subject": "", "files": 1}
    commit_id = added(ws, Commit(repository_id=repository_id, account_id=account_id, **told))
    if file:
        ws.session.add(FileChange(commit_id=commit_id, file_id=file, added=2, deleted=1))
        ws.session.flush()
    return commit_id


def a_file(ws: Workspace, repository_id: UUID) -> UUID:
    return added(ws, CodeFile(repository_id=repository_id, path=f"file {next(_numbers)}"))


def a_team(ws: Workspace, repository_id: UUID, people: int, *, name: str = "") -> list[UUID]:
    """People who each committed once to the same file."""
    file, team = a_file(ws, repository_id), [a_person(ws, name) for _ in range(people)]
    for person in team:
        a_commit(ws, repository_id, an_account(ws, person), file=file)
    return team


def asked(ws: Workspace, *projects: UUID, period: Period = PERIOD) -> Collaboration:
    return collaboration.collaboration(ws, projects=projects, period=period)


def test_a_person_is_counted_once_however_many_accounts(ws: Workspace) -> None:
    project = a_project(ws)
    repository, person = a_repository(ws, project), a_person(ws)
    for _ in range(3):
        a_commit(ws, repository, an_account(ws, person))
    contributors = asked(ws, project).now.contributors
    assert (contributors.value, contributors.sample) == (1, 3)


def test_unreachable_commits_bots_and_merges_do_not_count(ws: Workspace) -> None:
    project = a_project(ws)
    repository, account = a_repository(ws, project), an_account(ws, a_person(ws))
    a_commit(ws, repository, account)
    a_commit(ws, repository, account, reachable=False)
    a_commit(ws, repository, account, is_merge=True)
    a_commit(ws, repository, an_account(ws, a_person(ws, is_bot=True)))
    now = asked(ws, project).now
    assert (now.contributors.value, now.code_churn.value, now.code_churn.sample) == (1, 3, 1)


def test_lines_of_vendored_and_generated_files_are_no_churn(ws: Workspace) -> None:
    project = a_project(ws)
    account = an_account(ws, a_person(ws))
    a_commit(ws, a_repository(ws, project), account, added=900, deleted=80, left_out_added=890, left_out_deleted=78)
    assert asked(ws, project).now.code_churn.value == 12


def test_only_the_chosen_projects_and_the_period_count_and_the_one_before_is_told_apart(ws: Workspace) -> None:
    project, other = a_project(ws), a_project(ws)
    repository, elsewhere = a_repository(ws, project), a_repository(ws, other)
    account = an_account(ws, a_person(ws))
    for at in (PERIOD.start, PERIOD.start - DAY, PERIOD.start - 2 * DAY, PERIOD.end):
        a_commit(ws, repository, account, at=at)
    a_commit(ws, elsewhere, account)
    answer = asked(ws, project)
    assert (answer.now.code_churn.sample, answer.before.code_churn.sample) == (1, 2)
    assert asked(ws, project, other).now.code_churn.sample == 2


def test_nothing_is_broken_down_below_four_people(ws: Workspace) -> None:
    project = a_project(ws)
    repository = a_repository(ws, project)
    a_team(ws, repository, 3)
    few = asked(ws, project)
    assert not few.is_broken_down
    assert few.people.empty
    assert few.pairs.empty
    assert few.by_hour.to_numpy().sum() == 0
    assert few.now.night_and_weekend_share.reason == collaboration.TOO_FEW_PEOPLE
    a_team(ws, repository, 1)
    enough = asked(ws, project)
    assert enough.is_broken_down
    assert enough.by_hour.to_numpy().sum() == 4
    assert enough.now.night_and_weekend_share.value is not None


def test_what_one_person_does_at_night_is_no_insight(ws: Workspace) -> None:
    project = a_project(ws)
    repository, account = a_repository(ws, project), an_account(ws, a_person(ws))
    for day in range(1, 25):
        a_commit(ws, repository, account, at=NOW.replace(hour=23) - day * DAY)
    assert "night_and_weekend" not in [one.name for one in asked(ws, project).insights]
    for _ in range(3):
        a_commit(ws, repository, an_account(ws, a_person(ws)), at=NOW.replace(hour=23) - DAY)
    assert "night_and_weekend" in [one.name for one in asked(ws, project).insights]


def test_people_have_neither_names_nor_amounts_and_stand_in_no_order_of_merit(ws: Workspace) -> None:
    project = a_project(ws)
    repository = a_repository(ws, project)
    team = a_team(ws, repository, 4, name="Grace")
    for _ in range(5):
        a_commit(ws, repository, an_account(ws, team[2]))
    answer = asked(ws, project)
    assert list(answer.people.columns) == ["person_id", "partners"]
    assert list(answer.people["person_id"]) == sorted(team)
    assert set(answer.people["partners"]) == {3}
    assert "Grace" not in answer.model_dump_json()


def test_names_are_told_only_to_those_who_may_view_people(house: House) -> None:
    with house.open() as ws:
        person = a_person(ws, "Grace")
        other = a_person(ws, "Ada")
    with house.open(role=Role.MANAGER, reading=True) as ws:
        assert collaboration.names(ws, people=[person]) == {person: "Grace"}
        assert collaboration.names(ws, people=[person, other])[other] == "Ada"
    with pytest.raises(NotAllowed), house.open(role=Role.ANALYST, reading=True) as ws:
        collaboration.names(ws, people=[person])


def test_merged_and_default_branches_are_no_open_work(ws: Workspace) -> None:
    project = a_project(ws)
    repository = a_repository(ws, project)
    a_commit(ws, repository, an_account(ws, a_person(ws)))
    for name, facts in {"main": {"is_default": True}, "done": {"merged": True}, "open": {}}.items():
        added(ws, Branch(repository_id=repository, name=name, head_sha="0" * 40, last_commit_at=NOW - DAY, **facts))
    branches = asked(ws, project).now.active_branches
    assert (branches.value, branches.sample) == (1, 3)


def test_active_branches_are_not_compared_with_a_time_whose_branches_nobody_knows(ws: Workspace) -> None:
    """What was worked on in both periods has its last commit in this one: the difference would always be a rise."""
    project = a_project(ws)
    repository = a_repository(ws, project)
    added(ws, Branch(repository_id=repository, name="open", head_sha="0" * 40, last_commit_at=NOW - DAY))
    answer = asked(ws, project)
    assert answer.now.active_branches.value == 1
    assert answer.before.active_branches.value is None
    assert "as they stand today" in str(answer.before.active_branches.reason)


def test_branches_as_they_stand_today_are_not_told_of_a_past_period(ws: Workspace) -> None:
    project = a_project(ws)
    a_commit(ws, a_repository(ws, project), an_account(ws, a_person(ws)), at=NOW - 40 * DAY)
    past = asked(ws, project, period=PERIOD.before).now
    assert past.active_branches.reason == collaboration.BRANCHES_OF_TODAY


def test_what_cannot_be_seen_is_said(ws: Workspace) -> None:
    seen, unseen = a_project(ws, "seen"), a_project(ws, "unseen")
    repository = a_repository(ws, seen, refreshed=NOW - 3 * DAY)
    account = an_account(ws, a_person(ws))
    a_commit(ws, repository, account, at=NOW - 99 * DAY)
    a_commit(ws, repository, account, at=NOW - 9 * DAY, is_merge=True)
    coverage = asked(ws, seen, unseen).coverage
    assert (coverage.repositories, coverage.without_repository) == (1, ["unseen"])
    assert (coverage.last_commit_at, coverage.refreshed_at) == (NOW - 99 * DAY, NOW - 3 * DAY)
    assert (coverage.is_stale, asked(ws, unseen).coverage.is_stale) == (True, False)


def test_without_a_commit_there_is_a_reason_for_every_measure(ws: Workspace) -> None:
    answer = asked(ws, a_project(ws))
    assert answer.coverage.repositories == 0
    assert answer.coverage.last_commit_at is None
    measures = [answer.now.commits_per_week, answer.now.contributors, answer.now.code_churn, answer.score.score]
    assert all(measure.value is None and measure.reason for measure in measures)
    assert list(answer.weekly["commits"]) == [0] * len(answer.weekly)


def test_git_alone_makes_35_of_100_points_of_weight_available(ws: Workspace) -> None:
    project = a_project(ws)
    repository = a_repository(ws, project)
    file, accounts = a_file(ws, repository), [an_account(ws, a_person(ws)) for _ in range(4)]
    for day in range(1, 11):
        for account in accounts:
            a_commit(ws, repository, account, at=NOW - day * DAY, file=file)
    score = asked(ws, project).score
    assert (score.available_weight, score.total_weight) == (35, 100)
    assert score.score.value == 100
    assert {part.reason for part in score.parts if part.value is None} == {"no code review is connected"}


def test_an_answer_survives_the_cache_and_becomes_json(ws: Workspace) -> None:
    project = a_project(ws)
    a_team(ws, a_repository(ws, project), 4)
    answer = asked(ws, project)
    assert pickle.loads(pickle.dumps(answer)).model_dump_json() == answer.model_dump_json()


def test_churn_is_told_beside_the_lines_that_stood_before_the_period(ws: Workspace) -> None:
    project, other = a_project(ws), a_project(ws)
    account = an_account(ws, a_person(ws))
    a_commit(ws, a_repository(ws, project), account, added=30, deleted=10)
    a_commit(ws, a_repository(ws, other), account, added=500)
    counted_lines(ws, project, PERIOD.start - DAY, added=300, deleted=100)
    counted_lines(ws, project, PERIOD.start, added=9_000, deleted=0)
    counted_lines(ws, other, PERIOD.start - DAY, added=9_000, deleted=0)
    rate = asked(ws, project).now.code_churn_rate
    assert (rate.value, rate.sample) == (pytest.approx(40 / 200 / 4), 1)


@pytest.mark.parametrize(("added_lines", "deleted_lines"), [(0, 0), (100, 100), (100, 200)])
def test_churn_of_code_without_a_known_size_has_no_rate(ws: Workspace, added_lines: int, deleted_lines: int) -> None:
    project = a_project(ws)
    a_commit(ws, a_repository(ws, project), an_account(ws, a_person(ws)))
    counted_lines(ws, project, PERIOD.start - DAY, added=added_lines, deleted=deleted_lines)
    rate = asked(ws, project).now.code_churn_rate
    assert (rate.value, rate.reason) == (None, "the size of the code at the start is not known")


def counted_lines(ws: Workspace, project_id: UUID, at: datetime, *, added: int, deleted: int) -> None:
    for measure, lines in (("lines_added", added), ("lines_deleted", deleted)):
        ws.session.add(ProcessMetric(project_id=project_id, day=at.date(), measure=measure, value=lines))
    ws.session.flush()
