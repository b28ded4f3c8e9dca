"""What an experiment shows: its variants in numbers, each metric compared, and whether the assignment held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import select

from maestro_core.models import Experiment, Variant
from maestro_core.reports import Frame, Report
from maestro_core.reports.experiment_outcomes import counted_rows, metrics_of, users_of
from maestro_core.scoring.effects import sample_ratio_p_value
from maestro_core.scoring.experiment_metrics import METRICS
from maestro_core.scoring.experiment_results import Comparison, compare, looks, units_of
from maestro_core.scoring.experiment_verdict import verdict
from maestro_core.scoring.trials import benjamini_hochberg, holm
from maestro_core.terms import Better, ExperimentState, ExperimentUnit, Measured
from maestro_core.workspace import Workspace

SINGLE_LOOK: dict[str, Any] = dict.fromkeys(
    ("absolute", "relative", "adjusted", "narrower", "exact_p_value", "belief", "p_value", "corrected_p_value")
)


class VariantFacts(Report):
    """A variant in numbers. Units are teams or projects, whichever are assigned."""

    name: str
    description: str
    weight: float
    projects: int
    units: int
    measured: int
    """Units of which the primary metric is known."""
    expected: float | None
    """Units that its weight leads to expect."""
    used_artifact: int | None
    """Projects that used the artifact after they were assigned, where the experiment is about one."""


class MetricResult(Report):
    """One metric, each treatment against the control."""

    metric: str
    title: str
    unit: str
    better: Better
    is_primary: bool
    correction: str
    comparisons: list[Comparison]
    """Before the planned end only with the interval that holds at every look."""
    values: Frame
    """One row for each unit: unit, variant, stratum, value, forecast, ended_at."""


def variants_of(ws: Workspace, experiment: Experiment, rows: pd.DataFrame) -> list[VariantFacts]:
    """The control first."""
    found = ws.session.scalars(select(Variant).where(Variant.experiment_id == experiment.id).order_by(Variant.place))
    named = list(found)
    by_team = experiment.unit is ExperimentUnit.TEAM
    unit = rows["team"] if by_team else rows["project_id"]
    drawn = unit[rows["variant"].notna()].nunique()
    used = _uses(ws, experiment, rows)
    measured = rows[experiment.primary_metric].notna()
    total = sum(variant.weight for variant in named)
    return [
        VariantFacts(
            name=variant.name,
            description=variant.description,
            weight=variant.weight,
            projects=int((rows["variant"] == variant.name).sum()),
            units=unit[rows["variant"] == variant.name].nunique(),
            measured=unit[(rows["variant"] == variant.name) & measured].nunique(),
            expected=drawn * variant.weight / total if drawn else None,
            used_artifact=None if used is None else int((used & (rows["variant"] == variant.name)).sum()),
        )
        for variant in named
    ]


def sample_ratio(experiment: Experiment, variants: list[VariantFacts], *, measured: bool) -> Measured[float]:
    """How likely such uneven variants are by chance: of the units assigned, or of those measured.

    A seeded assignment keeps the first. The second falls where one variant loses units that another keeps.
    """
    counts = [variant.measured if measured else variant.units for variant in variants]
    if experiment.state is ExperimentState.DRAFT or not sum(counts):
        return Measured[float].missing("nothing is measured yet" if measured else "nothing is assigned yet")
    weights = [variant.weight for variant in variants]
    return Measured(value=sample_ratio_p_value(counts, weights), sample=sum(counts))


def is_final(experiment: Experiment, variants: list[VariantFacts]) -> bool:
    """Stopped, with as many units measured as were planned: only then does an interval for one look hold.

    With more, it holds for those that had ended when the planned number had: see `planned_end`.
    """
    measured = sum(variant.measured for variant in variants)
    return experiment.state is ExperimentState.STOPPED and measured >= experiment.planned_units


def planned_end(experiment: Experiment, rows: pd.DataFrame) -> datetime | None:
    """When the planned number of units had ended, where more did until the stop; else None.

    Whoever goes on and stops when it looks well would have looked often: a single look is one whose moment was fixed
    before, whatever came of it. What ended at the same moment counts too.
    """
    if experiment.state is not ExperimentState.STOPPED:
        return None
    ends = sorted(_units(experiment, experiment.primary_metric, rows)["ended_at"])
    last = ends[experiment.planned_units - 1 : experiment.planned_units]
    return last[0].to_pydatetime() if last and ends[-1] > last[0] else None


def results(
    ws: Workspace, experiment: Experiment, rows: pd.DataFrame, variants: list[VariantFacts]
) -> list[MetricResult]:
    """Each metric compared: the primary one corrected by Holm, all further ones together by Benjamini–Hochberg."""
    if experiment.state is ExperimentState.DRAFT:
        return []
    told = [_result(ws, experiment, metric, rows, variants) for metric in metrics_of(experiment)]
    corrected = [*_corrected(told[:1], method="Holm"), *_corrected(told[1:], method="Benjamini–Hochberg")]
    return corrected if is_final(experiment, variants) else [_for_looking(result) for result in corrected]


def looks_over_time(experiment: Experiment, rows: pd.DataFrame, variants: list[VariantFacts]) -> pd.DataFrame:
    """The always-valid interval of the primary metric after each unit that ended, for each treatment."""
    units = _units(experiment, experiment.primary_metric, rows)
    control, *treatments = [variant.name for variant in variants]
    told = [
        looks(units, control=control, treatment=name, planned=experiment.planned_units).assign(variant=name)
        for name in treatments
    ]
    columns = ["variant", "ended_at", "units", "value", "low", "high"]
    filled = [frame for frame in told if len(frame)]
    return pd.concat(filled, ignore_index=True)[columns] if filled else pd.DataFrame(columns=columns)


def verdicts(told: list[MetricResult], *, is_final: bool) -> list[str]:
    """What the primary metric shows of each treatment, in a sentence each."""
    primary = [result for result in told if result.is_primary]
    return [
        # With the organisation's currency, where that is the unit.
        verdict(each, replace(METRICS[result.metric], unit=result.unit), is_final=is_final)
        for result in primary
        for each in result.comparisons
    ]


def running_warnings(experiment: Experiment, variants: list[VariantFacts], rows: pd.DataFrame) -> list[str]:
    """What may mislead a reader of the results."""
    return [] if experiment.state is ExperimentState.DRAFT else list(_misleading(experiment, variants, rows))


def _misleading(experiment: Experiment, variants: list[VariantFacts], rows: pd.DataFrame) -> Iterator[str]:
    missing = {variant.name: variant.units - variant.measured for variant in variants}
    if any(missing.values()):
        what = "team" if experiment.unit is ExperimentUnit.TEAM else "project"
        told = ", ".join(f"{count} {what}{'s' * (count != 1)} assigned to “{name}”" for name, count in missing.items())
        yield (
            f"Without an outcome since the start: {told}. What takes long is counted last, which can mislead until it "
            "is; what had ended before the start is never counted."
        )
    if experiment.state is ExperimentState.STOPPED and not is_final(experiment, variants):
        yield (
            "It was stopped before the planned number of units had ended: only the interval that holds at every look "
            "is told, since one for a single look would not hold."
        )
    fixed = planned_end(experiment, rows)
    if fixed is not None:
        yield (
            f"More units ended than the {experiment.planned_units} that were planned: the result counts those that had "
            f"ended by {fixed:%d %B %Y}, when these were. Later ones are told in the looks over time only, since a "
            "stop that is chosen while the numbers come in is no single look."
        )
    if experiment.unit is ExperimentUnit.PROJECT and rows["team"].nunique() < len(rows) / 3:
        yield "Few teams bring many projects each: what is shown holds for these teams more than for others."


def _result(
    ws: Workspace, experiment: Experiment, metric: str, rows: pd.DataFrame, variants: list[VariantFacts]
) -> MetricResult:
    known = METRICS[metric]
    units = _units(experiment, metric, rows)
    control, *treatments = [variant.name for variant in variants]
    return MetricResult(
        metric=metric,
        title=known.title,
        unit=ws.tenant.currency if known.unit == "currency" else known.unit,
        better=known.better,
        is_primary=metric == experiment.primary_metric,
        correction="",
        comparisons=[
            compare(
                units,
                control=control,
                treatment=name,
                planned=experiment.planned_units,
                better=known.better,
                is_share=known.is_share and experiment.unit is ExperimentUnit.PROJECT,
            )
            for name in treatments
        ],
        values=units,
    )


def _units(experiment: Experiment, metric: str, rows: pd.DataFrame) -> pd.DataFrame:
    told = counted_rows(rows[rows["variant"].notna()], metric)
    return units_of(told, by_team=experiment.unit is ExperimentUnit.TEAM)


def _corrected(told: list[MetricResult], *, method: str) -> list[MetricResult]:
    """The same with p-values that are corrected for each other."""
    known = [each.p_value for result in told for each in result.comparisons if each.p_value is not None]
    corrected = iter(holm(known) if method == "Holm" else benjamini_hochberg(known))
    return [
        result.model_copy(
            update={
                "correction": method,
                "comparisons": [
                    each if each.p_value is None else replace(each, corrected_p_value=next(corrected))
                    for each in result.comparisons
                ],
            }
        )
        for result in told
    ]


def _for_looking(result: MetricResult) -> MetricResult:
    """The same without what holds for a single look at the planned end only: whoever has it would read it."""
    shown = [replace(each, **SINGLE_LOOK, method="") for each in result.comparisons]
    return result.model_copy(update={"comparisons": shown})


def _uses(ws: Workspace, experiment: Experiment, rows: pd.DataFrame) -> pd.Series[bool] | None:
    if experiment.artifact_id is None:
        return None
    told = rows[["project_id", "assigned_at"]].merge(users_of(ws, experiment.artifact_id), on="project_id", how="left")
    return told["last_used_at"] >= told["assigned_at"]
