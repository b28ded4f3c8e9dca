"""Which run the jobs of a child pipeline belong to: that of the pipeline which began it, as people see it in GitLab.

Only GraphQL tells who began a pipeline. A child may have children itself, but these may not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from maestro_core.collectors.listings import Row
from maestro_core.terms import UNREADABLE

SOURCE = "parent_pipeline"
AT_ONCE = 10
"""GitLab answers no question that it takes for too complex: twenty of these are."""
BEGUN = "sourceJob { name } upstream { id child sourceJob { name } upstream { id } }"
UNKNOWN_PARENTS = (UNREADABLE, "child pipelines", "GitLab does not tell which pipelines began some of them.")


@dataclass(frozen=True)
class Parent:
    """The run that a child pipeline belongs to, and the jobs that led from it to the child."""

    run: str
    through: str


def question(count: int) -> str:
    """Who began so many pipelines, in GraphQL; their numbers within the project are its variables.

    >>> question(1).partition(" { sourceJob")[0]
    'query($path: ID!, $iid0: ID!) { project(fullPath: $path) { child0: pipeline(iid: $iid0)'
    """
    variables = ", ".join(f"$iid{place}: ID!" for place in range(count))
    asked = " ".join(f"child{place}: pipeline(iid: $iid{place}) {{ {BEGUN} }}" for place in range(count))
    return f"query($path: ID!, {variables}) {{ project(fullPath: $path) {{ {asked} }} }}"


def parents(rows: list[Row], told: Row) -> dict[Any, Parent]:
    """The parents of these pipelines, by their keys, as far as GraphQL told them."""
    found = {row["id"]: _parent(told.get(f"child{place}")) for place, row in enumerate(rows)}
    return {key: parent for key, parent in found.items() if parent}


def _parent(child: Any) -> Parent | None:
    jobs = []
    while isinstance(child, dict) and isinstance(above := child.get("upstream"), dict):
        jobs.append(str((child.get("sourceJob") or {}).get("name") or "child pipeline"))
        if not above.get("child"):
            return Parent(str(above.get("id")).rpartition("/")[2], " / ".join(reversed(jobs)))
        child = above
    return None
