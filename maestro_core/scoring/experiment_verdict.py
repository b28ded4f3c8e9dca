"""What an experiment shows, in a sentence: from the interval that holds at this moment, and from no other."""

from __future__ import annotations

from maestro_core.scoring.effects import ALPHA, Effect
from maestro_core.scoring.experiment_metrics import ExperimentMetric
from maestro_core.scoring.experiment_results import Comparison
from maestro_core.terms import Better


def shown_effect(told: Comparison, *, is_final: bool) -> Effect | None:
    """The effect that may be read now: at the planned end the fixed interval, before it the always-valid one."""
    if not is_final:
        return told.looked
    return told.adjusted or told.absolute


def is_shown(told: Comparison, *, is_final: bool) -> bool | None:
    """Whether a difference is shown; None where nothing can be said."""
    if is_final:
        p_value = told.p_value if told.corrected_p_value is None else told.corrected_p_value
        return None if p_value is None else p_value < ALPHA
    return None if told.looked is None else told.looked.low > 0 or told.looked.high < 0


def verdict(told: Comparison, metric: ExperimentMetric, *, is_final: bool) -> str:
    """The sentence; `is_final` where the planned number of units ended before the stop.

    >>> from maestro_core.scoring.experiment_metrics import METRICS
    >>> from maestro_core.scoring.experiment_results import Arm
    >>> told = Comparison("pairs", Arm(9, 50.0, 5.0), Arm(9, 58.0, 5.0), looked=Effect(8.0, 1.0, 15.0))
    >>> verdict(told, METRICS["success"], is_final=False)
    '“pairs” is better: +8 points (95 % interval +1 to +15), however often one looks.'
    """
    shown, effect = is_shown(told, is_final=is_final), shown_effect(told, is_final=is_final)
    if shown is None:
        return f"Nothing can be said of “{told.variant}” yet. {told.reason or ''}".strip()
    span = f" (95 % interval {in_words(effect.low, metric)} to {in_words(effect.high, metric)})" if effect else ""
    by = f"{in_words(effect.value, metric)}{_unit(metric)}{span}" if effect else ""
    grounds = _grounds(told) if is_final else "however often one looks"
    if shown:
        return f"“{told.variant}” is {_direction(effect, metric)}: {by}, {grounds}."
    return f"No difference of “{told.variant}” is shown{'' if is_final else ' so far'}: {by}, {grounds}."


def in_words(value: float, metric: ExperimentMetric) -> str:
    """An effect with its sign; shares in percentage points.

    >>> from maestro_core.scoring.experiment_metrics import METRICS
    >>> in_words(-3.26, METRICS["duration"]), in_words(0.125, METRICS["succeeded"])
    ('−3.3', '+12')
    """
    scaled = 100 * value if metric.unit == "share" else value
    digits = f"{abs(scaled):,.0f}" if abs(scaled) >= 10 else f"{abs(scaled):.2g}"
    sign = "−" if scaled < 0 else "+"
    return digits if digits in {"0", "0.0"} else f"{sign}{digits}"


def _unit(metric: ExperimentMetric) -> str:
    return {"share": " percentage points", "currency": ""}.get(metric.unit, f" {metric.unit}")


def _grounds(told: Comparison) -> str:
    corrected = told.corrected_p_value is not None and told.corrected_p_value != told.p_value
    p_value = told.corrected_p_value if corrected else told.p_value
    figure = "< 0.001" if p_value is not None and p_value < 0.001 else f"= {p_value:.2g}"
    return f"p {figure}{' after correction' if corrected else ''} by {told.method}"


def _direction(effect: Effect | None, metric: ExperimentMetric) -> str:
    if effect is None:
        return "different"
    is_higher = effect.value > 0
    if metric.better is Better.NEITHER:
        return "higher" if is_higher else "lower"
    return "better" if is_higher == (metric.better is Better.HIGHER) else "worse"
