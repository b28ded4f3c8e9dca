"""What gets me there: the smallest supported change of a plan that is expected to reach a goal."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from maestro_core.errors import InvalidInput
from maestro_core.learning.team_size_curves import BAND, LEVEL, SIZES, Draws, draw, supported
from maestro_core.learning.team_size_model import TeamSizeModel
from maestro_core.learning.team_size_plan import Plan, as_rows
from maestro_core.learning.team_size_seen import LEVERS
from maestro_core.learning.utility import AVERAGE, HALVING, SUCCESS, Utility, points
from maestro_core.terms import Target, percent

VALUES = 24
"""So many values of experience, artifacts and complexity are tried at most."""

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Step:
    """A changed plan and what to expect of it.

    changes: each changed input, from and to; from is None where the plan left it open. value, low, high: expected
    points, median days or currency, with the 80 % band. probability: that the expectation reaches the goal. single:
    that a single such project does, which also scatters by chance. change: standard deviations of the past, summed.
    """

    plan: Plan
    changes: dict[str, tuple[float | None, float]]
    value: float
    low: float
    high: float
    probability: float
    single: float
    change: float


@dataclass(frozen=True)
class Sought:
    """What gets a plan to a goal: the plan as it is, the steps that get there, smallest first, and in words.

    `closest` is the supported plan that comes nearest where no step gets there; None where nothing is supported.
    """

    now: Step
    reached: bool
    steps: tuple[Step, ...]
    closest: Step | None
    sentences: tuple[str, ...]


def seek(
    model: TeamSizeModel,
    plan: Plan,
    *,
    goal: float,
    utility: Utility = SUCCESS,
    levers: Collection[str] = LEVERS,
    sizes: Iterable[int] = SIZES,
    seed: int = 0,
) -> Sought:
    """The smallest supported change of each lever, and of each pair, that is expected to reach the goal.

    The goal is points of success, at most so many days or so much currency, or points of a weighted utility. Levers:
    team size either way; experience and artifacts up; complexity down, which is less scope. The other way they only
    look helpful, where easy projects got by with less. Supported: the team size is one that such projects had, each
    input within its range in the past, and all together no farther from the middle than a past project was. Smallest:
    in standard deviations of past projects, summed. A pair is told where it needs less than either of its levers alone.
    Raises InvalidInput for a lever that there is not, or a goal of no days or no cost.
    """
    if not set(levers) <= set(LEVERS):
        raise InvalidInput(f"What can be changed is {', '.join(LEVERS)}.")
    aim = _aim(model, utility, goal)
    tried = _candidates(model, plan, levers=[name for name in LEVERS if name in levers], sizes=sizes)
    rows, draws = tried.rows, draw(model, tried.rows, seed=seed)
    gain = points(draws, utility, typical=model.typical)
    change = model.seen.change(rows, rows.iloc[:1])
    possible = supported(model, rows) & model.seen.within(rows)
    reaches = gain.mean(axis=0) >= aim
    chosen = [] if reaches[0] else _smallest(tried.moved, change, possible & reaches)

    def step(place: int) -> Step:
        changed, moved = _changed(plan, rows.iloc[place]), tried.moved[place]
        changes = {lever: (getattr(plan, lever), getattr(changed, lever)) for lever in moved}
        told = _told(model, utility, gain[:, place], aim=aim)
        return Step(changed, changes, **told, change=float(change[place]))

    steps = tuple(step(place) for place in chosen)
    best = int(np.argmax(np.where(possible, gain.mean(axis=0), -np.inf)))
    missed = not steps and not reaches[0]
    closest = step(best) if missed and possible.any() else None
    sentences = _sentences(bool(reaches[0]), steps, closest, unit=_UNITS[utility.only])
    return Sought(step(0), bool(reaches[0]), steps, closest, sentences)


def _aim(model: TeamSizeModel, utility: Utility, goal: float) -> float:
    """The goal in points of utility."""
    if utility.only in (None, Target.SUCCESS):
        return goal
    if goal <= 0:
        raise InvalidInput("A goal for time or cost is above 0.")
    asked: Draws = {Target(str(utility.only)): np.array([[np.log(goal)]])}
    return float(points(asked, utility, typical=model.typical)[0, 0])


@dataclass(frozen=True)
class _Tried:
    """Plans as rows, and for each the levers that were moved; the first is the plan as it is."""

    rows: pd.DataFrame
    moved: list[tuple[str, ...]]


def _candidates(model: TeamSizeModel, plan: Plan, *, levers: list[str], sizes: Iterable[int]) -> _Tried:
    """The plan itself, then each change of one lever and of two."""
    values = {lever: _values(model, plan, lever, sizes) for lever in levers}
    tried: list[tuple[tuple[str, ...], dict[str, float]]] = [((), {})]
    for moved in [*((lever,) for lever in levers), *combinations(levers, 2)]:
        ends = product(*(values[lever] for lever in moved))
        tried += [(moved, dict(zip(moved, end, strict=True))) for end in ends]
    rows = as_rows([plan] * len(tried))
    for lever in levers:
        rows[lever] = [end.get(lever, stays) for (_, end), stays in zip(tried, rows[lever], strict=True)]
    return _Tried(rows, [moved for moved, _ in tried])


def _values(model: TeamSizeModel, plan: Plan, lever: str, sizes: Iterable[int]) -> list[float]:
    """What a lever can be moved to, nearest first; never where it is."""
    if lever == "team_size":
        return [float(size) for size in sizes if size != plan.team_size]
    stated = getattr(plan, lever)
    start = model.seen.middle[lever] if stated is None else float(stated)
    if lever == "complexity":
        return _grid(start, model.seen.low[lever], least=0.5)
    return _grid(start, model.seen.high[lever], least=1.0 if lever == "artifacts" else 0.5)


def _grid(start: float, end: float, *, least: float) -> list[float]:
    """Even steps of whole multiples of `least`, from the first round number after start as far as end.

    >>> _grid(6.2, 4.6, least=0.5), _grid(1.0, 4.0, least=1.0), _grid(4.0, 4.0, least=1.0)
    ([6.0, 5.5, 5.0], [2.0, 3.0, 4.0], [])
    """
    step = least * np.ceil(max(abs(end - start), least) / least / VALUES)
    towards = 1 if end > start else -1
    first = (np.floor(start * towards / step) + 1) * step
    found = np.arange(first, towards * end + 1e-9, step) * towards
    return [] if end == start else [float(value) for value in found]


def _smallest(moved: list[tuple[str, ...]], change: Values, there: Flags) -> list[int]:
    """The place of the smallest change of each lever and pair that gets there, without pairs that one lever beats."""
    best: dict[tuple[str, ...], int] = {}
    for place in np.flatnonzero(there)[np.argsort(change[there], kind="stable")]:
        best.setdefault(moved[place], int(place))
    alone = {levers[0]: change[place] for levers, place in best.items() if len(levers) == 1}
    return [
        place
        for levers, place in best.items()
        if len(levers) == 1 or all(change[place] < alone.get(lever, np.inf) for lever in levers)
    ]


def _changed(plan: Plan, row: pd.Series[float]) -> Plan:
    experience, artifacts = (None if pd.isna(row[name]) else float(row[name]) for name in ("experience", "artifacts"))
    return replace(
        plan,
        complexity=float(row["complexity"]),
        team_size=round(row["team_size"]),
        experience=experience,
        artifacts=artifacts,
    )


def _told(model: TeamSizeModel, utility: Utility, gain: Values, *, aim: float) -> dict[str, float]:
    """The figures of a step from its draws."""
    ends = _shown(model, utility, np.quantile(gain, BAND))
    scatter = _scatter(model, utility)
    return {
        "value": float(_shown(model, utility, np.array([gain.mean()]))[0]),
        "low": float(min(ends)),
        "high": float(max(ends)),
        "probability": float(np.mean(gain >= aim)),
        "single": float(np.mean(ndtr((gain - aim) / scatter))),
    }


def _shown(model: TeamSizeModel, utility: Utility, gain: Values) -> Values:
    """Points of utility as people read them: points, days or currency."""
    if utility.only is None:
        return gain
    if utility.only is Target.SUCCESS:
        return np.clip(gain, 0.0, 100.0)
    return np.asarray(model.typical[utility.only] * 2 ** ((AVERAGE - gain) / HALVING))


def _scatter(model: TeamSizeModel, utility: Utility) -> float:
    """The standard deviation in points of utility of single projects around what is expected, each target's apart."""
    effort = model.effort.belief.noise if model.effort else 0.0
    price = model.price.noise if model.price else 0.0
    logarithms = {Target.DURATION: effort, Target.COST: float(np.hypot(effort, price))}
    scales = {Target.SUCCESS: model.surface.noise} | {
        target: HALVING / np.log(2) * noise for target, noise in logarithms.items()
    }
    return float(np.sqrt(sum((share * scales[target]) ** 2 for target, share in utility.shares.items())))


