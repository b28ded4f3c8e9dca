"""Whose an address is after people were merged, split, undone or forgotten: who comes later belongs to the same."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from maestro_core.actions.git_people import accounts_of
from maestro_core.actions.identities import merge_people, split_off, undo_decision
from maestro_core.actions.store_accounts import accounts_of_tool
from maestro_core.collectors.delivery import SeenAccount
from maestro_core.errors import NotNow
from maestro_core.models import Account, Person
from maestro_core.terms import SourceKind
from maestro_core.workspace import Workspace
from tests.actions.test_identities import a_person
from tests.builders import added

WORK = "ada@work.org"


def in_git(ws: Workspace, email: str = WORK, name: str = "Ada L") -> UUID:
    """The person of an author."""
    author = (name, email)
    return ws.get(Account, accounts_of(ws, [author])[author]).person_id


def in_a_tool(ws: Workspace, email: str = WORK, number: int = 7) -> UUID:
    """The person of a user of GitHub, who shows this address."""
    seen = SeenAccount(SourceKind.GITHUB, f"github.com/{number}", "ada-l", email.title())
    [account_id] = accounts_of_tool(ws, [seen]).values()
    return ws.get(Account, account_id).person_id


def entered(ws: Workspace, email: str = WORK) -> UUID:
    """Somebody whom no account tells of, whose address was written with a capital letter."""
    return added(ws, Person(name="Ada L", email=email.capitalize()))


def split_by_name(ws: Workspace, person_id: UUID, name: str) -> tuple[UUID, UUID]:
    """Split the account of this name at `WORK` off; the decision, and who is new."""
    [account] = ws.session.scalars(select(Account).where(Account.email == WORK, Account.name == name))
    decision = split_off(ws, person_id=person_id, account_ids=[account.id])
    ws.session.refresh(account)
    return decision, account.person_id


Arriving = Callable[[Workspace], UUID]
arriving = pytest.mark.parametrize("arrive", [in_git, in_a_tool])


@arriving
def test_who_has_the_address_of_somebody_merged_is_who_remains(ws: Workspace, arrive: Arriving) -> None:
    ada, last = a_person(ws, "Ada", "ada@x.org"), a_person(ws, "Countess", "c@x.org")
    merge_people(ws, person_id=ada, other_id=entered(ws))
    merge_people(ws, person_id=last, other_id=ada)
    assert arrive(ws) == last


@arriving
def test_an_undone_merge_gives_the_address_back(ws: Workspace, arrive: Arriving) -> None:
    ada, other = a_person(ws, "Ada", "ada@x.org"), entered(ws)
    undo_decision(ws, decision_id=merge_people(ws, person_id=ada, other_id=other))
    assert arrive(ws) == other


@arriving
def test_the_address_of_somebody_merged_whose_accounts_were_forgotten_is_still_known(
    ws: Workspace, arrive: Arriving
) -> None:
    ada, other = a_person(ws, "Ada", "ada@x.org"), a_person(ws, "Ada L", WORK)
    merge_people(ws, person_id=ada, other_id=other)
    ws.session.execute(delete(Account).where(Account.email == WORK))
    assert arrive(ws) == ada


@arriving
def test_what_came_by_the_address_of_somebody_merged_goes_back_with_them(ws: Workspace, arrive: Arriving) -> None:
    ada, other = a_person(ws, "Ada", "ada@x.org"), entered(ws)
    merge = merge_people(ws, person_id=ada, other_id=other)
    arrive(ws)
    in_git(ws, "ada@x.org", "Ada X")
    undo_decision(ws, decision_id=merge)
    owners = dict(ws.session.execute(select(Account.email, Account.person_id)).all())
    assert owners == {"ada@x.org": ada, WORK: other}


def test_what_came_by_an_address_that_both_had_stays_with_who_remains(ws: Workspace) -> None:
    ada, other = a_person(ws, "Ada", WORK), entered(ws)
    merge = merge_people(ws, person_id=ada, other_id=other)
    in_git(ws, WORK, "Somebody")
    undo_decision(ws, decision_id=merge)
    assert set(ws.session.scalars(select(Account.person_id))) == {ada}


def test_what_came_by_the_address_of_an_account_split_off_goes_back_with_it(ws: Workspace) -> None:
    ada = a_person(ws, "Ada", "ada@x.org", WORK)
    [second] = ws.session.scalars(select(Account.id).where(Account.email == WORK))
    split = split_off(ws, person_id=ada, account_ids=[second])
    assert in_git(ws) != ada
    undo_decision(ws, decision_id=split)
    assert ws.session.scalars(select(Person.id)).all() == [ada]
    assert set(ws.session.scalars(select(Account.person_id))) == {ada}


@pytest.mark.parametrize("with_own", [False, True])
def test_what_came_by_the_address_of_somebody_merged_and_was_split_off_goes_back_with_them(
    ws: Workspace, with_own: bool
) -> None:
    ada, other = a_person(ws, "Ada", "ada@x.org", "ada@y.org"), entered(ws)
    merge = merge_people(ws, person_id=ada, other_id=other)
    in_git(ws)
    chosen = [WORK, "ada@y.org"] if with_own else [WORK]
    keys = list(ws.session.scalars(select(Account.id).where(Account.email.in_(chosen))))
    split = split_off(ws, person_id=ada, account_ids=keys)
    if with_own:
        with pytest.raises(NotNow):
            undo_decision(ws, decision_id=merge)
    for decision in (split, merge) if with_own else (merge, split):
        undo_decision(ws, decision_id=decision)
    owners = dict(ws.session.execute(select(Account.email, Account.person_id)).all())
    assert owners == {"ada@x.org": ada, "ada@y.org": ada, WORK: other}


def test_what_came_by_an_address_of_several_accounts_goes_back_with_the_oldest_of_them(ws: Workspace) -> None:
    ada = a_person(ws, "Ada", "ada@x.org", WORK)
    in_git(ws)
    (_, younger), (split, older) = (split_by_name(ws, ada, name) for name in ("Ada L", "Ada"))
    assert in_git(ws, WORK, "Ada, later") == older
    merge_people(ws, person_id=older, other_id=younger)
    undo_decision(ws, decision_id=split)
    ws.session.expire_all()
    owners = dict(ws.session.execute(select(Account.name, Account.person_id).where(Account.email == WORK)).all())
    assert owners == {"Ada": ada, "Ada, later": ada, "Ada L": older}


def test_an_account_tells_whose_an_address_is_before_a_merge_does(ws: Workspace) -> None:
    ada, other = a_person(ws, "Ada", "ada@x.org"), a_person(ws, "Ada L", WORK)
    merge_people(ws, person_id=ada, other_id=other)
    [second] = ws.session.scalars(select(Account.id).where(Account.email == WORK))
    split_off(ws, person_id=ada, account_ids=[second])
    ws.session.expire_all()
    assert in_git(ws, WORK, "Ada again") == ws.get(Account, second).person_id != ada


def test_of_several_who_share_an_address_the_oldest_is_meant_by_git_and_tools_alike(ws: Workspace) -> None:
    first, _ = a_person(ws, "First", WORK), a_person(ws, "Second", WORK)
    assert in_a_tool(ws) == in_git(ws, WORK, "Third") == first


def test_a_hidden_address_of_somebody_merged_names_the_account_of_who_remains(ws: Workspace) -> None:
    ada, other = a_person(ws, "Ada", "ada@x.org"), entered(ws, "7+former@users.noreply.github.com")
    merge = merge_people(ws, person_id=ada, other_id=other)
    assert in_a_tool(ws, "shown@x.org") == ada
    assert in_git(ws, "7+later@users.noreply.github.com") == ada
    undo_decision(ws, decision_id=merge)
    ws.session.expire_all()
    assert set(ws.session.scalars(select(Account.person_id).where(Account.email != "ada@x.org"))) == {other}


def test_hidden_addresses_of_one_account_are_one_person_though_the_login_changed(ws: Workspace) -> None:
    authors = [("Ada", f"7+{login}@users.noreply.github.com") for login in ("former", "later")]
    accounts_of(ws, authors)
    assert ws.session.scalars(select(Person.name)).all() == ["Ada"]
    assert in_git(ws, "7+last@users.noreply.github.com") == ws.session.scalars(select(Person.id)).one()
    assert in_git(ws, "8+last@users.noreply.github.com") != in_git(ws, "7+last@users.noreply.github.com")
