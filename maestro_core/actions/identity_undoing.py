"""Taking back merges and splits in any order: when all are taken back, everything is as it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any
from uuid import UUID

from sqlalchemy import select

from maestro_core.actions.identity_rows import MOVED, keys_of, put_back, reassign
from maestro_core.actions.noreply import account_behind
from maestro_core.errors import NotNow
from maestro_core.models import Account, ArtifactUsage, IdentityDecision, Person, TeamMember
from maestro_core.terms import IdentityAct
from maestro_core.workspace import Workspace

SENTENCES = {IdentityAct.MERGE: "{1} joined {0}", IdentityAct.SPLIT: "{1} was split off {0}"}
"""As a page tells decisions."""


def separate(ws: Workspace, decision: IdentityDecision, other_id: UUID) -> None:
    """Undo a merge: the other person is there again, with what was theirs and what came to them since."""
    around, moved = _around(ws, decision), _moved(ws, decision, decision.person_id)
    later = [each for each in _touching(ws, decision, moved) if each not in around]
    splits = _splits_of(ws, decision, moved, later)
    given = {name: list(decision.before[name]) for name in MOVED}
    given["accounts"] = sorted(moved - _moved_by(later))
    given["decisions"] += [str(each.id) for each in splits]
    told = decision.before["person"]
    ws.session.add(Person(id=other_id, name=told["name"], email=told["email"], is_bot=told["is_bot"]))
    ws.session.flush()
    for name, table in MOVED.items():
        reassign(ws, table, decision.person_id, other_id, keys=given[name])
    for row in [*decision.before["removed_members"], *_removed_by(around, decision)]:
        put_back(ws, row, other_id)
    for outer in around:
        # What was moved again before it, it moved for that reason.
        again = _moved_by(each for each in later if each.id < outer.id)
        outer.before = _without(outer.before, given | {"accounts": sorted(moved - again)})


def bring_back(ws: Workspace, decision: IdentityDecision, other_id: UUID) -> None:
    """Undo a split: the accounts return, with what came to them since."""
    around, moved = _around(ws, decision), _moved(ws, decision, other_id)
    # Where both are one by now, the last merge made them so.
    _refuse(ws, _touching(ws, decision, moved) or (around if decision.person_id == other_id else []))
    reassign(ws, Account, other_id, decision.person_id, keys=moved)
    for outer in around:
        outer.before = outer.before | {"accounts": [*outer.before["accounts"], *sorted(moved)]}


def forget_nobody(ws: Workspace, person_ids: Set[UUID]) -> None:
    """Remove those of these persons whom a split had made that was undone, where nothing is known of them any more.

    What was said of them is about whom they had been split from.
    """
    splits = select(IdentityDecision).where(
        IdentityDecision.act == IdentityAct.SPLIT, IdentityDecision.undone_at.is_not(None)
    )
    made = {UUID(split.before["person"]["id"]): split for split in ws.session.scalars(splits)}
    for person_id in person_ids & made.keys():
        someone = ws.session.get(Person, (person_id, ws.member.tenant_id))
        if someone and made[person_id].person_id != person_id and not _is_known(ws, person_id):
            reassign(ws, IdentityDecision, person_id, made[person_id].person_id)
            ws.session.delete(someone)


def _is_known(ws: Workspace, person_id: UUID) -> bool:
    merged = select(IdentityDecision.id).where(
        IdentityDecision.person_id == person_id,
        IdentityDecision.undone_at.is_(None),
        IdentityDecision.act == IdentityAct.MERGE,
    )
    tables = (Account, TeamMember, ArtifactUsage)
    return any(keys_of(ws, table, person_id) for table in tables) or bool(ws.session.scalar(merged.limit(1)))


def _splits_of(
    ws: Workspace, decision: IdentityDecision, moved: Set[str], later: Iterable[IdentityDecision]
) -> list[IdentityDecision]:
    """Splits since that took only what a merge had brought: without the merge they are splits of the other person."""
    left, found = set(moved), []
    for each in later:
        taken = set(each.before["accounts"])
        if each.act is IdentityAct.SPLIT and each.person_id == decision.person_id and taken & left:
            _refuse(ws, [] if taken <= left else [each])
            found.append(each)
        left -= taken
    return found


def _standing(ws: Workspace, decision: IdentityDecision) -> list[IdentityDecision]:
    """The merges and splits made after a decision that were not undone, in their order."""
    others = select(IdentityDecision).where(
        IdentityDecision.act != IdentityAct.APART,
        IdentityDecision.undone_at.is_(None),
        IdentityDecision.decided_at >= decision.decided_at,
    )
    found = ws.session.scalars(others.order_by(IdentityDecision.decided_at, IdentityDecision.id))
    return [each for each in found if (each.decided_at, each.id) > (decision.decided_at, decision.id)]


def _around(ws: Workspace, decision: IdentityDecision) -> list[IdentityDecision]:
    """Standing merges of the whole person whom a decision is about, which took the decision along."""
    return [each for each in _standing(ws, decision) if str(decision.id) in each.before.get("decisions", ())]


def _touching(ws: Workspace, decision: IdentityDecision, moved: Set[str]) -> list[IdentityDecision]:
    """Standing decisions since that moved on accounts which this one had moved."""
    return [each for each in _standing(ws, decision) if moved & set(each.before["accounts"])]


def _moved_by(decisions: Iterable[IdentityDecision]) -> set[str]:
    return {key for each in decisions for key in each.before["accounts"]}


def _refuse(ws: Workspace, decisions: Sequence[IdentityDecision]) -> None:
    """Raise `NotNow` where there are such decisions: what one moved cannot go back from under the next."""
    if not decisions:
        return
    last = decisions[-1]
    sentence = SENTENCES[last.act].format(ws.get(Person, last.person_id).name, last.before["person"]["name"])
    raise NotNow("A later decision moved these accounts on.", advice=f"Undo that one first: {sentence}.")


def _moved(ws: Workspace, decision: IdentityDecision, holder_id: UUID) -> set[str]:
    """The accounts that a decision moved, and those that came since to who holds them only for sharing an address.

    Such a one came to whose the oldest account of its address was, and goes with that one.
    """
    moved = {UUID(key) for key in decision.before["accounts"]}
    splits = (each for each in _standing(ws, decision) if each.act is IdentityAct.SPLIT)
    known = moved | {UUID(key) for key in _moved_by(splits)}
    columns = select(Account.id, Account.kind, Account.identity, Account.email)
    rows = columns.where((Account.person_id == holder_id) | Account.id.in_(known))
    people = _goes_by_people(ws, decision, holder_id)
    goes: dict[object, bool] = {}
    for row in ws.session.execute(rows.order_by(Account.id)):
        if row.id > decision.id and _told(row, goes, people):
            moved.add(row.id)
        goes |= {way: row.id in moved for way in _ways(row) if way not in goes}
    return {str(key) for key in moved}


def _goes_by_people(ws: Workspace, decision: IdentityDecision, holder_id: UUID) -> dict[object, bool]:
    """Whether what came by an address of a person, before any account had it, goes with what a decision moved."""
    goes = dict.fromkeys(_of_people(ws, decision), True)
    if decision.person_id == holder_id:
        goes |= dict.fromkeys(_of_address(ws.get(Person, holder_id).email), False)
    return goes


def _told(row: Any, *goes: Mapping[object, bool]) -> bool:
    """What the first that knows one of an account's ways says of it; False where none does."""
    return next((each[way] for way in _ways(row) for each in goes if way in each), False)


