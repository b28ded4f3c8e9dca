"""One recommendation as it is told: which artifact, on what evidence, and the same in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import pandas as pd

from maestro_core.reports import Report, records
from maestro_core.reports.artifact_rows import scoring_days
from maestro_core.reports.compatibility import companions
from maestro_core.reports.projects import outcomes_missing
from maestro_core.reports.recommendation_rows import artifact_facts, project_names
from maestro_core.scoring.impact import MINIMUM_OUTCOMES
from maestro_core.scoring.recommendations import Recommended, Recommender
from maestro_core.terms import ArtifactKind, Measured, percent, with_sign
from maestro_core.workspace import Workspace

MOST_COMPANIONS = 3
FEWEST_TOGETHER = 2
"""That a single other project used both is no reason to tell."""

HARDLY = 0.05
"""A smaller effect reads as none."""

NO_EFFECT = "no finished project with a known outcome used it when impact was last learned"
NOT_LEARNED = "it is not learned yet"


class LedTo(Report):
    """An artifact of the project that led to a recommendation: so many of its other `users` use both."""

    artifact_id: UUID
    name: str
    together: int
    users: int


class SimilarProject(Report):
    """A project that uses a recommended artifact, and how similar its text is, 0 to 1."""

    project_id: UUID
    name: str
    similarity: float


class GoesWith(Report):
    """An artifact that meets a recommended one in so many projects, and how often against chance (lift)."""

    artifact_id: UUID
    name: str
    kind: ArtifactKind
    together: int
    lift: float


class Recommendation(Report):
    """An artifact that a project could use, why, and what that goes along with."""

    artifact_id: UUID
    name: str
    kind: ArtifactKind
    description: str
    score: float
    """0 to 100: 100 is the strongest for this project, 0 one in the middle of all or below."""
    parts: dict[str, float]
    """What each part added, in weighted standard deviations among the artifacts that the project does not use."""
    reasons: tuple[str, ...]
    """The evidence in sentences, the strongest first; at least one."""
    worth: str
    """What goes along with its use, in a sentence."""
    led_to_by: tuple[LedTo, ...]
    similar_projects: tuple[SimilarProject, ...]
    shared_words: tuple[str, ...]
    used_by: int
    projects: int
    """So many projects, itself not among them, were known when that was learned."""
    as_strong: int
    """So many others have the same score, rounded."""
    effect: Measured[float]
    """Points of success that go along with its use, with the 90 % interval; the sample is finished projects."""
    impact_score: float | None
    goes_well_with: tuple[GoesWith, ...]


def told(ws: Workspace, known: Recommender, found: Sequence[Recommended]) -> Iterator[Recommendation]:
    """What was found, with names, effects and reasons.

    What was removed since it was learned is left out, and with it what only that spoke for.
    """
    keys = [known.artifacts[one.artifact] for one in found]
    led = [known.artifacts[companion.artifact] for one in found for companion in one.because]
    names = project_names(ws, [known.projects[project.project] for one in found for project in one.alike])
    facts = artifact_facts(ws, {*keys, *led})
    goes_with = companions(ws, keys, limit=MOST_COMPANIONS)
    missing = why_no_effect(ws) if any(row["effect"] is None for row in facts.values()) else NO_EFFECT
    for key, one in zip(keys, found, strict=True):
        if key in facts:
            card = _told(
                one,
                facts[key],
                effect=effect_of(facts[key], missing=missing),
                led=_led(known, facts, one),
                alike=_alike(known, names, one),
                goes_with=_with(goes_with, key),
            )
            if card.reasons:
                yield card


def why_no_effect(ws: Workspace) -> str:
    """Why an artifact without an impact has none."""
    if scoring_days(ws).latest:
        return NO_EFFECT
    missing = outcomes_missing(ws).for_impact
    if missing:
        return f"that takes {MINIMUM_OUTCOMES} projects with a known outcome, {missing} more than there are"
    return NOT_LEARNED


def effect_of(row: Mapping[str, Any], *, missing: str) -> Measured[float]:
    """The impact of an artifact as measured, or why there is none.

    >>> effect_of({"effect": None}, missing="it is not learned yet").reason
    'it is not learned yet'
    """
    if row["effect"] is None:
        return Measured[float].missing(missing)
    interval = {"low": row["effect_low"], "high": row["effect_high"]}
    return Measured[float](value=row["effect"], sample=int(row["projects"]), **interval)


def _told(
    one: Recommended,
    row: Mapping[str, Any],
    *,
    effect: Measured[float],
    led: tuple[LedTo, ...],
    alike: tuple[SimilarProject, ...],
    goes_with: tuple[GoesWith, ...],
) -> Recommendation:
    return Recommendation(
        **{name: row[name] for name in ("artifact_id", "name", "kind", "description")},
        score=one.score,
        parts=one.parts,
        reasons=tuple(_reasons(one, led, alike)),
        worth=_worth(effect),
        led_to_by=led,
        similar_projects=alike,
        shared_words=one.words,
        used_by=one.used_by,
        projects=one.projects,
        as_strong=one.as_strong,
        effect=effect,
        impact_score=row["score"],
        goes_well_with=goes_with,
    )


def _led(known: Recommender, facts: Mapping[UUID, Mapping[str, Any]], one: Recommended) -> tuple[LedTo, ...]:
    keyed = ((known.artifacts[each.artifact], each) for each in one.because)
    return tuple(
        LedTo(artifact_id=key, name=facts[key]["name"], together=each.together, users=each.users)
        for key, each in keyed
        if key in facts
    )


def _alike(known: Recommender, names: dict[UUID, str], one: Recommended) -> tuple[SimilarProject, ...]:
    keyed = ((known.projects[each.project], each.similarity) for each in one.alike)
    return tuple(
        SimilarProject(project_id=key, name=names[key], similarity=similarity)
        for key, similarity in keyed
        if key in names
    )


def _with(companions: pd.DataFrame, key: UUID) -> tuple[GoesWith, ...]:
    mine = companions[companions["with_id"] == key]
    columns = ["artifact_id", "name", "kind", "together", "lift"]
    return tuple(GoesWith.model_validate(row) for row in records(mine[columns]))


def _reasons(one: Recommended, led: Sequence[LedTo], alike: Sequence[SimilarProject]) -> Iterator[str]:
    """What each part says that speaks for it more than for others, the strongest first; else what speaks for it most.

    A part that does not count (its weight is 0) comes last, but stands where nothing else can be told.
    """
    sentences = {
        "co_use": _co_use([each for each in led if each.together >= FEWEST_TOGETHER]),
        "similar_projects": _similar(alike),
        "text": f"Its text shares the words {_listed(one.words)}." if one.words else "",
        "popularity": _popularity(one),
    }
    told = {part: one.parts[part] for part, sentence in sentences.items() if sentence}
    order = sorted(told, key=lambda part: (told[part] == 0, -told[part]))
    above = [part for part in order if told[part] > 0]
    yield from (sentences[part] for part in above or order[:1])


def _popularity(one: Recommended) -> str:
    if not one.used_by:
        return ""
    return f"{one.used_by} of {one.projects} projects use{'' if one.used_by != 1 else 's'} it."


def _co_use(led: Sequence[LedTo]) -> str:
    if not led:
        return ""
    told = [f"{each.together} of {each.users} that use {each.name}" for each in led]
    return f"Other projects use it: {_listed(told)}."


def _similar(alike: Sequence[SimilarProject]) -> str:
    if not alike:
        return ""
    told = _listed([f"{project.name} ({percent(project.similarity)} alike)" for project in alike])
    return f"Projects with a similar text use it: {told}."


def _worth(effect: Measured[float]) -> str:
    if effect.value is None or effect.low is None or effect.high is None:
        return f"No impact is known: {effect.reason}."
    finished = f"{effect.sample} finished project{'s' if effect.sample != 1 else ''}"
    more = f"{abs(effect.value):.1f} points of success {'more' if effect.value > 0 else 'less'} than"
    reached = more if abs(effect.value) >= HARDLY else "as much success as"
    span = f"90 % interval {with_sign(effect.low, 1)} to {with_sign(effect.high, 1)}"
    return f"{finished} with it reached {reached} comparable ones ({span})."


def _listed(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last
