"""Authors whom a .mailmap tells by another name or address than before: what is known of them, and decided, holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from maestro_core.collectors.git_columns import Contact, Former
from maestro_core.database import chunks
from maestro_core.models import Account, IdentityDecision, Person
from maestro_core.terms import IdentityAct, SourceKind
from maestro_core.workspace import Workspace


@dataclass(frozen=True)
class Before:
    """The oldest account that an author had before the .mailmap told them anew, and the person."""

    account_id: UUID
    person_id: UUID
    names: frozenset[str]
    """Of the accounts at the former and the present address, where the .mailmap tells a name; else none."""
    emails: frozenset[str]
    """These addresses."""


@dataclass(frozen=True)
class _Known:
    account_id: UUID
    person_id: UUID
    name: str


def accounts_before(ws: Workspace, authors: Iterable[Contact], former: Iterable[Former]) -> dict[Contact, Before]:
    """By author, what was known of them by the names and addresses that the .mailmap says are theirs, if anything."""
    lines: dict[str, list[Former]] = {}
    for line in former:
        lines.setdefault(line.email, []).append(line)
    about = {author: lines[author[1].lower()] for author in authors if author[1].lower() in lines}
    told = [line for some in about.values() for line in some]
    accounts = _by_address(ws, {line.former_email for line in told} | {line.email for line in told})
    found = {author: [each for line in some for each in _meant(line, accounts)] for author, some in about.items()}
    return {author: _before(author, about[author], some, accounts) for author, some in found.items() if some}


def rename(ws: Workspace, author: Contact, before: Before) -> None:
    """Call a person who is called as their account was as the .mailmap calls them now."""
    person = ws.get(Person, before.person_id)
    if person.name in before.names:
        person.name = author[0]
        person.email = author[1].lower() if person.email in before.emails else person.email


def take_along(ws: Workspace, renamed: Mapping[UUID, UUID]) -> None:
    """Let decisions that moved former accounts move these new ones too: where they are undone, both go back."""
    if not renamed:
        return
    standing = select(IdentityDecision).where(
        IdentityDecision.act != IdentityAct.APART, IdentityDecision.undone_at.is_(None)
    )
    for decision in ws.session.scalars(standing):
        moved = set(decision.before["accounts"])
        new = [str(key) for key, former in renamed.items() if str(former) in moved]
        if new:
            decision.before = decision.before | {"accounts": [*decision.before["accounts"], *new]}
    ws.session.flush()


def _by_address(ws: Workspace, emails: Iterable[str]) -> dict[str, list[_Known]]:
    columns = select(Account.email, Account.id, Account.person_id, Account.name).where(Account.kind == SourceKind.GIT)
    found: dict[str, list[_Known]] = {}
    for some in chunks(sorted(emails)):
        for email, key, person_id, name in ws.session.execute(columns.where(Account.email.in_(some))):
            found.setdefault(str(email), []).append(_Known(key, person_id, name))
    return found


def _meant(line: Former, accounts: Mapping[str, list[_Known]]) -> Iterator[_Known]:
    """The accounts that a line is about."""
    for account in accounts.get(line.former_email, ()):
        if line.former_name.lower() in ("", account.name.lower()):
            yield account


def _before(
    author: Contact, lines: Iterable[Former], meant: Iterable[_Known], accounts: Mapping[str, list[_Known]]
) -> Before:
    oldest = min(meant, key=lambda account: account.account_id)
    renaming = [line for line in lines if line.name == author[0]]
    names = {account.name for line in renaming for account in (*_meant(line, accounts), *accounts.get(line.email, ()))}
    emails = {email for line in renaming for email in (line.email, line.former_email)}
    return Before(oldest.account_id, oldest.person_id, frozenset(names), frozenset(emails))
