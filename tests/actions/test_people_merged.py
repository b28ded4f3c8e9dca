"""Who was merged and is told again, by a form or a file, is who remains."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from maestro_core.actions.identities import merge_people, undo_decision
from maestro_core.actions.people import People, person_known_as
from maestro_core.errors import InvalidInput
from maestro_core.models import Person
from maestro_core.workspace import Workspace
from tests.actions.test_identities import a_person


def known(ws: Workspace, name: str, email: str | None = None) -> UUID:
    """Who is meant, which a form and a file find alike."""
    people = People(ws)
    in_file = people.known_as(name, email)
    in_form = person_known_as(ws, name=name, email=email)
    assert in_form == in_file or in_file not in set(ws.session.scalars(select(Person.id)))
    return in_form


@pytest.mark.parametrize(("name", "email"), [("Ada L", None), ("Ada L", "ADA@work.org"), ("A. L.", "ada@work.org")])
def test_who_was_merged_is_meant_as_who_remains_until_it_is_undone(ws: Workspace, name: str, email: str | None) -> None:
    ada, other = a_person(ws, "Ada", "ada@x.org"), a_person(ws, "Ada L", "Ada@work.org")
    merge = merge_people(ws, person_id=ada, other_id=other)
    assert known(ws, name, email) == ada
    assert len(ws.session.scalars(select(Person.id)).all()) == 1
    undo_decision(ws, decision_id=merge)
    assert known(ws, name, email) == other


def test_who_is_called_so_now_is_meant_before_who_was(ws: Workspace) -> None:
    ada, other = a_person(ws, "Ada"), a_person(ws, "Ada L", "ada@work.org")
    merge_people(ws, person_id=ada, other_id=other)
    namesake = a_person(ws, "Ada L", "l@x.org")
    assert known(ws, "Ada L") == namesake
    assert known(ws, "Ada L", "ada@work.org") == ada


def test_a_name_of_two_who_were_merged_into_different_people_tells_nobody(ws: Workspace) -> None:
    for name in ("Ada", "Eve"):
        merge_people(ws, person_id=a_person(ws, name), other_id=a_person(ws, "A. Nonymous"))
    with pytest.raises(InvalidInput):
        known(ws, "A. Nonymous")
