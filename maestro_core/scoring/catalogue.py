"""The catalogue of measures: tiles, help texts and docs/METRICS.md are made from it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from maestro_core.terms import Better

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Measure:
    """A definition: what a number means, its unit, and which direction is good news."""

    name: str
    title: str
    unit: str
    better: Better
    definition: str
    source: str
    topic: str

    @property
    def summary(self) -> str:
        """The first paragraph of the definition, as one line."""
        return " ".join(self.definition.split("\n\n")[0].split())


CATALOGUE: dict[str, Measure] = {}


def measure(title: str, *, unit: str, better: Better, source: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Enter a function in the catalogue; its docstring without the example is the definition."""

    def enter(function: Callable[P, R]) -> Callable[P, R]:
        name = function.__name__
        if name in CATALOGUE and CATALOGUE[name].topic != function.__module__.rpartition(".")[2]:
            raise ValueError(f"two measures are called {name}")
        definition = (inspect.getdoc(function) or "").split(">>>")[0].strip()
        topic = function.__module__.rpartition(".")[2]
        CATALOGUE[name] = Measure(name, title, unit, better, definition, source, topic)
        return function

    return enter