# Cost is told without the currency: which it is knows the organisation.
_UNITS = {None: " points", Target.SUCCESS: " points", Target.DURATION: " days", Target.COST: ""}
_CHANGED = {
    "team_size": "a team of {to:g}{instead}",
    "experience": "{to:g} years of experience{instead}",
    "artifacts": "{to:g} artifacts reused{instead}",
    "complexity": "complexity {to:g}{instead}, which is less scope",
}


def in_words(step: Step) -> str:
    """What is changed.

    >>> in_words(Step(Plan(5, 4), {"team_size": (3, 4)}, 81, 78, 84, 0.6, 0.5, 0.4))
    'a team of 4 instead of 3'
    """
    return " and ".join(
        _CHANGED[lever].format(to=to, instead="" if before is None else f" instead of {before:g}")
        for lever, (before, to) in step.changes.items()
    )


def _sentences(reached: bool, steps: tuple[Step, ...], closest: Step | None, *, unit: str) -> tuple[str, ...]:
    if reached:
        return ("The plan is already expected to reach the goal.",)
    if steps:
        return tuple(f"{_capital(in_words(step))}: {_sure(step, unit)}." for step in steps)
    if closest is None:
        return ("Nothing that the past supports is like this plan.",)
    near = in_words(closest) or "the plan as it is"
    return (
        "Nothing that the past supports is expected to reach the goal.",
        f"Closest comes {near}: {_sure(closest, unit)}.",
    )


def _sure(step: Step, unit: str) -> str:
    return (
        f"{step.value:,.0f}{unit} expected ({LEVEL} interval {step.low:,.0f} to {step.high:,.0f}); the expectation "
        f"reaches the goal with a probability of {_chance(step.probability)}, a single project with "
        f"{_chance(step.single)}"
    )


def _chance(probability: float) -> str:
    """Neither never nor always: draws that all agree are some hundred, not all there could be.

    >>> _chance(0.0), _chance(0.42), _chance(1.0)
    ('less than 1 %', '42 %', 'more than 99 %')
    """
    if probability < 0.01:
        return "less than 1 %"
    return "more than 99 %" if probability > 0.99 else percent(probability)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
