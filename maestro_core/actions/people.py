"""Finding the person somebody means, or getting to know one."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, insert, select, true, update

from maestro_core.actions.addresses import merged_people
from maestro_core.errors import InvalidInput
from maestro_core.models import Person, new_key
from maestro_core.workspace import Workspace


class People:
    """The people known, by address and by name, and who is met for the first time. Nothing is kept until `write`."""

    def __init__(self, ws: Workspace, *, among: ColumnElement[bool] | None = None) -> None:
        self._by_email: dict[str, UUID] = {}
        self._by_name: dict[str, list[UUID]] = defaultdict(list)
        self._without_email: set[UUID] = set()
        self._new: dict[UUID, dict[str, object]] = {}
        self._given_email: dict[UUID, str] = {}
        columns = select(Person.id, Person.name, Person.email).where(Person.is_bot == false())
        for person_id, name, email in ws.session.execute(columns.where(true() if among is None else among)):
            self._know(person_id, name, email)
        self._know_merged(ws)

    def meant(self, text: str) -> UUID:
        """The person of this name or e-mail address."""
        name, at, _ = text.partition("@")
        return self.known_as(name, text if at else None)

    def known_as(self, name: str, email: str | None) -> UUID:
        """The person with this address, else the only one of this name, else somebody new.

        Somebody known by name alone is given the address. A name that several people share raises `InvalidInput`.
        """
        if email is None:
            return self._of_name(name) or self._meet(name, None)
        address = email.strip().lower()
        return self._by_email.get(address) or self._give_email(name, address) or self._meet(name, address)

    def write(self, ws: Workspace) -> None:
        """Keep who is new, and the addresses that were learned."""
        if self._new:
            ws.session.execute(insert(Person), list(self._new.values()))
        for person_id, email in self._given_email.items():
            ws.session.execute(update(Person).where(Person.id == person_id).values(email=email))

    def _know(self, person_id: UUID, name: str, email: str | None) -> UUID:
        self._by_name[name].append(person_id)
        if email:
            self._by_email.setdefault(email.lower(), person_id)
        else:
            self._without_email.add(person_id)
        return person_id

    def _know_merged(self, ws: Workspace) -> None:
        """Who was merged is meant as who remains, where nobody else has the address or is called so."""
        people = {person_id for some in self._by_name.values() for person_id in some}
        merged = [told for told in merged_people(ws) if told[2] in people]
        self._by_email = {email: person_id for _, email, person_id in merged if email} | self._by_email
        free = [(name, person_id) for name, _, person_id in merged if name not in self._by_name]
        for name, person_id in dict.fromkeys(free):
            self._by_name[name].append(person_id)

    def _of_name(self, name: str) -> UUID | None:
        people = self._by_name.get(name, [])
        if len(people) > 1:
            raise InvalidInput(f"Several people are called {name}.", advice="Say who by the e-mail address.")
        return people[0] if people else None

    def _give_email(self, name: str, email: str) -> UUID | None:
        nameless = [person_id for person_id in self._by_name.get(name, []) if person_id in self._without_email]
        if len(nameless) != 1:
            return None
        person_id = nameless[0]
        self._without_email.remove(person_id)
        self._by_email[email] = person_id
        if person_id in self._new:
            self._new[person_id]["email"] = email
        else:
            self._given_email[person_id] = email
        return person_id

    def _meet(self, name: str, email: str | None) -> UUID:
        person_id = new_key()
        self._new[person_id] = {"id": person_id, "name": name, "email": email, "is_bot": False}
        return self._know(person_id, name, email)


def person_meant(ws: Workspace, text: str) -> UUID:
    """The person of this name or e-mail address; somebody new where nobody is called so."""
    name, at, _ = text.partition("@")
    return person_known_as(ws, name=name, email=text if at else None)


def person_known_as(ws: Workspace, *, name: str, email: str | None) -> UUID:
    """The person that `People.known_as` finds or meets."""
    address = email.strip().lower() if email else None
    remaining = [key for told, known_by, key in merged_people(ws) if told == name or (address and known_by == address)]
    among = (Person.name == name) | Person.id.in_(remaining)
    if address:
        among |= func.lower(Person.email) == address
    people = People(ws, among=among)
    person_id = people.known_as(name, email)
    people.write(ws)
    return person_id
