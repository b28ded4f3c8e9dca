"""Past projects whose best team size is known, and questions about them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from maestro_core.learning import team_size
from maestro_core.learning.response_surface import seed_rule
from maestro_core.learning.team_size import SIZES, Expected, Plan, Recommendation, Utility
from maestro_core.terms import Target


def truth(people: np.ndarray, complexity: np.ndarray, *, optimum: float = 1.0) -> np.ndarray:
    """Expected success: five points lost per squared doubling from `optimum` times the seed rule."""
    return 85 - 3 * complexity - 5 * np.log2(people / (optimum * seed_rule(complexity))) ** 2


def projects(n: int, *, seed: int = 0, optimum: float = 1.0, noise: float = 6.0) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    complexity = chance.uniform(1, 10, n)
    people = np.clip(np.round(seed_rule(complexity) * np.exp(chance.normal(0.1, 0.4, n))), 1, 15)
    effort = np.exp(3 + 0.25 * complexity + 0.3 * np.log(people) + chance.normal(0, 0.3, n))
    return pd.DataFrame(
        {
            "project_id": range(n),
            "complexity": complexity,
            "team_size": people,
            "experience": np.where(chance.random(n) < 0.2, np.nan, chance.uniform(1, 10, n)),
            "domain": chance.choice(["retail", "health"], n),
            "artifacts": chance.poisson(4, n).astype(float),
            "success": np.clip(truth(people, complexity, optimum=optimum) + noise * chance.normal(size=n), 0, 100),
            "duration": effort / people,
            "cost": effort * 400 * np.exp(chance.normal(0, 0.2, n)),
        }
    )


def expected_at(
    model: team_size.TeamSizeModel, complexity: float, *, seed: int = 0, sizes=SIZES, **changes
) -> Expected:
    asked: dict = {"experience": 5.0, "domain": "retail", "artifacts": 4.0} | changes
    return team_size.expect(model, Plan(complexity, 1, **asked), sizes=sizes, seed=seed)


def curves_at(model: team_size.TeamSizeModel, complexity: float, **changes: object) -> pd.DataFrame:
    return team_size.summary(expected_at(model, complexity, **changes))


def advised(
    model: team_size.TeamSizeModel, complexity: float, goal: Target = Target.SUCCESS, **changes
) -> Recommendation:
    return team_size.recommend(expected_at(model, complexity, **changes), Utility.of(goal))
