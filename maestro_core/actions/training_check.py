"""Whether what was learned can be learned again: the last run of each question, refitted to the same numbers."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from maestro_core.access import Permission
from maestro_core.actions.training import Door, latest_runs
from maestro_core.actions.training_questions import QUESTIONS, Portfolio, learn, portfolio_now
from maestro_core.errors import NotEnoughData
from maestro_core.learning.libraries import libraries
from maestro_core.reports import records

RELATIVE = 1e-9
"""How far two numbers may be apart that count as the same."""

KEPT = ("rows", "settings", "metrics", "coefficients")


@dataclass(frozen=True)
class Refitted:
    """A question, and whether its last run gives the same numbers again; None where the facts have changed since."""

    question: str
    is_equal: bool | None
    told: str


def verify_training(door: Door) -> list[Refitted]:
    """Refit the last run of each question from the facts it was learned from, and compare; nothing is stored.

    The facts are the same where their hash is the one stored with the run. Settings but the versions of libraries,
    metrics and coefficients must agree to 1e-9 of their size, with one thread. Correlations are counted, not fitted:
    they are left out. No run gives the empty list.
    """
    with door() as ws:
        ws.require(Permission.TRAIN, action="training_check.verify_training")
        portfolio, runs = portfolio_now(ws), records(latest_runs(ws))
    fitted = [run for run in runs if run["question"] in QUESTIONS]
    return [_refitted(portfolio, run) for run in sorted(fitted, key=lambda run: run["question"])]


def differences(stored: Any, refitted: Any, at: str = "") -> Iterator[str]:
    """Where two JSON values differ, in words; numbers by more than 1e-9 of their size.

    >>> list(differences({"n": 3, "mean": 2.0}, {"n": 3, "mean": 2.1}))
    ['mean was 2.0, is 2.1']
    >>> list(differences([1.0, None], [1.0 + 1e-12, None]))
    []
    """
    if isinstance(stored, dict) and isinstance(refitted, dict):
        for key in sorted(stored.keys() | refitted.keys()):
            yield from differences(stored.get(key), refitted.get(key), f"{at}.{key}".strip("."))
    elif isinstance(stored, list) and isinstance(refitted, list) and len(stored) == len(refitted):
        for place, pair in enumerate(zip(stored, refitted, strict=True)):
            yield from differences(*pair, f"{at}[{place}]")
    elif not _same(stored, refitted):
        yield f"{at} was {stored}, is {refitted}"


def _same(stored: Any, refitted: Any) -> bool:
    if isinstance(stored, int | float) and isinstance(refitted, int | float):
        return math.isclose(stored, refitted, rel_tol=RELATIVE, abs_tol=1e-12)
    return bool(stored == refitted)


def _refitted(portfolio: Portfolio, run: dict[str, Any]) -> Refitted:
    # Whoever learned on another day saw other weights of time.
    then = replace(portfolio, now=run["trained_at"])
    if then.data_hash != run["data_hash"]:
        return Refitted(run["question"], None, "the facts have changed since; learn anew, then verify")
    try:
        again = learn(then, run["question"]).run
    except NotEnoughData as missing:
        return Refitted(run["question"], False, missing.message)
    found = list(differences(_comparable(run), _comparable({name: getattr(again, name) for name in KEPT})))
    if not found:
        return Refitted(run["question"], True, f"refitted from {again.rows} projects to the same numbers")
    more = f", and {len(found) - 1} more differ" if len(found) > 1 else ""
    return Refitted(run["question"], False, f"not the same: {found[0]}{more}{_other_libraries(run)}")


def _comparable(run: dict[str, Any]) -> Any:
    """What a run keeps, as JSON gives it back, without the versions of libraries."""
    settings = {name: value for name, value in run["settings"].items() if name != "libraries"}
    return json.loads(json.dumps({name: run[name] for name in KEPT} | {"settings": settings}))


def _other_libraries(run: dict[str, Any]) -> str:
    here, then = libraries(), run["settings"].get("libraries", {})
    other = [f"{name} {then.get(name, 'unknown')}, here {here[name]}" for name in here if then.get(name) != here[name]]
    return f" (learned with {'; '.join(other)})" if other else ""
