"""Who a tool names: accounts, and the persons they belong to."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, update

from maestro_core.actions.forgetting import forget_delivery
from maestro_core.actions.git_people import accounts_of
from maestro_core.actions.store_accounts import accounts_of_tool
from maestro_core.collectors import github_answers, gitlab_answers
from maestro_core.collectors.delivery import SeenAccount
from maestro_core.models import Account, Person, TeamMember
from maestro_core.terms import SourceKind
from maestro_core.workspace import Workspace
from tests.actions.stored_delivery import ADA, BOB, a_pull_request, a_review, a_source, told
from tests.builders import added


def persons(ws: Workspace, *names: str) -> list[str]:
    """The persons with an account of these names, in order of name."""
    told = select(Person.name).join(Account).where(Account.name.in_(names)).distinct()
    return sorted(ws.session.scalars(told))


def test_accounts_that_share_an_e_mail_are_one_person(ws: Workspace) -> None:
    known = added(ws, Person(name="Ada Lovelace", email="ADA@example.org"))
    elsewhere = SeenAccount(SourceKind.GITLAB, "gitlab.com/8", "lovelace", "ada@example.org")
    accounts_of_tool(ws, [ADA, elsewhere])
    assert set(ws.session.scalars(select(Account.person_id))) == {known}


def test_two_accounts_of_one_answer_that_share_an_e_mail_are_one_person(ws: Workspace) -> None:
    second = SeenAccount(SourceKind.GITHUB, "github.com/9", "ada2", "ada@example.org")
    accounts_of_tool(ws, [ADA, second])
    assert ws.session.scalars(select(Person.name)).all() == ["ada"]


def test_an_account_says_whose_an_e_mail_is_after_a_merge(ws: Workspace) -> None:
    survivor = added(ws, Person(name="Ada", email="ada@home.example"))
    git = Account(person_id=survivor, kind=SourceKind.GIT, identity="a <ada@example.org>", email="ada@example.org")
    added(ws, git)
    accounts_of_tool(ws, [ADA])
    assert set(ws.session.scalars(select(Account.person_id))) == {survivor}


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        ("2+bob@users.noreply.github.com", BOB),
        ("2+Former-Login@users.noreply.GitHub.com", BOB),
        (
            "2-bob@users.noreply.gitlab.example.org",
            SeenAccount(SourceKind.GITLAB, "gitlab.example.org/2", "Bob"),
        ),
    ],
)
def test_an_address_in_git_that_hides_an_e_mail_belongs_to_the_account_it_names(
    ws: Workspace, address: str, seen: SeenAccount
) -> None:
    accounts_of(ws, [("Bob Builder", address)])
    accounts_of_tool(ws, [seen])
    assert ws.session.scalars(select(Person.name)).all() == ["Bob Builder"]


@pytest.mark.parametrize("address", ["22+bob@users.noreply.github.com", "2+bob@users.noreply.github.example.org"])
def test_an_address_of_another_number_or_server_belongs_to_somebody_else(ws: Workspace, address: str) -> None:
    accounts_of(ws, [("Bob Builder", address)])
    accounts_of_tool(ws, [BOB])
    assert len(ws.session.scalars(select(Person)).all()) == 2


def test_a_former_login_in_git_belongs_to_whom_github_answers_with_the_same_number(ws: Workspace) -> None:
    accounts_of(ws, [("Bob Builder", "2+former@users.noreply.github.com")])
    bob = github_answers.account({"login": "bob", "id": 2, "type": "User"}, "github.com")
    assert bob
    accounts_of_tool(ws, [bob])
    assert ws.session.scalars(select(Person.name)).all() == ["Bob Builder"]


def test_users_of_two_servers_with_one_number_are_two(ws: Workspace) -> None:
    servers = {"gitlab.com": "Ada", "gitlab.example.org": "Bob"}
    answered = [gitlab_answers.account({"id": 7, "username": "u", "name": name}, at) for at, name in servers.items()]
    accounts_of_tool(ws, [each for each in answered if each])
    assert sorted(ws.session.scalars(select(Person.name))) == ["Ada", "Bob"]


def test_a_commit_of_a_known_account_is_by_the_same_person_though_its_login_changed(ws: Workspace) -> None:
    accounts_of_tool(ws, [BOB])
    accounts_of(ws, [("Bob Builder", "2+former@users.noreply.github.com"), ("Bob", "3+bob@users.noreply.github.com")])
    assert sorted(ws.session.scalars(select(Person.name))) == ["Bob", "bob"]


def test_a_commit_under_an_e_mail_that_a_tool_showed_is_by_the_same_person_after_a_merge(ws: Workspace) -> None:
    accounts_of_tool(ws, [ADA])
    survivor = added(ws, Person(name="Ada Lovelace", email="ada@home.example"))
    ws.session.execute(update(Account).values(person_id=survivor))
    ws.session.execute(delete(Person).where(Person.id != survivor))
    accounts_of(ws, [("Ada", "ADA@example.org")])
    git = select(Account.person_id, Account.name, Account.email).where(Account.kind == SourceKind.GIT)
    assert ws.session.execute(git).all() == [(survivor, "Ada", "ada@example.org")]


def test_an_e_mail_that_is_shown_later_is_kept_and_a_name_that_changed_too(ws: Workspace) -> None:
    accounts_of_tool(ws, [ADA])
    accounts_of_tool(ws, [SeenAccount(ADA.kind, ADA.identity, "lovelace")])
    assert ws.session.execute(select(Account.name, Account.email)).all() == [("lovelace", "ada@example.org")]


def test_a_program_is_known_by_the_tool_or_by_its_name(ws: Workspace) -> None:
    programs = [
        SeenAccount(SourceKind.GITHUB, "github.com/4", "release-train", is_bot=True),
        SeenAccount(SourceKind.GITHUB, "github.com/5", "dependabot[bot]"),
    ]
    accounts_of_tool(ws, [*programs, BOB])
    assert dict(ws.session.execute(select(Person.name, Person.is_bot)).all()) == {
        "release-train": True,
        "dependabot[bot]": True,
        "bob": False,
    }


def test_forgetting_a_source_forgets_who_is_known_only_by_it(ws: Workspace) -> None:
    source = a_source(ws)
    member = added(ws, Person(name="Bob", email=None))
    added(ws, Account(person_id=member, kind=BOB.kind, identity=BOB.identity, name="bob"))
    added(ws, TeamMember(project_id=source.project_id, person_id=member))
    told(ws, source, pull_requests=(a_pull_request(),), reviews=(a_review(),))
    forget_delivery(ws, source)
    assert (persons(ws, "ada", "bob"), ws.session.scalars(select(Person.name)).all()) == ([], ["Bob"])
