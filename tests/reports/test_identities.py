"""Who is who, as it is told: suggestions follow what is known and what was decided."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from maestro_core.actions.identities import keep_apart, merge_people, set_bot, split_off, undo_decision
from maestro_core.errors import NotAllowed
from maestro_core.models import Account, Person
from maestro_core.reports import identities as reports
from maestro_core.terms import Role, SourceKind
from maestro_core.workspace import Workspace
from tests.actions.test_identities import a_person
from tests.builders import a_project, added
from tests.conftest import House
from tests.reports.stored_code import a_change, a_repository


def suggested(ws: Workspace) -> list[tuple[str, str]]:
    rows = reports.identities(ws).suggestions
    return [tuple(sorted(pair)) for pair in zip(rows["name"], rows["other_name"], strict=True)]


def test_people_who_share_a_name_are_suggested_until_they_are_one(ws: Workspace) -> None:
    ada, other = a_person(ws, "Ada Lovelace", "ada@x.org"), a_person(ws, "Lovelace, Ada", "l@y.org")
    assert suggested(ws) == [("Ada Lovelace", "Lovelace, Ada")]
    decision = merge_people(ws, person_id=ada, other_id=other)
    assert suggested(ws) == []
    undo_decision(ws, decision_id=decision)
    assert suggested(ws) == [("Ada Lovelace", "Lovelace, Ada")]


def test_who_was_kept_apart_is_suggested_again_only_when_that_is_undone(ws: Workspace) -> None:
    ada, other = a_person(ws, "Ada Lovelace"), a_person(ws, "Ada Lovelace")
    decision = keep_apart(ws, person_id=other, other_id=ada)
    assert suggested(ws) == []
    undo_decision(ws, decision_id=decision)
    assert len(suggested(ws)) == 1


def test_several_names_of_one_person_are_suggested_once_each_with_who_did_most(ws: Workspace) -> None:
    people = [a_person(ws, "Ada Lovelace", f"{number}@x.org") for number in range(4)]
    account = ws.session.scalars(select(Account).where(Account.person_id == people[2])).one()
    a_change(ws, a_repository(ws, a_project(ws)), account.identity)
    rows = reports.identities(ws).suggestions
    assert rows["person_id"].tolist() == [people[2]] * 3
    assert (rows["commits"].tolist(), rows["other_commits"].tolist()) == ([1] * 3, [0] * 3)
    keep_apart(ws, person_id=people[2], other_id=people[0])
    left = reports.identities(ws).suggestions
    assert len(left) == 2
    assert people[0] not in {*left["person_id"], *left["other_id"]}


def test_a_full_name_is_kept_before_a_login_of_who_did_more(ws: Workspace) -> None:
    login, named = a_person(ws, "hugovk", "7+h@users.noreply.github.com"), a_person(ws, "Hugo K", "h@x.org")
    added(ws, Account(person_id=named, kind=SourceKind.GITHUB, identity="github.com/7", name="h"))
    account = ws.session.scalars(select(Account).where(Account.person_id == login)).one()
    a_change(ws, a_repository(ws, a_project(ws)), account.identity)
    [person_id] = reports.identities(ws).suggestions["person_id"]
    assert person_id == named


def test_of_many_accounts_of_somebody_suggested_the_most_used_are_told(ws: Workspace) -> None:
    a_person(ws, "Ada Lovelace", *(f"{number}@x.org" for number in range(9)))
    a_person(ws, "Ada Lovelace", "ada@y.org")
    rows = reports.identities(ws).suggestions
    assert [told.endswith(" · 3 more") for told in sorted([*rows["known_as"], *rows["other_known_as"]], key=len)] == [
        False,
        True,
    ]


def test_programs_are_nobodys_double(ws: Workspace) -> None:
    a_person(ws, "Release Robot", "r@x.org")
    robot = a_person(ws, "Release Robot", "r@y.org")
    set_bot(ws, person_id=robot, is_bot=True)
    assert suggested(ws) == []


def test_a_login_of_a_forge_meets_the_address_it_hides_behind(ws: Workspace) -> None:
    a_person(ws, "Countess", "49+ada-l@users.noreply.github.com")
    person_id = added(ws, Person(name="Ada"))
    added(ws, Account(person_id=person_id, kind=SourceKind.GITHUB, identity="github.com/49", name="ada-l"))
    rows = reports.identities(ws).suggestions
    assert rows["reasons"].tolist() == ["the same login"]
    assert {"github ada-l", "countess <49+ada-l@users.noreply.github.com>"} == {
        *rows["known_as"],
        *rows["other_known_as"],
    }


def test_people_are_told_with_their_accounts(ws: Workspace) -> None:
    person_id = a_person(ws, "Ada", "one@x.org", "two@x.org")
    row = reports.identities(ws).people.iloc[0]
    assert (row["name"], row["accounts"], row["tools"], row["projects"]) == ("Ada", 2, "git", 0)
    rows = reports.accounts_of(ws, person_id=person_id).accounts
    assert set(rows["account_id"]) == set(ws.session.scalars(select(Account.id)))
    assert rows["commits"].tolist() == [0, 0]


def test_decisions_are_told_with_both_names(ws: Workspace) -> None:
    ada, other = a_person(ws, "Ada"), a_person(ws, "Bob")
    merge_people(ws, person_id=ada, other_id=other)
    row = reports.identities(ws).decisions.iloc[0]
    assert (row["act"], row["name"], row["other"], row["undone_at"] is None or row.isna()["undone_at"]) == (
        "merge",
        "Ada",
        "Bob",
        True,
    )


def test_nobody_observed_is_an_empty_answer(ws: Workspace) -> None:
    answer = reports.identities(ws)
    assert answer.people.empty
    assert answer.suggestions.empty
    assert answer.decisions.empty


def test_names_are_not_for_everybody(house: House) -> None:
    with pytest.raises(NotAllowed), house.open(role=Role.VIEWER) as ws:
        reports.identities(ws)


def three(ws: Workspace) -> tuple[UUID, UUID, UUID]:
    """Two of one name, and somebody else whom the second turns out to be."""
    return a_person(ws, "Ada Lovelace", "ada@x.org"), a_person(ws, "Ada Lovelace", "a@y.org"), a_person(ws, "Countess")


@pytest.mark.parametrize("turned", [False, True])
def test_who_was_kept_apart_stays_apart_through_merges_of_either_and_when_they_are_undone(
    ws: Workspace, turned: bool
) -> None:
    ada, other, countess = three(ws)
    last = a_person(ws, "Augusta")
    keep_apart(ws, person_id=other if turned else ada, other_id=ada if turned else other)
    merges = [merge_people(ws, person_id=countess, other_id=other), merge_people(ws, person_id=last, other_id=countess)]
    assert suggested(ws) == []
    for decision in merges:
        undo_decision(ws, decision_id=decision)
        assert suggested(ws) == []


def test_a_pair_kept_apart_in_an_undone_merge_is_the_former_pair_again(ws: Workspace) -> None:
    ada, other, countess = three(ws)
    apart = keep_apart(ws, person_id=ada, other_id=other)
    merge = merge_people(ws, person_id=countess, other_id=other)
    undo_decision(ws, decision_id=merge)
    namesake = a_person(ws, "Countess Lovelace")
    merge_people(ws, person_id=namesake, other_id=countess)
    assert suggested(ws) == []
    undo_decision(ws, decision_id=apart)
    assert suggested(ws) == [("Ada Lovelace", "Ada Lovelace")]


def test_who_was_split_off_is_not_suggested_for_the_same_at_once(ws: Workspace) -> None:
    person_id = a_person(ws, "Ada Lovelace", "one@x.org", "two@x.org")
    second = ws.session.scalars(select(Account.id).where(Account.email == "two@x.org")).one()
    split = split_off(ws, person_id=person_id, account_ids=[second])
    assert suggested(ws) == []
    undo_decision(ws, decision_id=split)
    assert suggested(ws) == []


def test_somebody_brought_back_from_a_split_stays_apart_from_whom_they_were_kept_apart(ws: Workspace) -> None:
    person_id, other = a_person(ws, "Ada Lovelace", "one@x.org", "two@x.org"), a_person(ws, "Ada Lovelace", "o@y.org")
    second = ws.session.scalars(select(Account).where(Account.email == "two@x.org")).one()
    split = split_off(ws, person_id=person_id, account_ids=[second.id])
    ws.session.refresh(second)
    keep_apart(ws, person_id=other, other_id=second.person_id)
    assert len(suggested(ws)) == 1
    undo_decision(ws, decision_id=split)
    assert suggested(ws) == []
