"""Who is who by the .mailmap of the default branch: git applies it to authors itself, but not to trailers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from maestro_core.collectors.git_columns import Contact, Former
from maestro_core.collectors.git_mirror import Held, lines_of

LARGEST = 8_000_000
"""Bytes of a .mailmap whose lines are read: no project has so many people."""
_TOLD = re.compile(r"(.*?) ?<([^<>]*)>")
_LINE = re.compile(r"(?!#)([^<]*)<([^>]+)>(?:([^<]*)<([^>]*)>)?")


@dataclass
class Mailmap:
    """Asks git for the contacts that it has not asked for just before."""

    mirror: Held
    _known: dict[Contact, Contact] = field(default_factory=dict)

    def contacts(self, told: Iterable[Contact]) -> dict[Contact, Contact]:
        """Each contact as the .mailmap spells it."""
        wanted = set(told)
        if not wanted or self._answer.endswith(b" missing\n"):
            return {}
        new = sorted(wanted - self._known.keys())
        self._known = {contact: self._known[contact] for contact in wanted if contact in self._known}
        self._known |= dict(zip(new, self._asked(new), strict=True))
        return self._known

    def former(self, emails: Iterable[str]) -> tuple[Former, ...]:
        """What the .mailmap says about these addresses."""
        wanted = {email.lower() for email in emails} if self._lines else set()
        return tuple(line for email in sorted(wanted & self._lines.keys()) for line in self._lines[email])

    @cached_property
    def _answer(self) -> bytes:
        return self.mirror.mailmap()

    @cached_property
    def _lines(self) -> dict[str, list[Former]]:
        """By the author's address."""
        lines: dict[str, list[Former]] = {}
        for line in former_contacts(self._text()):
            lines.setdefault(line.email, []).append(line)
        return lines

    def _text(self) -> str:
        blob = re.fullmatch(rb"\w+ blob (\d+)\n", self._answer)
        if not blob or int(blob[1]) > LARGEST:
            return ""
        return self.mirror.output("cat-file", "blob", "HEAD:.mailmap").decode(errors="replace")

    def _asked(self, new: list[Contact]) -> list[Contact]:
        if not new:
            return []
        with lines_of([f"{name} <{email}>" for name, email in new]) as stdin:
            answers = self.mirror.output("check-mailmap", "--stdin", stdin=stdin).decode(errors="replace")
        told = [_TOLD.fullmatch(answer) for answer in answers.split("\n")[:-1]]
        return [(each[1], each[2]) if each else contact for each, contact in zip(told, new, strict=True)]


def former_contacts(text: str) -> Iterator[Former]:
    r"""The lines of a .mailmap, as git reads them; addresses in lower case.

    >>> list(former_contacts("# who is who\nAda <Ada@x.org> <old@x.org>\nBob <bob@x.org>"))[0]
    Former(name='Ada', email='ada@x.org', former_name='', former_email='old@x.org')
    """
    for line in text.split("\n"):
        told = _LINE.match(line)
        if told and "\0" not in line and told[2].strip():
            name, email, former_name, former_email = ((part or "").strip() for part in told.groups())
            yield Former(name, email.lower(), former_name, (former_email or email).lower())
