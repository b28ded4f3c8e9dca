"""Whose an e-mail address is: asked before somebody new is added, so that what was decided about people holds."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from uuid import UUID

from sqlalchemy import func, select

from maestro_core.actions.noreply import account_behind
from maestro_core.database import chunks
from maestro_core.models import Account, IdentityDecision, Person
from maestro_core.terms import IdentityAct, SourceKind
from maestro_core.workspace import Workspace

NOREPLY = "%@users.noreply.%"


def persons_by_email(ws: Workspace, emails: Collection[str]) -> dict[str, UUID]:
    """The persons of addresses in lower case; none for an address nobody is known by.

    An account says whose an address is now, also after persons were merged or split; else a person; else who it was
    that somebody of this address, whom no account told of yet, was merged into. Of several the oldest.
    """
    found = {email: person_id for _, email, person_id in merged_people(ws) if email}
    keys = {email: found[email] for email in emails if email in found}
    address = func.lower(Person.email)
    for some in chunks(sorted(emails)):
        persons = select(address, Person.id).where(address.in_(some)).order_by(Person.id.desc())
        keys |= {str(email): key for email, key in ws.session.execute(persons)}
        accounts = select(Account.email, Account.person_id).where(Account.email.in_(some)).order_by(Account.id.desc())
        keys |= {str(email): key for email, key in ws.session.execute(accounts)}
    return keys


def persons_behind_addresses(ws: Workspace) -> dict[tuple[SourceKind, str], UUID]:
    """The persons by the account of another tool that an address of theirs stands for."""
    return {account: person_id for email, person_id in _hiding(ws) if (account := account_behind(email))}


def merged_people(ws: Workspace) -> Iterator[tuple[str, str | None, UUID]]:
    """Name and address, in lower case, of whoever was merged, the last first, and who remains; undone merges not."""
    told = IdentityDecision.before["person"]
    merges = select(told["name"].as_string(), told["email"].as_string(), IdentityDecision.person_id).where(
        IdentityDecision.act == IdentityAct.MERGE, IdentityDecision.undone_at.is_(None)
    )
    # A decision about somebody who was merged since is about who remains already.
    for name, email, person_id in ws.session.execute(merges.order_by(IdentityDecision.id.desc())):
        yield name, email.lower() if email else None, person_id


def _hiding(ws: Workspace) -> Iterator[tuple[str | None, UUID]]:
    """Addresses that hide an account, with whose they are; what an account says comes last, so that it holds."""
    for _, email, person_id in merged_people(ws):
        yield email, person_id
    persons = select(Person.email, Person.id).where(Person.email.ilike(NOREPLY))
    yield from ws.session.execute(persons.order_by(Person.id.desc()))
    accounts = select(Account.email, Account.person_id).where(Account.email.ilike(NOREPLY))
    yield from ws.session.execute(accounts.order_by(Account.id.desc()))
