"""How effects and p-values read on a page."""

from __future__ import annotations

from maestro_core.scoring.effects import Effect
from maestro_core.scoring.experiment_metrics import METRICS
from maestro_core.scoring.experiment_verdict import in_words

METRIC_TITLES = {name: metric.title for name, metric in METRICS.items()}


def effect_text(effect: Effect | None, metric: str, unit: str) -> str:
    """An effect with its interval and unit, or a dash.

    >>> effect_text(Effect(8.2, 1.1, 15.3), "success", "points"), effect_text(None, "success", "points")
    ('+8.2 points (+1.1 to +15)', '–')
    """
    if effect is None:
        return "–"
    known = METRICS[metric]
    told = {"share": "percentage points"}.get(unit, unit)
    return f"{in_words(effect.value, known)} {told} ({in_words(effect.low, known)} to {in_words(effect.high, known)})"


def relative_text(effect: Effect | None) -> str:
    """A relative effect in per cent of the control's mean.

    >>> relative_text(Effect(0.082, -0.01, 0.153))
    '+8 % (−1 to +15)'
    """
    if effect is None:
        return "–"
    low, value, high = (_signed(100 * part) for part in (effect.low, effect.value, effect.high))
    return f"{value} % ({low} to {high})"


def p_text(p_value: float | None) -> str:
    """A p-value as people write it.

    >>> p_text(0.0004), p_text(0.0042), p_text(0.51), p_text(None)
    ('p < .001', 'p = .004', 'p = .51', 'no p-value')
    """
    if p_value is None:
        return "no p-value"
    if p_value < 0.001:
        return "p < .001"
    digits = f"{p_value:.3f}" if p_value < 0.01 else f"{p_value:.2f}"
    return f"p = {digits.removeprefix('0')}"


def _signed(value: float) -> str:
    return f"{'−' if value < 0 else '+'}{abs(value):.0f}"
