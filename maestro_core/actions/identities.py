"""Saying who is who: two persons are one, an account belongs to somebody else, somebody is a program. Undoable."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from maestro_core.access import Permission
from maestro_core.actions import action
from maestro_core.actions.holding import hold_projects
from maestro_core.actions.identity_counts import recount_work_of
from maestro_core.errors import InvalidInput, NotNow
from maestro_core.models import Account, ArtifactUsage, IdentityDecision, Person, Project, TeamMember, new_key
from maestro_core.terms import IdentityAct
from maestro_core.workspace import Workspace

MEMBERSHIP = ("project_id", "role", "experience_years", "joined_at", "left_at")


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
    decision = _decision(ws, IdentityAct.MERGE, kept, _as_it_was(ws, kept, other))
    _move(ws, decision.before, other_id, person_id)
    # Decisions about somebody who is merged now are about who remains.
    _reassign(ws, IdentityDecision, other_id, person_id)
    ws.session.flush()
    ws.session.delete(other)
    ws.session.flush()
    return decision, kept.is_bot != other.is_bot


@action(Permission.EDIT_PEOPLE)
def keep_apart(ws: Workspace, *, person_id: UUID, other_id: UUID) -> UUID:
    """Remember that two persons are two: it is not suggested again; the decision."""
    other = ws.get(Person, other_id)
    return _decision(ws, IdentityAct.APART, ws.get(Person, person_id), {"person": _fields(other)}).id


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
    _reassign(ws, Account, person_id, someone.id, keys=account_ids)
    before = {"person": _fields(someone), "accounts": [str(key) for key in account_ids]}
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
def undo_decision(ws: Workspace, *, decision_id: UUID) -> None:
    """Take a decision back: what was moved and still stands where it was moved to goes back."""
    decision = ws.get(IdentityDecision, decision_id)
    if decision.undone_at:
        raise NotNow("This was undone already.")
    hold_projects(ws)
    decision.undone_at = ws.now
    if decision.act is IdentityAct.APART:
        return
    other_id = UUID(decision.before["person"]["id"])
    if decision.act is IdentityAct.MERGE:
        _separate(ws, decision, other_id)
    else:
        _bring_back(ws, decision, other_id)
    ws.session.flush()
    recount_work_of(ws, [decision.person_id, other_id], all_days=True)


def _decision(ws: Workspace, act: IdentityAct, person: Person, before: dict[str, Any]) -> IdentityDecision:
    decision = IdentityDecision(id=new_key(), act=act, person_id=person.id, before=before, decided_at=ws.now)
    ws.session.add(decision)
    ws.session.flush()
    return decision


def _as_it_was(ws: Workspace, kept: Person, other: Person) -> dict[str, Any]:
    """What a merge moves, as keys, and whole where it is removed because both were in the same team."""
    shared = set(ws.session.scalars(select(TeamMember.project_id).where(TeamMember.person_id == kept.id)))
    members = list(ws.session.scalars(select(TeamMember).where(TeamMember.person_id == other.id)))
    return {
        "person": _fields(other),
        "accounts": _keys(ws, Account, other.id),
        "usages": _keys(ws, ArtifactUsage, other.id),
        "decisions": _keys(ws, IdentityDecision, other.id),
        "members": [str(member.id) for member in members if member.project_id not in shared],
        "removed_members": [_membership(member) for member in members if member.project_id in shared],
    }


def _move(ws: Workspace, before: dict[str, Any], other_id: UUID, person_id: UUID) -> None:
    ws.session.execute(delete(TeamMember).where(TeamMember.id.in_(_uuids(_ids(before["removed_members"])))))
    for table in (Account, ArtifactUsage, TeamMember):
        _reassign(ws, table, other_id, person_id)


def _separate(ws: Workspace, decision: IdentityDecision, other_id: UUID) -> None:
    """Undo a merge: the other person is there again, with what was theirs."""
    before, kept_id = decision.before, decision.person_id
    told = before["person"]
    ws.session.add(Person(id=other_id, name=told["name"], email=told["email"], is_bot=told["is_bot"]))
    ws.session.flush()
    moved = ((Account, "accounts"), (ArtifactUsage, "usages"), (TeamMember, "members"), (IdentityDecision, "decisions"))
    for table, name in moved:
        _reassign(ws, table, kept_id, other_id, keys=_uuids(before[name]))
    for row in before["removed_members"]:
        _put_back(ws, row, other_id)


def _bring_back(ws: Workspace, decision: IdentityDecision, other_id: UUID) -> None:
    """Undo a split: the accounts return, and who was made for them goes where nothing else is known of them."""
    _reassign(ws, Account, other_id, decision.person_id, keys=_uuids(decision.before["accounts"]))
    someone = ws.session.get(Person, (other_id, ws.member.tenant_id))
    known = (Account, TeamMember, ArtifactUsage, IdentityDecision)
    if someone and not any(_keys(ws, table, other_id) for table in known):
        ws.session.delete(someone)


def _put_back(ws: Workspace, row: dict[str, Any], person_id: UUID) -> None:
    project_id = UUID(row["project_id"])
    if ws.session.get(Project, (project_id, ws.member.tenant_id)) is None:
        return
    ws.session.add(TeamMember(id=UUID(row["id"]), person_id=person_id, project_id=project_id, **_told(row)))


def _told(row: dict[str, Any]) -> dict[str, Any]:
    moments = {name: row[name] and datetime.fromisoformat(row[name]) for name in ("joined_at", "left_at")}
    return {"role": row["role"], "experience_years": row["experience_years"], **moments}


def _reassign(ws: Workspace, table: Any, from_id: UUID, to_id: UUID, *, keys: Collection[UUID] | None = None) -> None:
    mine = table.person_id == from_id
    among = mine if keys is None else mine & table.id.in_(list(keys))
    ws.session.execute(update(table).where(among).values(person_id=to_id))


def _keys(ws: Workspace, table: Any, person_id: UUID) -> list[str]:
    return [str(key) for key in ws.session.scalars(select(table.id).where(table.person_id == person_id))]


def _fields(person: Person) -> dict[str, Any]:
    return {"id": str(person.id), "name": person.name, "email": person.email, "is_bot": person.is_bot}


def _membership(member: TeamMember) -> dict[str, Any]:
    values = {name: getattr(member, name) for name in MEMBERSHIP}
    plain = {
        name: value if value is None or name == "experience_years" else str(value) for name, value in values.items()
    }
    return {"id": str(member.id)} | plain


def _ids(rows: Iterable[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def _uuids(keys: Iterable[str]) -> list[UUID]:
    return [UUID(key) for key in keys]
