"""A .mailmap that tells somebody by another name or address: they stay who they are, and what was decided holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from maestro_core.actions.identities import merge_people, undo_decision
from maestro_core.collectors.git import Git
from maestro_core.models import Account, Commit, Person
from tests.actions.stored_git import a_source, refresh, rows
from tests.conftest import House
from tests.repositories import MadeRepository, a_collector, a_repository

RENAMED = "Ada Lovelace <ada@new.org> <ada@old.org>"


@dataclass(frozen=True)
class Connected:
    """A repository of Ada and Bob, whose history was read."""

    house: House
    repository: MadeRepository
    collector: Git
    source_id: UUID

    def read(self, *mailmap: str) -> None:
        if mailmap:
            self.repository.write(".mailmap", "\n".join(mailmap) + "\n")
            self.repository.commit_all("Say who is who", author="Bob <bob@x.org>")
        refresh(self.house, self.source_id, self.collector)

    def merge(self, kept: str, other: str) -> UUID:
        keys = dict(rows(self.house, Person.name, Person.id))
        with self.house.open() as ws:
            return merge_people(ws, person_id=keys[kept], other_id=keys[other])

    def undo(self, decision_id: UUID) -> None:
        with self.house.open() as ws:
            undo_decision(ws, decision_id=decision_id)

    def people(self) -> list[tuple[str, str | None]]:
        return [(name, email) for name, email in rows(self.house, Person.name, Person.email)]

    def work(self) -> dict[str, set[str]]:
        """Names and addresses of the accounts that commits are counted for, by the name of the person."""
        told = select(Person.name, Account.identity).join(Account, Account.person_id == Person.id)
        with self.house.open(reading=True) as ws:
            found: dict[str, set[str]] = {}
            for name, identity in ws.session.execute(told.join(Commit, Commit.account_id == Account.id)):
                found.setdefault(name, set()).add(identity)
            return found


@pytest.fixture
def connected(house: House, tmp_path: Path) -> Connected:
    repository = a_repository(tmp_path / "app")
    repository.commit(author="Ada <ada@old.org>")
    repository.commit(author="Bob <bob@x.org>")
    made = Connected(house, repository, a_collector(repository, tmp_path), a_source(house))
    made.read()
    return made


def test_who_was_merged_stays_so_by_an_address_never_seen_and_goes_back_with_it(connected: Connected) -> None:
    merge = connected.merge("Bob", "Ada")
    connected.read(RENAMED)
    assert connected.work() == {"Bob": {"bob <bob@x.org>", "ada lovelace <ada@new.org>"}}
    connected.undo(merge)
    assert connected.work() == {"Bob": {"bob <bob@x.org>"}, "Ada": {"ada lovelace <ada@new.org>"}}


def test_somebody_is_called_as_the_mailmap_calls_them_now(connected: Connected) -> None:
    connected.read(RENAMED)
    assert connected.people() == [("Ada Lovelace", "ada@new.org"), ("Bob", "bob@x.org")]
    connected.read("Countess <ada@new.org> <ada@old.org>", "Robert <bob@x.org>")
    assert connected.people() == [("Countess", "ada@new.org"), ("Robert", "bob@x.org")]


def test_a_name_that_somebody_else_was_given_stays(connected: Connected) -> None:
    connected.merge("Bob", "Ada")
    connected.read(RENAMED)
    assert connected.people() == [("Bob", "bob@x.org")]


def test_who_is_told_apart_by_the_mailmap_is_somebody_new(connected: Connected) -> None:
    connected.read("Bob <bob@x.org> <ada@old.org>")
    connected.repository.commit(author="Eve <ada@old.org>")
    connected.read()
    assert connected.work() == {"Bob": {"bob <bob@x.org>"}}
    connected.read("Eve <eve@x.org> Eve <ada@old.org>")
    assert connected.work()["Eve"] == {"eve <eve@x.org>"}


def test_a_line_about_one_name_of_an_address_is_about_nobody_else_there(connected: Connected) -> None:
    connected.read("Eve <eve@new.org> Somebody <bob@x.org>")
    connected.repository.commit(author="Somebody <bob@x.org>")
    connected.read()
    assert connected.work()["Eve"] == {"eve <eve@new.org>"}
    assert connected.work()["Bob"] == {"bob <bob@x.org>"}
