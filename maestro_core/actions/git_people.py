"""Who wrote a commit: authors as Git tells them become accounts, and accounts with the same e-mail one person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import insert, select

from maestro_core.actions.addresses import persons_behind_addresses, persons_by_email
from maestro_core.actions.git_renamed import Before, accounts_before, rename, take_along
from maestro_core.actions.noreply import account_behind
from maestro_core.collectors.git_columns import Contact, Former
from maestro_core.database import among
from maestro_core.models import Account, Person, Tenant, new_key
from maestro_core.terms import SourceKind
from maestro_core.workspace import Workspace

Author = Contact

BOTS = re.compile(
    r"\[bot\]$|^(dependabot|dependabot-preview|renovate|renovate[- ]bot|github[- ]actions?|greenkeeper|pre-commit-ci"
    r"|pyup-bot|pyup\.io bot|snyk-bot|mergify|allcontributors|imgbot|semantic-release-bot|gitlab-bot|codecov-bot)$"
    # In small letters only: Bot is also a family name.
    r"|(?-i:[ _-]bot$)",
    re.IGNORECASE,
)
BOT_EMAIL = re.compile(
    r"\[bot\]@|^(\d+\+(copilot|cursoragent)@users\.noreply\.github\.com|cursoragent@cursor\.com|noreply@anthropic\.com"
    r"|(noreply|codex)@openai\.com|(noreply|aider)@aider\.chat)$"
    r"|^((project|group)_\d+_bot\w*|service_account_\w+)@noreply\.",
    re.IGNORECASE,
)
"""Assistants that write code name themselves as authors, too; GitLab gives the users of its tokens such addresses."""
ANYBODYS_EMAIL = re.compile(
    r"^(root|user|username|you|me|your[._]?name|none|nobody|unknown|no-?reply|not_supplied|email|test)"
    r"@(localhost|localhost\.localdomain|example\.(com|org|net)|none|none\.(none|com)|unknown|[^@]+\.\(none\))$",
    re.IGNORECASE,
)
"""What machines and instructions put where nobody entered an address: several people have the same."""


def identity(author: Author) -> str:
    """The author's account in Git: name and e-mail in lower case.

    >>> identity(("Ada", "Ada@Example.org"))
    'ada <ada@example.org>'
    """
    name, email = author
    return f"{name} <{email}>".lower()


def is_bot(author: Author) -> bool:
    """Whether the author is a known program.

    >>> is_bot(("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com")), is_bot(("Jan Bot", "a@b.c"))
    (True, False)
    """
    name, email = author
    return bool(BOTS.search(name) or BOT_EMAIL.search(email))


def accounts_of(ws: Workspace, authors: Iterable[Author], *, former: Iterable[Former] = ()) -> dict[Author, UUID]:
    """The account of each author; new ones, and the persons they belong to, are added.

    Somebody new is the person of their e-mail, else of what the .mailmap says they were known by before.
    """
    by_identity: dict[str, Author] = {}
    told = dict.fromkeys(authors)
    for author in told:
        by_identity.setdefault(identity(author), author)
    keys = _known(ws, by_identity)
    if len(keys) < len(by_identity):
        # One moment, one writer of persons: two sources stored at once would each add the same person.
        ws.session.execute(select(Tenant.id).where(Tenant.id == ws.member.tenant_id).with_for_update())
        keys = _known(ws, by_identity)
        new = {text: author for text, author in by_identity.items() if text not in keys}
        keys |= _add(ws, new, accounts_before(ws, new.values(), former))
    return {author: keys[identity(author)] for author in told}


def _known(ws: Workspace, identities: Iterable[str]) -> dict[str, UUID]:
    wanted = among(ws.session, Account.identity, list(identities))
    known = select(Account.identity, Account.id).where(Account.kind == SourceKind.GIT, wanted)
    return dict(ws.session.execute(known).all())


def _add(ws: Workspace, new: dict[str, Author], before: Mapping[Author, Before]) -> dict[str, UUID]:
    known = _known_persons(ws, new.values())
    renamed = {_person(author): former.person_id for author, former in before.items()}
    persons = _persons(ws, new.values(), renamed | known)
    keys = {text: new_key() for text in new}
    rows = [
        {"id": keys[text], "person_id": persons[_person(author)], "kind": SourceKind.GIT, "identity": text}
        | {"name": author[0], "email": author[1].lower() or None}
        for text, author in new.items()
    ]
    if rows:
        ws.session.execute(insert(Account), rows)
    for author, former in before.items():
        rename(ws, author, former)
    only = {
        keys[identity(author)]: former.account_id for author, former in before.items() if _person(author) not in known
    }
    take_along(ws, only)
    return keys


def _person(author: Author) -> str:
    """What tells persons apart: the e-mail, or the whole identity where there is none, or anybody's.

    >>> _person(("Ada", "ADA@x.org")), _person(("Ada", "root@localhost"))
    ('ada@x.org', 'ada <root@localhost>')
    """
    email = author[1].lower()
    return identity(author) if not email or ANYBODYS_EMAIL.match(email) else email


def _known_persons(ws: Workspace, authors: Iterable[Author]) -> dict[str, UUID]:
    told = {_person(author) for author in authors}
    return _behind(ws, told) | persons_by_email(ws, told)


def _persons(ws: Workspace, authors: Iterable[Author], keys: dict[str, UUID]) -> dict[str, UUID]:
    """The persons' keys; those that are not known are added."""
    told = {_person(author): author for author in reversed(list(authors))}
    # Whose login changed hides behind several addresses, which name one account.
    someone = {account_behind(text) or text: new_key() for text in told if text not in keys}
    new = {text: someone[account_behind(text) or text] for text in told if text not in keys}
    rows = {
        key: {"id": key, "name": name or address or "Unknown", "email": address.lower() or None}
        | {"is_bot": is_bot((name, address))}
        for text, key in new.items()
        for name, address in [told[text]]
    }
    if rows:
        ws.session.execute(insert(Person), list(rows.values()))
    return keys | new


def _behind(ws: Workspace, told: Iterable[str]) -> dict[str, UUID]:
    """Persons by an address that stands for their account in another tool, seen there or behind another address."""
    hidden = {text: account for text in told if (account := account_behind(text))}
    if not hidden:
        return {}
    identities = {identity for _, identity in hidden.values()}
    known = select(Account.kind, Account.identity, Account.person_id).where(Account.identity.in_(identities))
    seen = {(kind, identity): person_id for kind, identity, person_id in ws.session.execute(known)}
    persons = persons_behind_addresses(ws) | seen
    return {text: persons[account] for text, account in hidden.items() if account in persons}
