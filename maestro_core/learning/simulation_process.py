"""How the simulated projects come about: people, teams, artifacts, uses and outcomes, with their true effects.

The process, in this order; every step draws from its own stream of chance, so that one cannot disturb another:

- people have years of experience; a project has a hidden strength s ~ N(0, 1), and draws people near 7 + 2.4·s years
- complexity is 1 to 10 and correlates with s by tanh(0.55·confounding): stronger teams take harder projects
- team size scatters around the seed rule (complexity 1 → 1 person, 2.5 → 1, 6 → 2.5, 9 → 6, 10 → 7)
- an artifact has a kind, a home domain or none, a Zipf-like popularity and a taste t ~ N(0, 1): a project uses 4 to 10
  of those that exist when it starts, more likely the popular ones, those of its own domain, and, by
  0.8·confounding·s·t, those that suit its strength: stronger teams use other artifacts
- an artifact's true effect is Student's t with 6 degrees of freedom, scaled to a standard deviation of 3.5 points:
  most do little, a few a lot; it is independent of popularity and taste
- success = 62 + the effects − 5 points for each factor of two from the best team size, squared − 2.2·(complexity − 5)
  + 4 points per standard deviation of experience + 1·s + domain + 1.5 per year + N(0, 7)
- duration and cost are log-normal; artifacts that help success tend to save a little of both
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maestro_core.learning.simulation_choices import Liking, drawn
from maestro_core.learning.simulation_words import DOMAINS, HOMELESS, KINDS, PROBLEM_TYPES, ROLES
from maestro_core.scoring.success import PARTS, SuccessWeights, success_scores
from maestro_core.terms import Outcome

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

EFFECT_SD = 3.5
NOISE_SD = 7.0
MOST_USED = 10
LARGEST_TEAM = 9
MORNING = 1 / 3


@dataclass(frozen=True)
class World:
    """Projects, who made them, what they used, how they ended, and the `truth` that nobody sees outside simulations.

    Ids count from 0. `uses` has a row for each artifact that a project used at all. `truth` has each artifact's
    effect on success in points, and on the logarithms of duration and cost.
    """

    projects: pd.DataFrame
    people: pd.DataFrame
    members: pd.DataFrame
    artifacts: pd.DataFrame
    uses: pd.DataFrame
    truth: pd.DataFrame


@dataclass(frozen=True)
class Frame:
    """What a simulation is asked for."""

    seed: int
    projects: int
    artifacts: int
    confounding: float
    until: date
    years: float

    def chance(self, stream: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, stream])

    @property
    def days(self) -> float:
        return self.years * 365.25

    def moments(self, days: Array) -> pd.Series[pd.Timestamp]:
        """Days since the beginning, as aware times; NaN is NaT."""
        first = pd.Timestamp(self.until, tz="UTC") - pd.Timedelta(days=round(self.days))
        return pd.Series(first + pd.to_timedelta(np.round(days * 86400), unit="s")).astype("datetime64[us, UTC]")


def draw_world(frame: Frame) -> World:
    """All of the process above."""
    people = _people(frame)
    plans = _plans(frame)
    members = _members(frame, plans, people)
    plans["experience"] = members.groupby("project_id")["experience_years"].mean().round(2)
    artifacts, truth = _artifacts(frame)
    uses = _uses(frame, plans, artifacts)
    projects = _ended(frame, plans, _summed(uses, truth, len(plans)))
    return World(projects, people, members, artifacts, uses, truth)


def best_team_size(complexity: Array) -> Array:
    """The seed rule: the team size at which the simulated projects succeed best."""
    return np.interp(complexity, [1, 2.5, 6, 9, 10], [1, 1, 2.5, 6, 7])


def _people(frame: Frame) -> pd.DataFrame:
    chance = frame.chance(1)
    count = max(12, round(0.7 * frame.projects))
    return pd.DataFrame(
        {
            "person_id": np.arange(count),
            "role": chance.choice(list(ROLES), size=count, p=list(ROLES.values())),
            "experience_years": np.clip(0.5 + chance.gamma(2.4, 3.1, count), 0.5, 30).round(1),
        }
    )


def _plans(frame: Frame) -> pd.DataFrame:
    """The projects as they start."""
    chance, count = frame.chance(2), frame.projects
    strength = chance.normal(size=count)
    bias = np.tanh(0.55 * frame.confounding)
    ease = bias * strength + np.sqrt(1 - bias**2) * chance.normal(size=count)
    complexity = np.clip(5.2 + 2.1 * ease, 1, 10).round(1)
    team = np.round(best_team_size(complexity) * np.exp(chance.normal(0, 0.42, count)))
    domain = chance.choice(list(DOMAINS), size=count, p=list(DOMAINS.values()))
    return pd.DataFrame(
        {
            "project_id": np.arange(count),
            "domain": domain,
            "problem_type": _problem_types(domain, chance),
            "complexity": complexity,
            "team_size": np.clip(team, 1, LARGEST_TEAM).astype(int),
            "strength": strength,
            "start": np.floor(np.sort(chance.uniform(0, frame.days - 10, count))) + MORNING,
        }
    )


def _problem_types(domain: NDArray[np.str_], chance: np.random.Generator) -> list[str]:
    picks = chance.random(len(domain))
    return [PROBLEM_TYPES[name][int(pick * len(PROBLEM_TYPES[name]))] for name, pick in zip(domain, picks, strict=True)]


def _members(frame: Frame, plans: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Each project's team: people whose experience is near what its strength attracts."""
    before = (frame.days - plans["start"].to_numpy()) / 365.25
    years, wanted = people["experience_years"].to_numpy(), 7 + 2.4 * plans["strength"].to_numpy()

    def liking(some: slice) -> Array:
        then = np.maximum(years - before[some, None], 0.3)
        return np.asarray(-((then - wanted[some, None]) ** 2) / 8)

    project, person = drawn(liking, plans["team_size"].to_numpy(), len(people), frame.chance(3))
    return pd.DataFrame(
        {
            "project_id": project,
            "person_id": person,
            "role": people["role"].to_numpy()[person],
            "experience_years": np.maximum(years[person] - before[project], 0.3).round(1),
        }
    )


