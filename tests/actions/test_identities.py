"""Who is who: what is decided can be undone, and nothing of anybody is lost on the way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from maestro_core.actions.identities import keep_apart, merge_pairs, merge_people, set_bot, split_off, undo_decision
from maestro_core.actions.sources import disconnect
from maestro_core.errors import InvalidInput, NotAllowed, NotFound, NotNow
from maestro_core.models import (
    Account,
    ArtifactUsage,
    Commit,
    DataSource,
    IdentityDecision,
    Person,
    ProcessMetric,
    Project,
    PullRequest,
    Repository,
    TeamMember,
    new_key,
)
from maestro_core.terms import Role, SourceKind
from maestro_core.workspace import Workspace
from tests.actions.stored_delivery import a_source
from tests.builders import a_project, a_use, added, an_artifact
from tests.conftest import House


def a_person(ws: Workspace, name: str, *emails: str, is_bot: bool = False) -> UUID:
    """Somebody with a Git account for each address."""
    person_id = added(ws, Person(name=name, email=emails[0] if emails else None, is_bot=is_bot))
    for email in emails:
        identity = f"{name} <{email}>".lower()
        added(ws, Account(person_id=person_id, kind=SourceKind.GIT, identity=identity, name=name, email=email))
    return person_id


def accounts_of(ws: Workspace, person_id: UUID) -> set[str]:
    return set(ws.session.scalars(select(Account.identity).where(Account.person_id == person_id)))


def everything(ws: Workspace) -> dict[str, Any]:
    """What is known of persons, as plain values."""
    ws.session.flush()
    ws.session.expire_all()
    columns = {
        "people": select(Person.id, Person.name, Person.email, Person.is_bot),
        "accounts": select(Account.id, Account.person_id),
        "members": select(TeamMember.id, TeamMember.person_id, TeamMember.role, TeamMember.experience_years),
        "uses": select(ArtifactUsage.id, ArtifactUsage.person_id),
    }
    return {name: sorted(map(tuple, ws.session.execute(query)), key=str) for name, query in columns.items()}


def two_with_everything(ws: Workspace) -> tuple[UUID, UUID]:
    """Two persons with accounts, uses, a team of their own and one that both are in."""
    ada, other = a_person(ws, "Ada", "ada@x.org"), a_person(ws, "Ada L", "ada@y.org", "ada@z.org")
    both, alone = a_project(ws), a_project(ws)
    for project_id, person_id, years in ((both, ada, 1.0), (both, other, 2.0), (alone, other, 3.0)):
        added(ws, TeamMember(project_id=project_id, person_id=person_id, experience_years=years, joined_at=ws.now))
    a_use(ws, an_artifact(ws), both, person_id=other)
    return ada, other


def test_one_person_keeps_what_two_had(ws: Workspace) -> None:
    ada, other = two_with_everything(ws)
    merge_people(ws, person_id=ada, other_id=other)
    after = everything(ws)
    assert [row[1] for row in after["people"]] == ["Ada"]
    assert {row[1] for row in after["accounts"] + after["members"] + after["uses"]} == {ada}
    assert sorted(row[3] for row in after["members"]) == [1.0, 3.0]


def test_undoing_a_merge_gives_back_exactly_what_was(ws: Workspace) -> None:
    ada, other = two_with_everything(ws)
    before = everything(ws)
    decision = merge_people(ws, person_id=ada, other_id=other)
    assert everything(ws) != before
    undo_decision(ws, decision_id=decision)
    assert everything(ws) == before


def test_merges_of_merges_come_apart_in_any_order(ws: Workspace) -> None:
    first, second, third = (a_person(ws, name, f"{name}@x.org") for name in ("a", "b", "c"))
    before = everything(ws)
    inner = merge_people(ws, person_id=second, other_id=third)
    outer = merge_people(ws, person_id=first, other_id=second)
    undo_decision(ws, decision_id=inner)
    assert accounts_of(ws, third) == {"c <c@x.org>"}
    undo_decision(ws, decision_id=outer)
    assert everything(ws) == before


def test_pairs_are_merged_at_once_also_where_they_share_somebody(ws: Workspace) -> None:
    first, second, third = (a_person(ws, name, f"{name}@x.org") for name in ("a", "b", "c"))
    before = everything(ws)
    assert merge_pairs(ws, pairs=[(first, second), (second, third), (first, third)]) == 2
    assert len(accounts_of(ws, first)) == 3
    decisions = select(IdentityDecision.id).order_by(IdentityDecision.id.desc())
    for decision_id in ws.session.scalars(decisions).all():
        undo_decision(ws, decision_id=decision_id)
    assert everything(ws) == before


@pytest.mark.parametrize("removes", ["merge", "disconnect"])
def test_what_is_stored_while_people_are_removed_is_not_lost(house: House, removes: str) -> None:
    with house.open() as ws:
        project_id, ada, other = a_project(ws), a_person(ws, "Ada", "ada@x.org"), a_person(ws, "Ada L", "ada@y.org")
        ended = added(ws, DataSource(kind=SourceKind.GIT, name="old", location="old", created_at=ws.now))

    def remove() -> None:
        with house.open() as ws:
            if removes == "merge":
                merge_people(ws, person_id=ada, other_id=other)
            else:
                disconnect(ws, source_id=ended)

    with ThreadPoolExecutor(1) as threads:
        with house.open() as ws:
            # As whatever stores does first.
            ws.session.execute(select(Project.id).where(Project.id == project_id).with_for_update())
            removing = threads.submit(remove)
            wait([removing], timeout=0.5)
            account_id = added(ws, Account(person_id=other, kind=SourceKind.GITHUB, identity="github.com/1"))
            _a_pull_request(ws, project_id, account_id)
        removing.result(timeout=30)
    with house.open() as ws:
        assert ws.get(Account, account_id).person_id == (ada if removes == "merge" else other)


def _a_pull_request(ws: Workspace, project_id: UUID, author_id: UUID) -> None:
    told = {"head_branch": "thing", "base_branch": "main", "created_at": ws.now, "updated_at": ws.now}
    source = a_source(ws, project_id=project_id)
    added(ws, PullRequest(**_owner(source), author_id=author_id, external_id="1", title="", url="", **told))


def _owner(source: DataSource) -> dict[str, Any]:
    return {"source_id": source.id, "project_id": source.project_id}


def test_what_came_after_a_merge_stays_with_who_remains(ws: Workspace) -> None:
    ada, other = a_person(ws, "Ada", "ada@x.org"), a_person(ws, "Ada L", "ada@y.org")
    decision = merge_people(ws, person_id=ada, other_id=other)
    added(ws, Account(person_id=ada, kind=SourceKind.GIT, identity="ada <new@x.org>"))
    undo_decision(ws, decision_id=decision)
    assert accounts_of(ws, ada) == {"ada <ada@x.org>", "ada <new@x.org>"}
    assert accounts_of(ws, other) == {"ada l <ada@y.org>"}


def test_splitting_makes_somebody_new_and_undoing_it_leaves_nobody(ws: Workspace) -> None:
    person_id = a_person(ws, "Shared", "one@x.org", "two@x.org")
    before = everything(ws)
    second = ws.session.scalars(select(Account.id).where(Account.email == "two@x.org")).one()
    decision = split_off(ws, person_id=person_id, account_ids=[second])
    assert accounts_of(ws, person_id) == {"shared <one@x.org>"}
    undo_decision(ws, decision_id=decision)
    assert everything(ws) == before


def test_not_all_accounts_can_be_split_off_nor_somebody_elses(ws: Workspace) -> None:
    person_id, other = a_person(ws, "Ada", "one@x.org", "two@x.org"), a_person(ws, "Bob", "bob@x.org")
    own = list(ws.session.scalars(select(Account.id).where(Account.person_id == person_id)))
    others = list(ws.session.scalars(select(Account.id).where(Account.person_id == other)))
    for chosen in ([], own, [own[0], others[0]]):
        with pytest.raises(InvalidInput):
            split_off(ws, person_id=person_id, account_ids=chosen)


def test_a_decision_is_undone_once(ws: Workspace) -> None:
    ada, bob = a_person(ws, "Ada"), a_person(ws, "Bob")
    decision = keep_apart(ws, person_id=ada, other_id=bob)
    undo_decision(ws, decision_id=decision)
    with pytest.raises(NotNow):
        undo_decision(ws, decision_id=decision)


def test_nobody_is_merged_with_themselves(ws: Workspace) -> None:
    ada = a_person(ws, "Ada")
    with pytest.raises(InvalidInput):
        merge_people(ws, person_id=ada, other_id=ada)


def test_the_work_of_a_program_stops_counting_and_counts_again(ws: Workspace) -> None:
    person_id = a_person(ws, "robot", "robot@x.org")
    project_id = a_project(ws)
    source = added(
        ws, DataSource(kind=SourceKind.GIT, name="r", location="r", project_id=project_id, created_at=ws.now)
    )
    repository = added(ws, Repository(source_id=source, project_id=project_id, name="r"))
    account = ws.session.scalars(select(Account.id)).one()
    moments = [ws.now - timedelta(days=days) for days in (1, 200)]
    for number, moment in enumerate(moments):
        commit = Commit(
            repository_id=repository, account_id=account, sha=f"{number:040}", authored_at=moment, committed_at=moment
        )
        commit.utc_offset_minutes, commit.subject, commit.is_merge = 0, "work", False
        commit.added, commit.deleted, commit.files = 3, 1, 1
        added(ws, commit)
    set_bot(ws, person_id=person_id, is_bot=False)
    assert counted_days(ws) == {moment.date() for moment in moments}
    set_bot(ws, person_id=person_id, is_bot=True)
    assert counted_days(ws) == set()


def counted_days(ws: Workspace) -> set[date]:
    return set(ws.session.scalars(select(ProcessMetric.day).where(ProcessMetric.measure == "commits")))


def test_who_is_who_is_for_managers_to_say(house: House) -> None:
    with house.open() as ws:
        ada, other = a_person(ws, "Ada"), a_person(ws, "Bob")
    with pytest.raises(NotAllowed), house.open(role=Role.ANALYST) as ws:
        merge_people(ws, person_id=ada, other_id=other)


def test_a_person_that_is_not_here_is_not_found(ws: Workspace) -> None:
    with pytest.raises(NotFound):
        merge_people(ws, person_id=a_person(ws, "Ada"), other_id=new_key())
