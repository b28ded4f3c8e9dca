"""What an experiment shows, in a sentence: from the interval that holds at this moment, and from no other."""

from __future__ import annotations

from maestro_core.scoring.effects import ALPHA, Effect
from maestro_core.scoring.experiment_metrics import ExperimentMetric
from maestro_core.scoring.experiment_results import Comparison
from maestro_core.scoring.experiment_words import LEVEL, difference_in_words, effect_in_words, p_in_words
from maestro_core.terms import Better, percent


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
    '“pairs” is better: +8.0 points (95 % interval +1.0 to +15.0), however often one looks.'
    """
    shown, effect = is_shown(told, is_final=is_final), shown_effect(told, is_final=is_final)
    if shown is None:
        return f"Nothing can be said of “{told.variant}” yet. {told.reason or _without_spread(told)}".strip()
    by = _by(told, effect, metric)
    grounds = _grounds(told) if is_final else "however often one looks"
    if shown:
        return f"“{told.variant}” is {_direction(_value(told, effect), metric)}: {by}, {grounds}."
    return f"No difference of “{told.variant}” is shown{'' if is_final else ' so far'}: {by}, {grounds}."


def _without_spread(told: Comparison) -> str:
    """Why shares of none and of all have no interval before the end, however far they are apart."""
    if told.absolute is None:
        return ""
    shares = [percent(arm.mean or 0.0) for arm in (told.control, told.treatment)]
    return f"Within each variant all outcomes are alike ({' against '.join(shares)}): there is no spread to look at."


def _value(told: Comparison, effect: Effect | None) -> float:
    """The effect; where outcomes do not differ within the variants there is no interval, but there are means."""
    if effect:
        return effect.value
    return (told.treatment.mean or 0.0) - (told.control.mean or 0.0)


def _by(told: Comparison, effect: Effect | None, metric: ExperimentMetric) -> str:
    if effect:
        return effect_in_words(effect, metric.unit, level=LEVEL)
    return f"{difference_in_words(_value(told, None), metric.unit)} (no interval)"


def _grounds(told: Comparison) -> str:
    corrected = told.corrected_p_value is not None and told.corrected_p_value != told.p_value
    p_value = told.corrected_p_value if corrected else told.p_value
    return f"{p_in_words(p_value)}{' after correction' if corrected else ''} by {told.method}"


def _direction(value: float, metric: ExperimentMetric) -> str:
    is_higher = value > 0
    if metric.better is Better.NEITHER:
        return "higher" if is_higher else "lower"
    return "better" if is_higher == (metric.better is Better.HIGHER) else "worse"
