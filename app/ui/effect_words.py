"""Effects as people read them: points of success, and shares of duration and cost that are saved."""

from __future__ import annotations

from maestro_core.terms import Target, with_sign

WORDS = {Target.DURATION: ("shorter", "longer"), Target.COST: ("cheaper", "dearer")}
"""What a share above 0 means, and one below."""


def effect(target: Target, value: float) -> str:
    """An effect in words: points of success, or how much shorter or cheaper.

    >>> effect(Target.SUCCESS, 3.21), effect(Target.DURATION, 0.12), effect(Target.COST, -0.05)
    ('+3.2 points', '12 % shorter', '5 % dearer')
    >>> effect(Target.COST, -0.001)
    '0 %'
    """
    if target is Target.SUCCESS:
        return f"{with_sign(value, 1)} points"
    share = _percent(value)
    return f"{share} %" if share == "0" else f"{share} % {_word(target, value)}"


def interval(target: Target, low: float, high: float) -> str:
    """The bounds of an effect in the same words, the worse one first.

    >>> interval(Target.SUCCESS, -1, 2.5), interval(Target.COST, 0.03, 0.2), interval(Target.COST, -0.03, 0.2)
    ('−1.0 to +2.5 points', '3 to 20 % cheaper', '3 % dearer to 20 % cheaper')
    """
    if target is Target.SUCCESS:
        return f"{with_sign(low, 1)} to {with_sign(high, 1)} points"
    if _word(target, low) == _word(target, high):
        return f"{_percent(low)} to {_percent(high)} % {_word(target, high)}"
    return f"{effect(target, low)} to {effect(target, high)}"


def _percent(share: float) -> str:
    return f"{100 * abs(share):.0f}"


def _word(target: Target, share: float) -> str:
    better, worse = WORDS[target]
    return better if share >= 0 else worse
