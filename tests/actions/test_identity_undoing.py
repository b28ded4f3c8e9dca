"""Undoing decisions out of their order: each time all is as the decisions that stand say, and at the end as it was."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import select

from maestro_core.actions.identities import keep_apart, merge_people, split_off, undo_decision
from maestro_core.errors import InvalidInput, NotNow
from maestro_core.models import Account, IdentityDecision, Person, TeamMember
from maestro_core.workspace import Workspace
from tests.actions.test_identities import a_person, everything
from tests.builders import a_project, added


def owners(ws: Workspace) -> dict[str | None, str]:
    """Whose each account is, by address."""
    told = select(Account.email, Person.name).join(Person, Person.id == Account.person_id)
    return dict(ws.session.execute(told).all())


def split(ws: Workspace, person_id: UUID, *emails: str) -> tuple[UUID, UUID]:
    """Split these addresses off; the decision, and who is new."""
    keys = list(ws.session.scalars(select(Account.id).where(Account.email.in_(emails))))
    decision = split_off(ws, person_id=person_id, account_ids=keys)
    ws.session.expire_all()
    return decision, ws.get(Account, keys[0]).person_id


def refused(ws: Workspace, decision_id: UUID) -> str:
    """The advice where a decision cannot be undone now, after which nothing has changed."""
    before = everything(ws)
    with pytest.raises(NotNow) as refusal:
        undo_decision(ws, decision_id=decision_id)
    assert everything(ws) == before
    assert ws.get(IdentityDecision, decision_id).undone_at is None
    return refusal.value.advice


def test_a_split_is_not_undone_before_the_merge_of_who_was_split_off(ws: Workspace) -> None:
    ada, eve = a_person(ws, "Ada", "ada@x.org", "eve@y.org"), a_person(ws, "Eve", "eve@z.org")
    before = everything(ws)
    decision, someone = split(ws, ada, "eve@y.org")
    merge = merge_people(ws, person_id=eve, other_id=someone)
    assert refused(ws, decision) == "Undo that one first: Ada joined Eve."
    for each in (merge, decision):
        undo_decision(ws, decision_id=each)
    assert everything(ws) == before


def test_a_split_is_not_undone_while_both_are_one(ws: Workspace) -> None:
    ada = a_person(ws, "Ada", "ada@x.org", "eve@y.org")
    before = everything(ws)
    for turned in (False, True):
        decision, someone = split(ws, ada, "eve@y.org")
        both = (someone, ada) if turned else (ada, someone)
        merge = merge_people(ws, person_id=both[0], other_id=both[1])
        assert "joined" in refused(ws, decision)
        for each in (merge, decision):
            undo_decision(ws, decision_id=each)
        assert everything(ws) == before


def test_a_split_is_not_undone_before_one_of_who_was_split_off(ws: Workspace) -> None:
    ada = a_person(ws, "Ada", "a@x.org", "b@x.org", "c@x.org")
    outer, someone = split(ws, ada, "b@x.org", "c@x.org")
    inner, _ = split(ws, someone, "c@x.org")
    assert refused(ws, outer) == "Undo that one first: Ada was split off Ada."
    for each in (inner, outer):
        undo_decision(ws, decision_id=each)
    assert ws.session.scalars(select(Person.id)).all() == [ada]


def test_an_account_split_off_after_a_merge_goes_back_to_whose_it_was_before_both(ws: Workspace) -> None:
    ada, bob = a_person(ws, "Ada", "a@x.org"), a_person(ws, "Bob", "b@x.org", "c@x.org")
    before = everything(ws)
    merge = merge_people(ws, person_id=ada, other_id=bob)
    decision, _ = split(ws, ada, "c@x.org")
    undo_decision(ws, decision_id=merge)
    assert owners(ws)["b@x.org"] == "Bob"
    undo_decision(ws, decision_id=decision)
    assert everything(ws) == before


def test_a_merge_is_not_undone_before_a_split_of_accounts_of_both(ws: Workspace) -> None:
    ada, bob = a_person(ws, "Ada", "a@x.org", "d@x.org"), a_person(ws, "Bob", "b@x.org", "c@x.org")
    before = everything(ws)
    merge = merge_people(ws, person_id=ada, other_id=bob)
    decision, _ = split(ws, ada, "c@x.org", "d@x.org")
    assert "was split off Ada" in refused(ws, merge)
    for each in (decision, merge):
        undo_decision(ws, decision_id=each)
    assert everything(ws) == before


def test_an_account_that_came_back_by_another_merge_stays_by_it(ws: Workspace) -> None:
    ada, bob = a_person(ws, "Ada", "a@x.org"), a_person(ws, "Bob", "b@x.org", "c@x.org")
    merge = merge_people(ws, person_id=ada, other_id=bob)
    _, someone = split(ws, ada, "c@x.org")
    merge_people(ws, person_id=ada, other_id=someone)
    undo_decision(ws, decision_id=merge)
    assert owners(ws) == {"a@x.org": "Ada", "b@x.org": "Bob", "c@x.org": "Ada"}


def test_what_an_undone_split_brought_back_leaves_with_whom_it_was_split_from(ws: Workspace) -> None:
    ada, bob = a_person(ws, "Ada", "a@x.org", "c@x.org"), a_person(ws, "Bob", "b@x.org")
    before = everything(ws)
    decision, _ = split(ws, ada, "c@x.org")
    merge = merge_people(ws, person_id=bob, other_id=ada)
    for each in (decision, merge):
        undo_decision(ws, decision_id=each)
    assert everything(ws) == before


def test_a_membership_that_an_outer_merge_removed_is_given_back_by_the_inner(ws: Workspace) -> None:
    first, second, third = (a_person(ws, name, f"{name}@x.org") for name in ("a", "b", "c"))
    project_id = a_project(ws)
    for person_id, years in ((first, 1.0), (third, 3.0)):
        added(ws, TeamMember(project_id=project_id, person_id=person_id, experience_years=years))
    before = everything(ws)
    inner = merge_people(ws, person_id=second, other_id=third)
    outer = merge_people(ws, person_id=first, other_id=second)
    undo_decision(ws, decision_id=inner)
    assert everything(ws)["members"] == before["members"]
    undo_decision(ws, decision_id=outer)
    assert everything(ws) == before


def test_who_was_made_by_an_undone_split_goes_when_the_last_merge_into_them_is_undone(ws: Workspace) -> None:
    ada, bob = a_person(ws, "Ada", "a@x.org", "c@x.org"), a_person(ws, "Bob", "b@x.org")
    before = everything(ws)
    decision, someone = split(ws, ada, "c@x.org")
    merge = merge_people(ws, person_id=someone, other_id=bob)
    undo_decision(ws, decision_id=decision)
    assert owners(ws)["c@x.org"] == "Ada"
    undo_decision(ws, decision_id=merge)
    assert everything(ws) == before
    assert len(ws.session.scalars(select(IdentityDecision.id)).all()) == 2


def test_a_split_of_accounts_that_are_forgotten_with_their_person_is_undone(ws: Workspace) -> None:
    ada = a_person(ws, "Ada", "a@x.org", "c@x.org")
    decision, someone = split(ws, ada, "c@x.org")
    ws.session.delete(ws.get(Person, someone))
    undo_decision(ws, decision_id=decision)
    assert owners(ws) == {"a@x.org": "Ada"}


def test_nobody_is_kept_apart_from_themselves(ws: Workspace) -> None:
    ada = a_person(ws, "Ada")
    with pytest.raises(InvalidInput):
        keep_apart(ws, person_id=ada, other_id=ada)


@dataclass(frozen=True)
class Made:
    """A decision as somebody would write it down."""

    id: UUID
    person_id: UUID
    other_id: UUID
    accounts: tuple[UUID, ...] = ()
    """Of a split; a merge has none."""


def as_decided(accounts: dict[UUID, UUID], made: list[Made]) -> dict[UUID, UUID]:
    """Whose accounts are, when these decisions are taken one after another."""
    for each in made:
        if each.accounts:
            accounts = accounts | dict.fromkeys(each.accounts, each.other_id)
        else:
            accounts = {key: each.person_id if of == each.other_id else of for key, of in accounts.items()}
    return accounts


def now(ws: Workspace) -> dict[UUID, UUID]:
    return dict(ws.session.execute(select(Account.id, Account.person_id)).all())


def decided(ws: Workspace, random: Random) -> list[Made]:
    """A merge or a split of somebody, by chance; nothing where it cannot be."""
    people = sorted(ws.session.scalars(select(Person.id)))
    if len(people) < 2:
        return []
    person_id, other_id = random.sample(people, 2)
    if random.random() < 0.5:
        return [Made(merge_people(ws, person_id=person_id, other_id=other_id), person_id, other_id)]
    own = sorted(key for key, of in now(ws).items() if of == person_id)
    if len(own) < 2:
        return []
    some = tuple(random.sample(own, random.randint(1, len(own) - 1)))
    decision = split_off(ws, person_id=person_id, account_ids=some)
    return [Made(decision, person_id, now(ws)[some[0]], some)]


def undone(ws: Workspace, made: list[Made], each: Made) -> list[Made]:
    """What stands after one is undone, where it can be."""
    try:
        undo_decision(ws, decision_id=each.id)
    except NotNow:
        return made
    return [other for other in made if other != each]


@pytest.mark.parametrize("seed", range(8))
def test_accounts_are_whose_the_standing_decisions_say_whatever_was_undone_when(ws: Workspace, seed: int) -> None:
    random = Random(seed)
    for name in ("Ada", "Bob", "Eve"):
        a_person(ws, name, f"{name}1@x.org", f"{name}2@x.org")
    before, accounts = everything(ws), now(ws)
    made: list[Made] = []
    for _ in range(10):
        undo = made and random.random() < 0.35
        made = undone(ws, made, random.choice(made)) if undo else made + decided(ws, random)
        assert now(ws) == as_decided(accounts, made)
    while made:
        left = made
        for each in random.sample(made, len(made)):
            left = undone(ws, left, each)
            assert now(ws) == as_decided(accounts, left)
        assert len(left) < len(made)
        made = left
    assert everything(ws) == before
