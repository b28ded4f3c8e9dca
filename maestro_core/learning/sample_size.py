"""How many known outcomes there must be before anything is learnt from them."""

from __future__ import annotations

from maestro_core.errors import NotEnoughData


def require(n: int, *, minimum: int, what: str) -> None:
    """Raise NotEnoughData, saying how many more are needed, when fewer than `minimum` are there."""
    if n >= minimum:
        return
    missing = minimum - n
    raise NotEnoughData(
        f"{what} needs {minimum} past projects with a known outcome; there are {n}, so {missing} more "
        f"{'are' if missing > 1 else 'is'} needed",
        advice=f"Enter the outcome of {missing} more finished project{'s' if missing > 1 else ''}.",
    )
