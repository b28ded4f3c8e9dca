"""Who is who, over REST: the people observed, who may be the same, and what somebody who knows decides of it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, status
from pydantic import BaseModel, Field

from app.api.depends import ForReading, InWorkspace
from maestro_core.actions import identities as actions
from maestro_core.actions.entries import CalledEntry, Entry
from maestro_core.reports import identities as reports
from maestro_core.reports.identities import Accounts, Identities

MOST_ACCOUNTS = 200
MOST_PAIRS = 500

Key = Annotated[UUID, Field(examples=["018f0000-0000-7000-8000-000000000000"])]

router = APIRouter(prefix="/people", tags=["people"])


class PairEntry(Entry):
    """Two persons: where they are one, the first keeps name and address."""

    person_id: Key
    other_id: Key


class PairsEntry(Entry):
    """Several pairs; who was merged in an earlier one goes on as who remained."""

    pairs: tuple[PairEntry, ...] = Field(min_length=1, max_length=MOST_PAIRS)


class SplitEntry(Entry):
    """Some accounts of a person, but not all, that are somebody else's."""

    account_ids: tuple[UUID, ...] = Field(
        min_length=1, max_length=MOST_ACCOUNTS, examples=[["018f0000-0000-7000-8000-000000000000"]]
    )


class BotEntry(Entry):
    """Whether somebody is a program, whose work counts nowhere."""

    is_bot: bool = Field(examples=[True])


class Merged(BaseModel):
    """How many pairs became one."""

    merges: int


class Decision(BaseModel):
    """What was decided, by its key: with it, it is undone."""

    decision_id: UUID


@router.get("")
def people(ws: ForReading) -> Identities:
    """The people observed, pairs who may be one person with the reasons, and what was decided about that."""
    return reports.identities(ws)


@router.get("/{person_id}/accounts")
def accounts(ws: ForReading, person_id: UUID) -> Accounts:
    """How a person is known, with what was done under each account."""
    return reports.accounts_of(ws, person_id=person_id)


@router.post("/merges", status_code=status.HTTP_201_CREATED)
def merge(ws: InWorkspace, pair: PairEntry) -> Decision:
    """Confirm that two persons are one: the second joins the first."""
    return Decision(decision_id=actions.merge_people(ws, person_id=pair.person_id, other_id=pair.other_id))


@router.post("/merges/several")
def merge_several(ws: InWorkspace, told: PairsEntry) -> Merged:
    """Confirm several pairs at once, all or none; what rests on them is counted anew once."""
    return Merged(merges=actions.merge_pairs(ws, pairs=[(pair.person_id, pair.other_id) for pair in told.pairs]))


@router.post("/apart", status_code=status.HTTP_201_CREATED)
def keep_apart(ws: InWorkspace, pair: PairEntry) -> Decision:
    """Say that two persons are two: it is not suggested again."""
    return Decision(decision_id=actions.keep_apart(ws, person_id=pair.person_id, other_id=pair.other_id))


@router.post("/{person_id}/splits", status_code=status.HTTP_201_CREATED)
def split_off(ws: InWorkspace, person_id: UUID, split: SplitEntry) -> Decision:
    """Make some accounts of a person somebody else's, somebody new."""
    return Decision(decision_id=actions.split_off(ws, person_id=person_id, account_ids=split.account_ids))


@router.put("/{person_id}/bot", status_code=status.HTTP_204_NO_CONTENT)
def set_bot(ws: InWorkspace, person_id: UUID, told: BotEntry) -> None:
    """Say that somebody is a program, or a person after all."""
    actions.set_bot(ws, person_id=person_id, is_bot=told.is_bot)


@router.put("/{person_id}/name", status_code=status.HTTP_204_NO_CONTENT)
def rename(ws: InWorkspace, person_id: UUID, told: CalledEntry) -> None:
    """Call somebody otherwise; what tools call them stays with their accounts."""
    actions.rename_person(ws, person_id=person_id, name=told.name)


@router.delete("/decisions/{decision_id}", status_code=status.HTTP_204_NO_CONTENT)
def undo(ws: InWorkspace, decision_id: UUID) -> None:
    """Take a decision back: what was moved and still stands where it was moved to goes back."""
    actions.undo_decision(ws, decision_id=decision_id)
