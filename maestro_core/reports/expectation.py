"""What to expect of one project, running, ended or planned: how sure, why, and beside which projects of the past."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd

from maestro_core.access import Permission
from maestro_core.errors import NotEnoughData, NotFound
from maestro_core.learning import intervals
from maestro_core.learning.explanations import contributions
from maestro_core.learning.partial_dependence import individual_dependence, partial_dependence
from maestro_core.learning.predictors import FEATURES, PREDICTORS, WORDS, Fitted, predict, told
from maestro_core.learning.similar import ALIKE, similar
from maestro_core.reports import Frame, Report, report
from maestro_core.reports.prediction_models import as_text, ended, facts_before, learned, unit_of
from maestro_core.terms import Measured, Target
from maestro_core.workspace import Workspace

OUTCOMES = [predictor.target for predictor in PREDICTORS.values()]


@dataclass(frozen=True)
class PlannedProject:
    """A project as it could be: what is known before its start. What is not known is None."""

    complexity: float | None = None
    team_size: float | None = None
    experience: float | None = None
    artifacts: float | None = None
    domain: str | None = None
    problem_type: str | None = None


class Expected(Report):
    """One target of one project: what to expect with its interval, or why there is none.

    `average` is what the model says of an average past project, `median` the middle of the past, the naive rival.
    `actual` is what came, of a project that has ended: its prediction is then that of a model that did not see it.
    """

    target: Target
    title: str
    unit: str
    expected: Measured[float]
    average: float | None
    median: Measured[float]
    missing: int
    outside: list[str]
    better_than_median: bool | None
    actual: float | None


class Expectation(Report):
    """All that is expected of one project.

    `facts`: feature, value, seen (what past projects had), outside. `contributions`: target, feature, value,
    contribution (on the model's scale), effect (in words), start and end (in the unit: from the average past project,
    fact by fact, to the prediction). `similar`: the past projects nearest to it with distance, facts and outcomes.
    """

    project_id: UUID | None
    name: str
    has_ended: bool
    level: float
    expected: list[Expected]
    facts: Frame
    contributions: Frame
    similar: Frame
    warnings: list[str]


class Dependence(Report):
    """How a prediction hangs on one fact.

    `average`: the mean over the past projects, had all of them this value, and `own`: this project, were only this
    changed; both with at, value, score and seen. `past`: the values that past projects had. `value` is the project's.
    """

    target: Target
    title: str
    unit: str
    feature: str
    is_word: bool
    value: float | str | None
    average: Frame
    own: Frame
    past: list[float | str]


class Usual(Report):
    """What past projects were like: the middle of numbers, the words that were met, and the names of projects."""

    typical: PlannedProject
    seen: dict[str, tuple[float, float]]
    domains: list[str]
    problem_types: list[str]
    projects: Frame


@report(Permission.VIEW)
def expectation(ws: Workspace, *, project_id: UUID, level: float = intervals.LEVEL) -> Expectation:
    """What to expect of a project; one that has ended is told by models that did not learn from it."""
    facts = facts_before(ws)
    row = facts[facts["project_id"] == project_id]
    if row.empty:
        raise NotFound("There is no such project here.")
    return _expectation(row, ended(facts, but=project_id), level, ws.tenant.currency)


@report(Permission.VIEW)
def planned(ws: Workspace, *, plan: PlannedProject, level: float = intervals.LEVEL) -> Expectation:
    """What to expect of a project that does not exist yet; nothing is stored."""
    return _expectation(_row(plan), ended(facts_before(ws)), level, ws.tenant.currency)


@report(Permission.VIEW)
def dependence(
    ws: Workspace, *, target: Target, feature: str, project_id: UUID | None = None, plan: PlannedProject | None = None
) -> Dependence:
    """How the prediction of a target hangs on one feature, on average and for a project or a plan."""
    if feature not in FEATURES:
        raise NotFound(f"Nothing is predicted from {feature}.", advice=f"There are {', '.join(FEATURES)}.")
    facts = facts_before(ws)
    row = _row(plan or PlannedProject()) if project_id is None else facts[facts["project_id"] == project_id]
    if row.empty:
        raise NotFound("There is no such project here.")
    fitted = learned(target, ended(facts, but=project_id), level=intervals.LEVEL)
    value = _own(row[feature].iloc[0])
    return Dependence(
        target=target,
        title=PREDICTORS[target].title,
        unit=unit_of(target, ws.tenant.currency),
        feature=feature,
        is_word=feature in WORDS,
        value=value,
        average=partial_dependence(fitted, feature, also=value),
        own=individual_dependence(fitted, feature, planned=row),
        past=fitted.past[feature].dropna().tolist(),
    )


@report(Permission.VIEW)
def usual(ws: Workspace) -> Usual:
    """What a plan may start from, and which projects can be asked about: running ones first, each group by name."""
    facts = facts_before(ws)
    past, names = ended(facts), facts[["project_id", "name"]].assign(is_running=facts["outcome"].isna())
    numbers = [name for name in FEATURES if name not in WORDS]
    middle: dict[str, Any] = {name: _own(past[name].median()) for name in numbers}
    words: dict[str, Any] = {name: next(iter(past[name].mode()), None) for name in WORDS}
    return Usual(
        typical=PlannedProject(**{name: None if one is None else round(one) for name, one in middle.items()}, **words),
        seen={name: (float(past[name].min()), float(past[name].max())) for name in numbers if past[name].notna().any()},
        domains=sorted(past["domain"].dropna().unique()),
        problem_types=sorted(past["problem_type"].dropna().unique()),
        projects=names.sort_values(["is_running", "name"], ascending=[False, True], ignore_index=True),
    )


def _expectation(row: pd.DataFrame, past: pd.DataFrame, level: float, currency: str) -> Expectation:
    models = dict(_models(past, level))
    answers = {target: predict(fitted, row).iloc[0] for target, fitted in models.items()}
    near, own = _similar(past, row), row.iloc[0]
    facts = _facts(own, models, answers)
    known = {target: _Known(own, past, models.get(target), answers.get(target)) for target in PREDICTORS}
    return Expectation(
        project_id=own["project_id"],
        name=own["name"],
        has_ended=bool(pd.notna(own["outcome"])),
        level=level,
        expected=[_expected(target, one, currency) for target, one in known.items()],
        facts=facts,
        contributions=_contributions(row, models),
        similar=near,
        warnings=[*_beyond(facts if models else facts.head(0)), *_unlike(near)],
    )


def _models(past: pd.DataFrame, level: float) -> Iterator[tuple[Target, Fitted]]:
    for target in PREDICTORS:
        try:
            yield target, learned(target, past, level=level)
        except NotEnoughData:
            continue


@dataclass(frozen=True)
class _Known:
    """A project beside the past, and what was learned from that about one target; None where too little."""

    own: pd.Series[Any]
    past: pd.DataFrame
    fitted: Fitted | None
    answer: pd.Series[Any] | None


def _expected(target: Target, known: _Known, currency: str) -> Expected:
    predictor, fitted, answer = PREDICTORS[target], known.fitted, known.answer
    outcomes = predictor.known(known.past)[predictor.target]
    missing = max(intervals.MINIMUM_FOR_INTERVALS - len(outcomes), 0)
    return Expected(
        target=target,
        title=predictor.title,
        unit=unit_of(target, currency),
        expected=_measured(answer, known=len(outcomes), missing=missing),
        average=None if fitted is None else float(predictor.scale.back(np.array([fitted.baseline]))[0]),
        median=_median(outcomes),
        missing=missing,
        outside=[] if answer is None else answer["outside"],
        better_than_median=None if fitted is None else fitted.skill.better_than_median,
        actual=_own(known.own[predictor.target]) if pd.notna(known.own["outcome"]) else None,
    )


def _median(outcomes: pd.Series[float]) -> Measured[float]:
    if outcomes.empty:
        return Measured.missing("no past project tells")
    return Measured(value=float(outcomes.median()), sample=len(outcomes))


def _measured(answer: pd.Series[Any] | None, *, known: int, missing: int) -> Measured[float]:
    if answer is None:
        return Measured.missing(f"needs {missing} more outcome{'s' if missing > 1 else ''}", sample=known)
    return Measured(**{name: float(answer[name]) for name in ("value", "low", "high")}, sample=known)


def _facts(own: pd.Series[Any], models: dict[Target, Fitted], answers: dict[Target, pd.Series[Any]]) -> pd.DataFrame:
    beyond = {name for answer in answers.values() for name in answer["outside"]}
    rows = [(name, as_text(own[name]), span(_seen(name, models, answers)), name in beyond) for name in FEATURES]
    return pd.DataFrame(rows, columns=["feature", "value", "seen", "outside"])


def _seen(feature: str, models: dict[Target, Fitted], answers: dict[Target, pd.Series[Any]]) -> list[Any]:
    """What past projects had: those of a model that the fact lies beyond, else of the first that was told any."""
    beyond_first = sorted(models, key=lambda target: feature not in answers[target]["outside"])
    return next((seen for target in beyond_first if (seen := told(models[target].seen[feature]))), [])


def span(seen: list[Any]) -> str:
    """A range of numbers, or the words that were met.

    >>> span([2.0, 7.0]), span([3.0, 3.0]), span(["fraud", "vision"]), span([])
    ('2 to 7', '3', 'fraud, vision', '')
    """
    texts = list(dict.fromkeys(str(as_text(one)) for one in seen))
    return (", " if seen and isinstance(seen[0], str) else " to ").join(texts)


def _contributions(row: pd.DataFrame, models: dict[Target, Fitted]) -> pd.DataFrame:
    parts = [_steps(target, row, fitted) for target, fitted in models.items()]
    columns = ["target", "feature", "value", "contribution", "effect", "start", "end"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _steps(target: Target, row: pd.DataFrame, fitted: Fitted) -> pd.DataFrame:
    """From the average past project to the prediction, the largest step first."""
    parts = contributions(fitted, row).sort_values("contribution", key=abs, ascending=False, ignore_index=True)
    reached = fitted.baseline + np.concatenate([[0.0], parts["contribution"].to_numpy(np.float64).cumsum()])
    in_unit = fitted.predictor.scale.back(reached)
    values = parts["feature"].map({name: as_text(row[name].iloc[0]) for name in parts["feature"]})
    return parts.assign(target=target, value=values, start=in_unit[:-1], end=in_unit[1:])


def _similar(past: pd.DataFrame, row: pd.DataFrame) -> pd.DataFrame:
    kept = ["project_id", "name", *FEATURES, "outcome", "finished_at", *OUTCOMES]
    return similar(past, row).merge(past[kept], on="project_id")


def _beyond(facts: pd.DataFrame) -> Iterator[str]:
    for name, value, seen, is_outside in facts.itertuples(index=False):
        fact = name.replace("_", " ").capitalize()
        if is_outside and name in WORDS:
            yield f"{fact}: no past project had “{value}”. It counts as a rare one."
        elif is_outside:
            yield f"{fact} {value} is beyond the {seen} of past projects: the interval does not cover such a leap."
        elif pd.notna(value) and not seen:
            yield f"{fact}: no past project tells it, so that it counts for nothing here."


def _unlike(near: pd.DataFrame) -> Iterator[str]:
    if len(near) and near["distance"].iloc[0] > ALIKE:
        yield f"No past project is much like this one: the nearest is {near['distance'].iloc[0]:.1f} away."


def _row(plan: PlannedProject) -> pd.DataFrame:
    nothing = dict.fromkeys([*OUTCOMES, "outcome", "project_id"])
    return pd.DataFrame([nothing | asdict(plan) | {"name": "A planned project"}])


def _own(value: Any) -> Any:
    """A value as plain Python, None where it is missing."""
    if pd.isna(value):
        return None
    return value if isinstance(value, str) else float(value)
