"""Do intervals of newer versions, pairs and reuse hold the truth, and how much nearer is it than a naive comparison?

Simulated portfolios of confounded projects, to which versions that differ by 2.5 points, pairs that differ by 2 points,
or nothing at all is added. Run: python benchmarks/artifact_lessons.py [portfolios]
"""

from __future__ import annotations

import sys
import time
from datetime import date

import numpy as np
import pandas as pd

from maestro_core.learning.simulation import World, simulate_outcomes
from maestro_core.scoring.compatibility import pair_effects
from maestro_core.scoring.impact import artifact_impact
from maestro_core.scoring.impact_residuals import Residuals, residuals
from maestro_core.scoring.impact_reuse import reuse_effects
from maestro_core.scoring.upgrades import version_effects
from maestro_core.terms import Target

TODAY = date(2026, 1, 1)
SIZES = (150, 400, 1200)
LEAST_HELD = 0.85
"""The 90 % intervals must hold the truth so often."""


def main() -> None:
    """Both tables; exits with 1 where intervals hold the truth too rarely, or a naive comparison is nearer."""
    portfolios = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    print(f"{portfolios} portfolios each; error: root mean square, in points of success\n")
    print(f"{'what':>10} {'projects':>8} {'compared':>8} {'held':>6} {'error':>6} {'naive':>6} {'ratio':>6}")
    rows = [_known(what, projects, portfolios) for what in ("versions", "pairs") for projects in SIZES]
    held = [row[0] for row in rows] + [_reuse(projects, portfolios) for projects in SIZES[:2]]
    is_met = min(held) >= LEAST_HELD and max(row[1] for row in rows) < 1
    print(f"\n{'met' if is_met else 'missed'}: intervals hold at least {LEAST_HELD:.0%}, nearer than naive")
    sys.exit(0 if is_met else 1)


def _known(what: str, projects: int, portfolios: int) -> tuple[float, float]:
    told = pd.concat([_one(what, projects, seed) for seed in range(portfolios)])
    held = float(((told["effect_low"] <= told["truth"]) & (told["truth"] <= told["effect_high"])).mean())
    error, naive = (float(np.sqrt(((told[name] - told["truth"]) ** 2).mean())) for name in ("effect", "naive"))
    print(f"{what:>10} {projects:8} {len(told):8} {held:6.2f} {error:6.2f} {naive:6.2f} {error / naive:6.2f}")
    return held, error / naive


def _one(what: str, projects: int, seed: int) -> pd.DataFrame:
    world = simulate_outcomes(seed, projects=projects, artifacts=projects // 3, until=TODAY)
    return _versions(world, seed) if what == "versions" else _pairs(world, seed)


def _versions(world: World, seed: int) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    version = world.uses["artifact_id"] * 10 + chance.integers(0, 3, len(world.uses))
    uses = world.uses.assign(version_id=version, version_at=version)
    worth = pd.Series(chance.normal(0, 2.5, int(version.max()) + 1))
    left, success = _left_open(world, worth[version].groupby(uses["project_id"].to_numpy()).sum())
    found = version_effects(left, uses)
    mean = success.reindex(uses["project_id"]).groupby(version.to_numpy()).mean()
    return found.assign(
        truth=worth[found["newer_id"]].to_numpy() - worth[found["version_id"]].to_numpy(),
        naive=mean.reindex(found["newer_id"]).to_numpy() - mean.reindex(found["version_id"]).to_numpy(),
    )


def _pairs(world: World, seed: int) -> pd.DataFrame:
    uses = world.uses[["project_id", "artifact_id"]].drop_duplicates()
    both = uses.merge(uses, on="project_id", suffixes=("", "_other"))
    both = both[both["artifact_id"] < both["artifact_id_other"]]
    met = both["artifact_id"] * 10_000 + both["artifact_id_other"]
    keys = met.drop_duplicates()
    worth = pd.Series(np.random.default_rng(seed).normal(0, 2, len(keys)), index=keys.to_numpy())
    left, success = _left_open(world, worth[met].groupby(both["project_id"].to_numpy()).sum())
    found = pair_effects(left, uses)
    found = found[found["artifact_id"] < found["other_id"]]
    key = found["artifact_id"] * 10_000 + found["other_id"]
    mean = success.reindex(both["project_id"]).groupby(met.to_numpy()).mean()
    return found.assign(truth=worth[key].to_numpy(), naive=mean.reindex(key).to_numpy() - success.mean())


def _left_open(world: World, added: pd.Series[float]) -> tuple[Residuals, pd.Series[float]]:
    """What the impact model leaves open of the world with something added to its successes, and these."""
    success = world.projects["success"] + world.projects["project_id"].map(added).fillna(0)
    projects = world.projects.assign(success=success)
    left = residuals(projects, world.uses, impact=artifact_impact(projects, world.uses, as_of=TODAY))
    return left, success.set_axis(world.projects["project_id"])


def _reuse(projects: int, portfolios: int) -> float:
    """How often the interval of reuse holds 0 where artifacts do nothing, but their number and complexity do."""
    began, held = time.perf_counter(), []
    for seed in range(portfolios):
        world = simulate_outcomes(seed, projects=projects, artifacts=projects // 3, until=TODAY)
        used = world.projects["project_id"].map(world.uses["project_id"].value_counts()).fillna(0)
        luck = np.random.default_rng(seed).normal(0, 8, projects)
        success = (60 - 2 * world.projects["complexity"] + 3 * np.sqrt(used) + luck).where(
            world.projects["success"].notna()
        )
        told = world.projects.assign(success=success, duration=1.0, cost=1.0)
        found = reuse_effects(told, world.uses, as_of=TODAY, seed=1)[Target.SUCCESS].difference
        if found.low is not None and found.high is not None:
            held.append(found.low <= 0 <= found.high)
    seconds = (time.perf_counter() - began) / portfolios
    print(f"reuse of nothing, {projects} projects: 0 held {np.mean(held):.2f} of {len(held)}; {seconds:.1f} s each")
    return float(np.mean(held))


if __name__ == "__main__":
    main()