def _of_people(ws: Workspace, decision: IdentityDecision) -> set[object]:
    """The addresses of whom a decision moved, and of those who had been merged into them."""
    inner = [UUID(key) for key in decision.before.get("decisions", ())]
    merges = select(IdentityDecision).where(
        IdentityDecision.id.in_(inner),
        IdentityDecision.act == IdentityAct.MERGE,
        IdentityDecision.undone_at.is_(None),
    )
    people = [decision, *ws.session.scalars(merges)]
    return {way for each in people for way in _of_address(each.before["person"]["email"])}


def _ways(account: Any) -> list[object]:
    """What tells whose an account is: its address, the account behind that, and itself."""
    return [*_of_address(account.email), (account.kind, account.identity)]


def _of_address(email: str | None) -> list[object]:
    return [each for each in (email and email.lower(), account_behind(email)) if each]


def _removed_by(around: Iterable[IdentityDecision], decision: IdentityDecision) -> list[dict[str, Any]]:
    """Memberships that this merge moved and a merge around it removed."""
    moved = set(decision.before["members"])
    return [row for outer in around for row in outer.before["removed_members"] if row["id"] in moved]


def _without(before: dict[str, Any], given: dict[str, list[str]]) -> dict[str, Any]:
    """What a merge keeps of what it moved, without what was given back from under it."""
    left = {name: [key for key in before[name] if key not in given[name]] for name in given}
    removed = [row for row in before["removed_members"] if row["id"] not in given["members"]]
    return before | left | {"removed_members": removed}
