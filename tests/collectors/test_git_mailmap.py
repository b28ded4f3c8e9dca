"""What a .mailmap says, line by line, is what git makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from maestro_core.collectors.git_columns import Former
from maestro_core.collectors.git_mailmap import former_contacts
from tests.repositories import a_collector, a_lively_repository, a_repository

LINES = (
    "Ada Lovelace <ada@new.org> <ada@old.org>",
    "Ada Lovelace <Ada@New.org> ada <ADA@old.org> # since 2020",
    "\tAda  Lovelace\t<ada@new.org>\t<ada@old.org>",
    "<ada@new.org> <ada@old.org>",
    "Ada Lovelace <ada@old.org>",
    "Ada Lovelace <ada@new.org> nobody",
    "Ada <ada@new.org> <ada@old.org> <third@x.org>",
    "# Ada <ada@new.org> <ada@old.org>",
    " # Ada <ada@new.org> <ada@old.org>",
    "Ada <ada@new.org",
    "Ada <> <ada@old.org>",
    "Ada <ada@new.org> <>",
    "Ada <<ada@new.org>> <ada@old.org>",
    "<img src=x> <ada@old.org>",
    "",
)


@pytest.mark.parametrize("line", LINES)
def test_a_line_stands_for_whom_git_takes_it(tmp_path: Path, line: str) -> None:
    repository = a_repository(tmp_path / "app")
    repository.write(".mailmap", line + "\n")
    for told in former_contacts(line):
        name, email = told.former_name or "ada", told.former_email
        by_git = repository.git("check-mailmap", f"{name} <{email}>")
        assert by_git.lower() == f"{told.name or name} <{told.email}>".lower()
    name, email = "ada", "ada@old.org"
    if repository.git("check-mailmap", f"{name} <{email}>") == f"{name} <{email}>":
        about = [told for told in former_contacts(line) if told.former_email == email]
        assert all(told.former_name not in ("", name) for told in about)


def test_only_lines_about_the_people_of_a_batch_are_told_with_it(tmp_path: Path) -> None:
    repository = a_lively_repository(tmp_path / "app")
    repository.write(".mailmap", "Ada L. <ada@example.org> <a@b.org>\nZoe <zoe@example.org> <z@b.org>\n")
    repository.commit_all("Say who is who")
    told = {line for batch in a_collector(repository, tmp_path).collect({}) for line in batch.former}
    assert told == {Former("Ada L.", "ada@example.org", "", "a@b.org")}


@pytest.mark.parametrize("content", [b"Ada \xff <ada@example.org> <a\x00@b.org>\n", b"\x00" * 9, b"<" * 9_000])
def test_a_mailmap_of_anything_stops_nothing(tmp_path: Path, content: bytes) -> None:
    repository = a_lively_repository(tmp_path / "app")
    repository.write(".mailmap", content)
    repository.commit_all("Odd")
    assert all(not batch.former for batch in a_collector(repository, tmp_path).collect({}))
