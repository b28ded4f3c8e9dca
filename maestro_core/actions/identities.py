"""Saying who is who: two persons are one, an account belongs to somebody else, somebody is a program. Undoable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from maestro_core.access import Permission
from maestro_core.actions import action
from maestro_core.actions.entries import CalledEntry, valid
from maestro_core.actions.holding import hold_projects
from maestro_core.actions.identity_counts import recount_work_of
from maestro_core.actions.identity_rows import as_it_was, move, person_as_told, reassign
from maestro_core.actions.identity_undoing import bring_back, forget_nobody, separate
from maestro_core.errors import InvalidInput, NotNow
from maestro_core.models import Account, IdentityDecision, Person, new_key
from maestro_core.terms import IdentityAct
from maestro_core.workspace import Workspace


@action(Permission.EDIT_PEOPLE)
def merge_people(ws: Workspace, *, person_id: UUID, other_id: UUID) -> UUID:
    """Make two persons one, who keeps the name and address of the first; the decision, by which it is undone."""
    if person_id == other_id:
        raise InvalidInput("These are the same person already.")
    hold_projects(ws)
    decision, is_other_kind = _merge(ws, person_id, other_id)
    recount_work_of(ws, [person_id], all_days=is_other_kind)
    return decision.id


@action(Permission.EDIT_PEOPLE)
def merge_pairs(ws: Workspace, *, pairs: Sequence[tuple[UUID, UUID]]) -> int:
    """Merge the second of each pair into the first, and count anew once for all; the number of merges.

    Who was merged in an earlier pair goes on as who remained.
    """
    hold_projects(ws)
    remains: dict[UUID, UUID] = {}
    are_other_kinds = False
    for pair in pairs:
        kept, other = (_remaining(remains, person_id) for person_id in pair)
        if kept != other:
            are_other_kinds |= _merge(ws, kept, other)[1]
            remains[other] = kept
    recount_work_of(ws, set(remains.values()) - remains.keys(), all_days=are_other_kinds)
    return len(remains)


def _remaining(remains: Mapping[UUID, UUID], person_id: UUID) -> UUID:
    while person_id in remains:
        person_id = remains[person_id]
    return person_id


def _merge(ws: Workspace, person_id: UUID, other_id: UUID) -> tuple[IdentityDecision, bool]:
    """The decision, and whether one of them is a program and the other is not."""
    kept, other = ws.get(Person, person_id), ws.get(Person, other_id)
    decision = _decision(ws, IdentityAct.MERGE, kept, as_it_was(ws, kept, other))
    move(ws, decision.before, other_id, person_id)
    ws.session.flush()
    ws.session.delete(other)
    ws.session.flush()
    return decision, kept.is_bot != other.is_bot


@action(Permission.EDIT_PEOPLE)
def keep_apart(ws: Workspace, *, person_id: UUID, other_id: UUID) -> UUID:
    """Remember that two persons are two: it is not suggested again; the decision."""
    if person_id == other_id:
        raise InvalidInput("These are the same person.")
    other = ws.get(Person, other_id)
    return _decision(ws, IdentityAct.APART, ws.get(Person, person_id), {"person": person_as_told(other)}).id


@action(Permission.EDIT_PEOPLE)
def split_off(ws: Workspace, *, person_id: UUID, account_ids: Sequence[UUID]) -> UUID:
    """Make some accounts of a person somebody else's, somebody new; the decision."""
    person = ws.get(Person, person_id)
    own = set(ws.session.scalars(select(Account.id).where(Account.person_id == person_id)))
    chosen = [ws.get(Account, key) for key in account_ids]
    if not chosen or not {account.id for account in chosen} < own:
        raise InvalidInput("Choose some of this person's accounts, but not all of them.")
    first = chosen[0]
    someone = Person(id=new_key(), name=first.name or first.identity, email=first.email, is_bot=person.is_bot)
    ws.session.add(someone)
    ws.session.flush()
    moved = [str(key) for key in account_ids]
    reassign(ws, Account, person_id, someone.id, keys=moved)
    before = {"person": person_as_told(someone), "accounts": moved}
    decision = _decision(ws, IdentityAct.SPLIT, person, before)
    recount_work_of(ws, [person_id, someone.id], all_days=False)
    return decision.id


@action(Permission.EDIT_PEOPLE)
def set_bot(ws: Workspace, *, person_id: UUID, is_bot: bool) -> None:
    """Say that somebody is a program, whose work counts nowhere, or that it is a person after all."""
    ws.get(Person, person_id).is_bot = is_bot
    ws.session.flush()
    recount_work_of(ws, [person_id], all_days=True)


@action(Permission.EDIT_PEOPLE)
def rename_person(ws: Workspace, *, person_id: UUID, name: str) -> None:
    """Call somebody otherwise, checked as `CalledEntry`; what tools call them stays with their accounts."""
    ws.get(Person, person_id).name = valid(CalledEntry, {"name": name}).name
    ws.session.flush()


@action(Permission.EDIT_PEOPLE)
def undo_decision(ws: Workspace, *, decision_id: UUID) -> None:
    """Take a decision back: what was moved goes back, also out of merges made since of who remained.

    `NotNow` names the later decision that has to be undone first, where one moved the same accounts elsewhere.
    """
    decision = ws.get(IdentityDecision, decision_id)
    if decision.undone_at:
        raise NotNow("This was undone already.")
    hold_projects(ws)
    if decision.act is IdentityAct.APART:
        decision.undone_at = ws.now
    else:
        _move_back(ws, decision)


def _move_back(ws: Workspace, decision: IdentityDecision) -> None:
    other_id = UUID(decision.before["person"]["id"])
    both = {decision.person_id, other_id}
    if decision.act is IdentityAct.MERGE:
        separate(ws, decision, other_id)
    else:
        bring_back(ws, decision, other_id)
    decision.undone_at = ws.now
    ws.session.flush()
    forget_nobody(ws, both)
    ws.session.flush()
    recount_work_of(ws, both, all_days=True)


def _decision(ws: Workspace, act: IdentityAct, person: Person, before: dict[str, Any]) -> IdentityDecision:
    decision = IdentityDecision(id=new_key(), act=act, person_id=person.id, before=before, decided_at=ws.now)
    ws.session.add(decision)
    ws.session.flush()
    return decision