def _artifacts(frame: Frame) -> tuple[pd.DataFrame, pd.DataFrame]:
    chance, count = frame.chance(4), frame.artifacts
    kind = chance.choice(list(KINDS), size=count, p=list(KINDS.values()))
    at_home = chance.random(count) > np.array([HOMELESS[one] for one in kind])
    early = chance.random(count) < 0.7
    created = np.where(early, chance.uniform(-500, 0, count), chance.uniform(0, 0.8 * frame.days, count))
    retired = np.where(chance.random(count) < 0.06, np.maximum(created + 120, 0.6 * frame.days), np.inf)
    artifacts = pd.DataFrame(
        {
            "artifact_id": np.arange(count),
            "kind": kind,
            "domain": np.where(at_home, chance.choice(list(DOMAINS), size=count, p=list(DOMAINS.values())), ""),
            "popularity": -0.6 * np.log(6 + chance.permutation(count)),
            "taste": chance.normal(size=count),
            "created": created,
            "retired": retired,
        }
    )
    artifacts.loc[chance.random(count) < 0.04, "popularity"] = -np.inf
    return artifacts, _truth(count, frame.chance(5))


def _truth(count: int, chance: np.random.Generator) -> pd.DataFrame:
    effect = EFFECT_SD * chance.standard_t(6, count) / np.sqrt(1.5)
    return pd.DataFrame(
        {
            "artifact_id": np.arange(count),
            "effect": effect,
            "effect_log_duration": -0.01 * effect + chance.normal(0, 0.05, count),
            "effect_log_cost": -0.01 * effect + chance.normal(0, 0.08, count),
        }
    )


def _uses(frame: Frame, plans: pd.DataFrame, artifacts: pd.DataFrame) -> pd.DataFrame:
    chance = frame.chance(6)
    strength = plans["strength"].to_numpy()
    number = 6.2 + 0.6 * frame.confounding * strength + 0.25 * (plans["complexity"].to_numpy() - 5.2)
    number = np.clip(np.round(number + chance.normal(0, 1.6, len(plans))), 4, MOST_USED).astype(np.int64)
    project, artifact = drawn(_artifact_liking(frame, plans, artifacts), number, len(artifacts), chance)
    return pd.DataFrame(
        {"project_id": project, "artifact_id": artifact, "kind": artifacts["kind"].to_numpy()[artifact]}
    )


