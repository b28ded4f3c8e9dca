"""How effects and p-values read on a page."""

from __future__ import annotations

from app.ui.tiles import number
from maestro_core.scoring.effects import Belief, Effect
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


def loss_text(belief: Belief | None, unit: str) -> str:
    """What adopting a variant costs on average in case it is worse, and what staying costs in case it is better.

    >>> loss_text(Belief(300, -50, 800, 0.9, 1234.0, 12.5), "EUR"), loss_text(None, "EUR")
    ('12.5 EUR · 1,234 EUR', '–')
    """
    if belief is None:
        return "–"
    return f"{number(belief.loss_of_treatment, unit)} · {number(belief.loss_of_control, unit)}"


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
