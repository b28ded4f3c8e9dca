"""Finding the person somebody means, or getting to know one."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import false, func, select

from maestro_core.errors import InvalidInput
from maestro_core.models import Person, new_key
from maestro_core.workspace import Workspace


def person_meant(ws: Workspace, text: str) -> UUID:
    """The person of this name or e-mail address; somebody new where nobody is called so."""
    if "@" in text:
        return person_known_as(ws, name=text.partition("@")[0], email=text)
    return person_known_as(ws, name=text, email=None)


def person_known_as(ws: Workspace, *, name: str, email: str | None) -> UUID:
    """The person with this address, else the only one of this name, else somebody new.

    A name that several people share needs the address. Somebody known by name alone is given the address.
    """
    if email:
        return _with_email(ws, email.strip().lower()) or _of_name(ws, name, email) or _new(ws, name, email)
    return _of_name(ws, name, None) or _new(ws, name, None)


def _with_email(ws: Workspace, email: str) -> UUID | None:
    same = select(Person.id).where(func.lower(Person.email) == email, Person.is_bot == false())
    return ws.session.scalars(same.order_by(Person.id)).first()


def _of_name(ws: Workspace, name: str, email: str | None) -> UUID | None:
    same = select(Person).where(Person.name == name, Person.is_bot == false())
    if email:
        same = same.where(Person.email.is_(None))
    people = list(ws.session.scalars(same.limit(2)))
    if len(people) > 1:
        raise InvalidInput(f"Several people are called {name}.", advice="Say who by the e-mail address.")
    if people and email:
        people[0].email = email.strip().lower()
    return people[0].id if people else None


def _new(ws: Workspace, name: str, email: str | None) -> UUID:
    person = Person(id=new_key(), name=name, email=email.strip().lower() if email else None)
    ws.session.add(person)
    ws.session.flush()
    return person.id
