"""How far a repository has been read: plain values that become the JSON of a cursor and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self


@dataclass(frozen=True)
class Pass:
    """A walk under way: the commits of `heads` without those of `since`, in git's order; `done` of them are stored."""

    since: tuple[str, ...]
    heads: tuple[str, ...]
    basis: str
    done: int = 0
    last: str = ""
    """The commit at the position before `done`: tells that the order is still the same."""


@dataclass(frozen=True)
class Cursor:
    """All commits of `heads` are stored; `branches` and `basis` tell what else the rows depend on."""

    heads: tuple[str, ...] = ()
    branches: str = ""
    basis: str = ""
    under_way: Pass | None = None
    present: str = ""
    """The commit of the default branch whose files are stored as present."""

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """From a stored cursor; {} is the beginning.

        >>> Cursor.from_json({}) == Cursor()
        True
        """
        if not stored:
            return cls()
        walk = stored["under_way"]
        return cls(
            tuple(stored["heads"]),
            stored["branches"],
            stored["basis"],
            walk and Pass(tuple(walk["since"]), tuple(walk["heads"]), walk["basis"], walk["done"], walk["last"]),
            stored.get("present", ""),  # the first version told no files
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values, equal after a round trip through JSON.

        >>> cursor = Cursor(("a",), "b", "m", Pass((), ("a", "c"), "m", 5, "b"), "a")
        >>> Cursor.from_json(cursor.to_json()) == cursor
        True
        """
        walk = self.under_way
        return {
            "heads": list(self.heads),
            "branches": self.branches,
            "basis": self.basis,
            "present": self.present,
            "under_way": walk
            and {"since": list(walk.since), "heads": list(walk.heads), "basis": walk.basis}
            | {"done": walk.done, "last": walk.last},
        }

    @property
    def shas(self) -> tuple[str, ...]:
        """Every commit that must be known for this cursor to mean something."""
        return self.heads if self.under_way is None else (*self.heads, *self.under_way.heads, *self.under_way.since)

    def at(self, walk: Pass, *, done: int, last: str) -> Self:
        """So many commits of this pass are stored."""
        return replace(self, under_way=replace(walk, done=done, last=last))

    def arrived(self, walk: Pass, *, branches: str, present: str) -> Self:
        """The pass is at its end."""
        return type(self)(walk.heads, branches, walk.basis, present=present)