def _artifact_liking(frame: Frame, plans: pd.DataFrame, artifacts: pd.DataFrame) -> Liking:
    """How likely projects are to use what exists when they start."""
    strength, start, domain = (plans[name].to_numpy() for name in ("strength", "start", "domain"))
    home, taste = artifacts["domain"].to_numpy(), artifacts["taste"].to_numpy()
    created, retired = artifacts["created"].to_numpy(), artifacts["retired"].to_numpy()
    popularity, places = artifacts["popularity"].to_numpy(), {name: home == name for name in DOMAINS}

    def liking(some: slice) -> Array:
        at_home = np.array([places[name] for name in domain[some]])
        likes = popularity + 1.2 * at_home - 1.0 * (home != "")
        likes = likes + 0.8 * frame.confounding * np.outer(strength[some], taste)
        exists = (created <= start[some, None]) & (retired > start[some, None])
        return np.where(exists, likes, -np.inf)

    return liking


def _summed(uses: pd.DataFrame, truth: pd.DataFrame, count: int) -> pd.DataFrame:
    """Per project, the sum of the true effects of what it used."""
    effects = truth.drop(columns="artifact_id").iloc[uses["artifact_id"]].set_index(uses["project_id"].to_numpy())
    return effects.groupby(level=0).sum().reindex(range(count), fill_value=0.0)


def _ended(frame: Frame, plans: pd.DataFrame, effects: pd.DataFrame) -> pd.DataFrame:
    chance = frame.chance(7)
    far = np.log2(plans["team_size"] / best_team_size(plans["complexity"].to_numpy())).to_numpy()
    hard = plans["complexity"].to_numpy() - 5.2
    days = np.exp(
        np.log(125) + 0.15 * hard + 0.15 * far**2 + effects["effect_log_duration"] + chance.normal(0, 0.35, len(far))
    )
    days = np.round(np.maximum(days.to_numpy(), 7.0)) + 0.35
    score = _score(frame, plans, far=far, effect=effects["effect"].to_numpy())
    elapsed = np.minimum(1.0, (frame.days - plans["start"].to_numpy()) / days)
    cost = np.exp(
        7.3 + 0.25 * hard + 0.7 * np.log(days / 125) + effects["effect_log_cost"] + chance.normal(0, 0.45, len(far))
    )
    projects = plans.drop(columns=["strength", "start"]).assign(
        started_at=frame.moments(plans["start"].to_numpy()),
        finished_at=frame.moments(np.where(elapsed < 1, np.nan, plans["start"] + days)),
        outcome=_outcomes(score, chance),
        compute_cost=(cost * elapsed).round(2),
        experiments=chance.poisson(elapsed * np.exp(2.6 + 0.18 * hard + chance.normal(0, 0.5, len(far)))),
        **_parts(score, chance),
    )
    projects.loc[elapsed < 1, ["outcome", *PARTS]] = None
    return projects.assign(success=success_scores(projects))


def _score(frame: Frame, plans: pd.DataFrame, *, far: Array, effect: Array) -> Array:
    chance = frame.chance(8)
    experience = plans["experience"].to_numpy()
    domains = dict(zip(DOMAINS, chance.normal(0, 3, len(DOMAINS)), strict=True))
    score = 62 + effect - 5 * far**2 - 2.2 * (plans["complexity"].to_numpy() - 5)
    score += 4 * (experience - 7) / 2.4 + plans["strength"].to_numpy() + plans["domain"].map(domains).to_numpy()
    score += 1.5 * (plans["start"].to_numpy() - frame.days) / 365.25 + chance.normal(0, NOISE_SD, len(plans))
    return np.asarray(np.clip(score, 2, 98), dtype=float)


def _outcomes(score: Array, chance: np.random.Generator) -> NDArray[np.object_]:
    """Success from about 50 points up; below, failure, or cancelled before it came to that."""
    judged = score + chance.normal(0, 4, len(score))
    cancelled = chance.random(len(score)) < 0.35
    bad = np.where(cancelled, Outcome.CANCELLED.value, Outcome.FAILURE.value)
    return np.where(judged >= 50, Outcome.SUCCESS.value, bad).astype(object)


def _parts(score: Array, chance: np.random.Generator) -> dict[str, Array]:
    """Parts between 0 and 100 that scatter around the score, with the score as their weighted mean."""
    weights = SuccessWeights()
    shares = np.array([getattr(weights, part) for part in PARTS])
    scatter = chance.normal(0, 9, (len(score), len(PARTS)))
    scatter -= (scatter @ shares / shares.sum())[:, None]
    room = np.where(scatter > 0, 100 - score[:, None], score[:, None]) / np.maximum(np.abs(scatter), 1e-9)
    parts = score[:, None] + scatter * np.minimum(1.0, room.min(axis=1))[:, None]
    return dict(zip(PARTS, parts.round(1).T, strict=True))
