"""How experiments read on a page: what metrics are called, who is counted, and effects in a cell of a table."""

from __future__ import annotations

from maestro_core.reports.experiments import ExperimentReport
from maestro_core.scoring.effects import Belief, Effect
from maestro_core.scoring.experiment_metrics import METRICS
from maestro_core.scoring.experiment_words import amount_in_words, effect_in_words, p_in_words
from maestro_core.terms import Better, ExperimentUnit, percent, with_sign

METRIC_TITLES = {name: metric.title for name, metric in METRICS.items()}
BETTER = {Better.HIGHER: "more is better", Better.LOWER: "less is better", Better.NEITHER: "neither way is better"}


def metric_with_unit(name: str, currency: str) -> str:
    """What a metric is called, with what it is counted in.

    >>> metric_with_unit("cost", "EUR"), metric_with_unit("succeeded", "EUR"), metric_with_unit("commits", "EUR")
    ('Cost, EUR', 'Share that succeeded, 0 to 1', 'Commits per week')
    """
    metric = METRICS[name]
    if metric.is_weekly:
        return metric.title
    return f"{metric.title}, {'0 to 1' if metric.is_share else unit_of(name, currency)}"


def unit_of(metric: str, currency: str) -> str:
    """The unit of a metric, with the organisation's currency where it is one."""
    unit = METRICS[metric].unit
    return currency if unit == "currency" else unit


def units_word(told: ExperimentReport) -> str:
    """What is counted."""
    return "teams" if told.unit is ExperimentUnit.TEAM else "projects"


def effect_text(effect: Effect | None, unit: str, *, level: str = "") -> str:
    """An effect with its interval and unit, or a dash.

    >>> effect_text(Effect(8.2, 1.1, 15.3), "points"), effect_text(None, "points")
    ('+8.2 points (+1.1 to +15.3)', '–')
    """
    return "–" if effect is None else effect_in_words(effect, unit, level=level)


def relative_text(effect: Effect | None, *, level: str = "") -> str:
    """A relative effect in per cent of the control's mean.

    >>> relative_text(Effect(0.082, -0.01, 0.153)), relative_text(None)
    ('+8 % (−1 to +15)', '–')
    """
    if effect is None:
        return "–"
    low, value, high = (with_sign(100 * part) for part in (effect.low, effect.value, effect.high))
    return f"{value} % ({f'{level} interval ' if level else ''}{low} to {high})"


def loss_text(loss: float | None, unit: str) -> str:
    """What a choice costs on average in case it is the worse one, or a dash.

    >>> loss_text(1234.0, "EUR"), loss_text(0.0512, "points"), loss_text(None, "EUR")
    ('1,234 EUR', '0.051 points', '–')
    """
    return "–" if loss is None else amount_in_words(loss, unit, digits=2)


def chance_text(belief: Belief | None, better: Better) -> str:
    """How likely a variant is better; higher, where no direction is better.

    >>> chance_text(Belief(3, -1, 7, 0.96, 3.1, 0.1), Better.LOWER), chance_text(None, Better.LOWER)
    ('96 %', '–')
    >>> chance_text(Belief(3, -1, 7, 0.9996, 3.1, 0.1), Better.NEITHER)
    'over 99 % (higher)'
    """
    if belief is None:
        return "–"
    return f"{sure_text(belief.better)} (higher)" if better is Better.NEITHER else sure_text(belief.better)


def sure_text(chance: float) -> str:
    """A chance that is never told as certain.

    >>> sure_text(0.96), sure_text(1.0), sure_text(0.001)
    ('96 %', 'over 99 %', 'under 1 %')
    """
    return "over 99 %" if chance > 0.995 else "under 1 %" if chance < 0.005 else percent(chance)


def p_cell(p_value: float | None) -> str:
    """A p-value below a heading that says what it is.

    >>> p_cell(0.0384), p_cell(0.0001), p_cell(None)
    ('.038', '< .001', '–')
    """
    return "–" if p_value is None else p_in_words(p_value).removeprefix("p ").removeprefix("= ")
