"""Who a tool names: its users become accounts, and accounts that share an e-mail one person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select

from maestro_core.actions.addresses import persons_behind_addresses, persons_by_email
from maestro_core.actions.cleaning import clean_key, clean_text
from maestro_core.actions.git_people import is_bot
from maestro_core.collectors.delivery import SeenAccount
from maestro_core.database import chunks, upsert
from maestro_core.models import Account, Person, Tenant, new_key
from maestro_core.terms import SourceKind
from maestro_core.workspace import Workspace

Who = tuple[SourceKind, str]
"""The tool and the identity there."""


def who(seen: SeenAccount) -> Who:
    """What tells an account apart."""
    return seen.kind, clean_key(seen.identity)


def accounts_of_tool(ws: Workspace, seen: Iterable[SeenAccount]) -> dict[Who, UUID]:
    """The key of each account; new ones, and the persons they belong to, are added.

    Somebody new is the person of the e-mail that the tool shows, or of an address in Git that stands for the account.
    """
    told: dict[Who, SeenAccount] = {}
    for account in seen:
        # One answer shows the e-mail, another does not.
        if account.email or who(account) not in told:
            told[who(account)] = account
    keys = _known(ws, told)
    if len(keys) < len(told):
        # One moment, one writer of persons: two sources stored at once would each add the same person.
        ws.session.execute(select(Tenant.id).where(Tenant.id == ws.member.tenant_id).with_for_update())
        keys = _known(ws, told)
        keys |= _add(ws, {each: account for each, account in told.items() if each not in keys})
    return keys


def _known(ws: Workspace, told: Mapping[Who, SeenAccount]) -> dict[Who, UUID]:
    """The keys of the accounts that are there; what the tool tells of them now is kept."""
    found = {(row.kind, row.identity): row for row in _rows(ws, told)}
    changed = [
        _row(told[each], row.person_id) | {"email": _email(told[each]) or row.email}
        for each, row in found.items()
        if (row.name, row.email) != (clean_text(told[each].name), _email(told[each]) or row.email)
    ]
    upsert(ws.session, Account, changed, on=("kind", "identity"), update=("name", "email"))
    return {each: row.id for each, row in found.items()}


def _rows(ws: Workspace, told: Iterable[Who]) -> Iterator[Row[*tuple[Any, ...]]]:
    by_kind: dict[SourceKind, list[str]] = {}
    for kind, identity in told:
        by_kind.setdefault(kind, []).append(identity)
    columns = select(Account.id, Account.kind, Account.identity, Account.name, Account.email, Account.person_id)
    for kind, identities in by_kind.items():
        for some in chunks(identities):
            yield from ws.session.execute(columns.where(Account.kind == kind, Account.identity.in_(some)))


def _add(ws: Workspace, new: Mapping[Who, SeenAccount]) -> dict[Who, UUID]:
    persons = _persons(ws, new)
    rows = {each: _row(account, persons[each]) | {"id": new_key()} for each, account in new.items()}
    if rows:
        ws.session.execute(insert(Account), list(rows.values()))
    return {each: row["id"] for each, row in rows.items()}


def _row(seen: SeenAccount, person_id: UUID) -> dict[str, Any]:
    kind, identity = who(seen)
    told = {"name": clean_text(seen.name), "email": _email(seen)}
    return {"person_id": person_id, "kind": kind, "identity": identity} | told


def _email(seen: SeenAccount) -> str | None:
    return clean_key(seen.email.strip().lower()) or None if seen.email else None


def _persons(ws: Workspace, new: Mapping[Who, SeenAccount]) -> dict[Who, UUID]:
    """The person of each new account; those nobody knows are added."""
    by_email = persons_by_email(ws, {email for seen in new.values() if (email := _email(seen))})
    hidden = persons_behind_addresses(ws)
    persons: dict[Who, UUID] = {}
    added = []
    for each, seen in new.items():
        email = _email(seen)
        known = by_email.get(email or "") or hidden.get(each)
        persons[each] = known or new_key()
        if known is None:
            added.append(_person(seen, persons[each]))
        if email:
            by_email.setdefault(email, persons[each])
    if added:
        ws.session.execute(insert(Person), added)
    return persons


def _person(seen: SeenAccount, key: UUID) -> dict[str, Any]:
    name = clean_text(seen.name) or clean_text(seen.identity)
    bot = seen.is_bot or is_bot((name, seen.email or ""))
    return {"id": key, "name": name, "email": _email(seen), "is_bot": bot}
