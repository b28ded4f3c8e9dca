"""What an experiment can find before it starts, and what speaks against starting it so."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from sqlalchemy import func, select

from maestro_core.models import Assignment, Experiment
from maestro_core.reports.experiment_outcomes import past_spread
from maestro_core.reports.experiment_results import VariantFacts
from maestro_core.scoring.experiment_design import Power, fewest_per_arm, power_of, spread_of_teams
from maestro_core.scoring.experiment_metrics import METRICS
from maestro_core.scoring.experiment_words import amount_in_words
from maestro_core.scoring.trials import POWER
from maestro_core.terms import ExperimentState, ExperimentUnit, percent
from maestro_core.workspace import Workspace

LARGE = 0.8
"""Cohen's large effect: what needs to be larger than that to be seen is seldom seen."""


def power_before(
    experiment: Experiment, variants: list[VariantFacts], rows: pd.DataFrame, facts: pd.DataFrame
) -> Power:
    """The power of the planned number of units, with the spread of past projects; of teams as far as that is known."""
    total = sum(variant.weight for variant in variants)
    sizes = [int(experiment.planned_units * variant.weight / total) for variant in variants]
    return power_of(
        sizes[0],
        min(sizes[1:]),
        spread=_spread(experiment, rows, facts),
        worthwhile=experiment.worthwhile,
        comparisons=len(variants) - 1,
    )


def design_warnings(ws: Workspace, experiment: Experiment, power: Power, rows: pd.DataFrame) -> list[str]:
    """What speaks against the design; nothing once it has started."""
    if experiment.state is not ExperimentState.DRAFT:
        return []
    return [*_about_power(ws, experiment, power), *_about_enrolment(ws, experiment, rows)]


def _about_power(ws: Workspace, experiment: Experiment, power: Power) -> Iterator[str]:
    if power.detectable is None:
        yield "With fewer than two units in each variant nothing can be found."
    elif power.detectable > LARGE and (power.of_worthwhile or 0) < POWER:
        yield (
            f"Only a very large effect can be found: {_smallest(ws, experiment, power)}. Such effects are rare; plan "
            f"more {_units(experiment)}, or take what is not found for unknown rather than for nothing."
        )
    if power.of_worthwhile is not None and power.of_worthwhile < 0.5:
        yield (
            f"The effect that would matter would be missed more often than found: its power is "
            f"{percent(power.of_worthwhile)}. {power.needed:,} {_units(experiment)} in each variant would find it with "
            "80 %."
        )
    if power.is_too_few_to_tell:
        yield _too_few(experiment, power)


def _too_few(experiment: Experiment, power: Power) -> str:
    """Why no result can count, and how many units could."""
    several = power.comparisons > 1
    corrected = f" after correction for {power.comparisons} comparisons" if several else ""
    smallest = min((power.smallest_p or 0.0) * power.comparisons, 1.0)
    return (
        f"Even the clearest result could not reach p < .05{corrected}: with so few units the smallest p-value is "
        f"{smallest:.2f}. {fewest_per_arm(power.comparisons)} {_units(experiment)} in each variant are the fewest that "
        "can."
    )


def _about_enrolment(ws: Workspace, experiment: Experiment, rows: pd.DataFrame) -> Iterator[str]:
    by_team = experiment.unit is ExperimentUnit.TEAM
    enrolled = rows["team"].nunique() if by_team else len(rows)
    if enrolled < experiment.planned_units:
        yield (
            f"{enrolled} of {experiment.planned_units} planned {_units(experiment)} are enrolled. More may join "
            "after the start; until as many have ended, only looks are possible."
        )
    if not by_team and len(rows) and rows["team"].nunique() == len(rows):
        yield "No two projects share a team: projects are drawn as if each were its own team."
    elsewhere = _in_other_experiments(ws, experiment)
    if elsewhere:
        yield f"{elsewhere} of these projects take part in another running experiment, which may disturb this one."


def _smallest(ws: Workspace, experiment: Experiment, power: Power) -> str:
    """The smallest effect that can be found, in the unit of the metric where that is known."""
    deviations = f"{power.detectable or 0:.1f} standard deviations"
    if power.detectable_effect is None:
        return deviations
    unit = METRICS[experiment.primary_metric].unit
    amount = amount_in_words(power.detectable_effect, ws.tenant.currency if unit == "currency" else unit)
    return f"{amount} ({deviations})"


def _units(experiment: Experiment) -> str:
    """What is counted."""
    return "teams" if experiment.unit is ExperimentUnit.TEAM else "projects"


def _in_other_experiments(ws: Workspace, experiment: Experiment) -> int:
    mine = select(Assignment.project_id).where(Assignment.experiment_id == experiment.id)
    counted = (
        select(func.count(Assignment.project_id.distinct()))
        .join(Experiment, Experiment.id == Assignment.experiment_id)
        .where(Experiment.state == ExperimentState.RUNNING, Experiment.id != experiment.id)
        .where(Assignment.project_id.in_(mine))
    )
    return ws.session.scalar(counted) or 0


def _spread(experiment: Experiment, rows: pd.DataFrame, facts: pd.DataFrame) -> float | None:
    spread = past_spread(facts, experiment.primary_metric)
    if spread is None or experiment.unit is ExperimentUnit.PROJECT or rows.empty:
        return spread
    return spread_of_teams(spread, len(rows) / rows["team"].nunique())
