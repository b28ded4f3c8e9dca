"""Do recommendations find what projects used, and does it help? Against popularity, and how long an answer takes.

Run: python benchmarks/recommendations_held_out.py [seeds]
"""

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import replace
from datetime import date
from uuid import UUID

import numpy as np
import pandas as pd

from maestro_core.learning.simulation import World, simulate_outcomes
from maestro_core.learning.simulation_words import artifact_names, project_names
from maestro_core.scoring.impact import artifact_impact
from maestro_core.scoring.recommendation_blend import BLENDS, POPULARITY, Quality
from maestro_core.scoring.recommendation_learning import from_bytes, learn, to_bytes
from maestro_core.scoring.recommendations import Asked, Blend, Recommender, recommend
from maestro_core.scoring.text_similarity import described

UNTIL = date(2026, 1, 1)
SIZES = ((80, 150), (300, 600))
LARGE = ((3_000, 3_000), (10_000, 10_000))
TOP, ASKED = 10, 100
LONGEST = 0.1


def portfolio(seed: int, *, projects: int, artifacts: int) -> tuple[World, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """A simulated portfolio as `learn` takes it: artifacts with texts and effects, projects with texts, and uses."""
    world = simulate_outcomes(seed, projects=projects, artifacts=artifacts, until=UNTIL)
    chance = np.random.default_rng([seed, 99])
    effects = artifact_impact(world.projects, world.uses, as_of=UNTIL).artifacts.set_index("artifact_id")["effect"]
    made = world.artifacts
    told = zip(artifact_names(made, chance), made["kind"], made["domain"], strict=True)
    offered = pd.DataFrame(
        {
            "artifact_id": made["artifact_id"].map(_key),
            "text": [described(name, str(kind), labels=[domain]) for name, kind, domain in told],
            "effect": made["artifact_id"].map(effects),
            "is_offered": True,
        }
    )
    facts = world.projects[["problem_type", "domain"]].itertuples(index=False)
    names = project_names(world.projects, chance)
    texts = [described(name, kind, labels=[domain]) for name, (kind, domain) in zip(names, facts, strict=True)]
    asked = pd.DataFrame({"project_id": world.projects["project_id"].map(_key), "text": texts})
    return world, offered, asked, world.uses[["project_id", "artifact_id"]].map(_key)


def effect_of_ten(world: World, known: Recommender, blend: Blend) -> float:
    """The mean true effect, in points of success, of the ten artifacts recommended to each of a hundred projects."""
    truth = world.truth["effect"].to_numpy()
    blended = replace(known, known=blend)
    latest = range(max(0, len(known.projects) - ASKED), len(known.projects))
    found = (recommend(blended, _asked(known, place), most=TOP) for place in latest)
    return float(np.mean([truth[[one.artifact for one in ten]].mean() for ten in found]))


def quality(seed: int, *, projects: int, artifacts: int) -> dict[str, float]:
    world, *frames = portfolio(seed, projects=projects, artifacts=artifacts)
    learned = learn(*frames, seed=seed)
    known, chosen = learned.recommender, learned.chosen
    effects = {
        "effect": effect_of_ten(world, known, chosen.known),
        "effect, relevance only": effect_of_ten(world, known, replace(chosen.known, impact=0.0)),
        "effect, popularity": effect_of_ten(world, known, BLENDS[POPULARITY]),
    }
    return _told(chosen.known_quality, "known") | _told(chosen.empty_quality, "empty") | effects


def cost(*, projects: int, artifacts: int) -> tuple[float, float]:
    """Print what learning costs, in seconds of the processor; those that an answer takes, median and longest."""
    _, *frames = portfolio(0, projects=projects, artifacts=artifacts)
    begun = time.process_time()
    learned = learn(*frames, seed=0)
    chosen = time.process_time()
    learn(*frames, seed=0, chosen=learned.chosen)
    again = time.process_time()
    content = to_bytes(learned.recommender)
    seconds = answers(content)
    print(
        f"{projects:>6} × {artifacts:<6} learned in {chosen - begun:6.1f} s, {again - chosen:5.1f} s with the blend at "
        f"hand; kept in {len(content) / 1e6:5.1f} MB; an answer {statistics.median(seconds) * 1e3:5.1f} ms, "
        f"longest {max(seconds) * 1e3:5.1f} ms"
    )
    return statistics.median(seconds), max(seconds)


def answers(content: bytes) -> list[float]:
    """Seconds from the stored bytes to ten recommendations with reasons, for projects with uses and without."""
    seconds = []
    for place in range(20):
        begun = time.process_time()
        known = from_bytes(content)
        asked = _asked(known, place)
        recommend(known, replace(asked, used=asked.used if place % 2 else ()), most=TOP)
        seconds.append(time.process_time() - begun)
    return seconds


def main(seeds: int) -> int:
    reached = {}
    for projects, artifacts in SIZES:
        rows = pd.DataFrame([quality(seed, projects=projects, artifacts=artifacts) for seed in range(seeds)])
        means = rows.mean()
        print(f"\n{projects} projects × {artifacts} artifacts, mean of {seeds} seeds (standard error)")
        print(*(f"  {name:<31} {means[name]:7.4f} ({rows[name].sem():.4f})" for name in rows), sep="\n")
        gain, rival = means["known NDCG@10"], means["known NDCG@10, popularity"]
        reached[f"{projects} × {artifacts}: NDCG@10 {gain / rival:.2f} × that of popularity, target > 1"] = gain > rival
        better = means["effect"] - means["effect, popularity"]
        reached[f"{projects} × {artifacts}: true effect {better:+.2f} points above popularity, target > 0"] = better > 0
    print()
    for projects, artifacts in LARGE:
        middle, _ = cost(projects=projects, artifacts=artifacts)
        reached[f"{artifacts} artifacts: an answer in {middle * 1e3:.0f} ms, target < 100"] = middle < LONGEST
    print("", *(f"{'reached' if ok else 'MISSED'}: {text}" for text, ok in reached.items()), sep="\n")
    return 0 if all(reached.values()) else 1


def _key(number: int) -> UUID:
    return UUID(int=int(number))


def _asked(known: Recommender, place: int) -> Asked:
    return Asked(known.project_words[[place]], used=known.uses[[place]].indices, project=place)


def _told(quality: Quality | None, of: str) -> dict[str, float]:
    assert quality
    return {
        f"{of} NDCG@10": quality.ndcg,
        f"{of} NDCG@10, relevance only": quality.relevance_ndcg,
        f"{of} NDCG@10, popularity": quality.popularity_ndcg,
        f"{of} recall@10": quality.recall,
        f"{of} recall@10, popularity": quality.popularity_recall,
    }


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10))
