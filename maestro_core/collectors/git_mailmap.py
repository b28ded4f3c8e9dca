"""Who is who by the .mailmap of the default branch: git applies it to authors itself, but not to trailers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from maestro_core.collectors.git_columns import Contact
from maestro_core.collectors.git_mirror import Held, lines_of

_TOLD = re.compile(r"(.*?) ?<([^<>]*)>")


@dataclass
class Mailmap:
    """Asks git for the contacts that it has not asked for just before."""

    mirror: Held
    _is_there: bool | None = None
    _known: dict[Contact, Contact] = field(default_factory=dict)

    def contacts(self, told: Iterable[Contact]) -> dict[Contact, Contact]:
        """Each contact as the .mailmap spells it."""
        wanted = set(told)
        if not wanted or not self._applies():
            return {}
        new = sorted(wanted - self._known.keys())
        self._known = {contact: self._known[contact] for contact in wanted if contact in self._known}
        self._known |= dict(zip(new, self._asked(new), strict=True))
        return self._known

    def _applies(self) -> bool:
        if self._is_there is None:
            self._is_there = not self.mirror.mailmap().endswith(b" missing\n")
        return self._is_there

    def _asked(self, new: list[Contact]) -> list[Contact]:
        if not new:
            return []
        with lines_of([f"{name} <{email}>" for name, email in new]) as stdin:
            answers = self.mirror.output("check-mailmap", "--stdin", stdin=stdin).decode(errors="replace")
        told = [_TOLD.fullmatch(answer) for answer in answers.split("\n")[:-1]]
        return [(each[1], each[2]) if each else contact for each, contact in zip(told, new, strict=True)]
