"""Do adjusted effects agree with an independent estimate? DoubleML's partially linear model, artifact by artifact.

    python benchmarks/impact_double_machine_learning.py [--seeds 3]

On simulated portfolios of 1,000 projects × 60 artifacts, for the ten most used artifacts. Double machine learning
(Chernozhukov et al. 2018) takes out of success and of use what random forests, cross-fitted in five folds, predict from
the covariates and from all other artifacts; it knows neither our formula nor our shrinkage. With so many users per
artifact (a hundred and more) shrinkage moves little, and both should say the same.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings

import numpy as np
import pandas as pd
from doubleml import DoubleMLData, DoubleMLPLR
from impact_rivals import UNTIL, Z90, Portfolio, impact, naive_mean
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from maestro_core.learning.simulation import simulate_outcomes

PROJECTS, ARTIFACTS, COMPARED = 1_000, 60, 10
CONFOUNDINGS = (1.0, 2.0)
FOLDS = 5
FOREST = {"n_estimators": 50, "min_samples_leaf": 5, "max_features": 0.3}
LEAST_CORRELATION, LEAST_OVERLAP = 0.9, 0.9


def a_portfolio(seed: int, confounding: float) -> Portfolio:
    world = simulate_outcomes(seed, projects=PROJECTS, artifacts=ARTIFACTS, confounding=confounding, until=UNTIL)
    return Portfolio(world.projects, world.uses, world.truth.set_index("artifact_id")["effect"])


def double_machine_learning(portfolio: Portfolio, artifacts: pd.Index[int], *, seed: int) -> pd.DataFrame:
    """The effect of each of these artifacts, unshrunk, with its 90 % interval."""
    finished = portfolio.projects.dropna(subset="success").set_index("project_id")
    used = pd.crosstab(portfolio.uses["project_id"], portfolio.uses["artifact_id"]).clip(upper=1)
    used = used.reindex(finished.index, fill_value=0).astype(float)
    treatments, others = used[artifacts].add_prefix("used "), used.drop(columns=artifacts).add_prefix("with ")
    known = pd.concat([_known(finished), others], axis=1)
    frame = pd.concat([finished["success"], treatments, known], axis=1).reset_index(drop=True)
    rows = DoubleMLData(frame, "success", list(treatments.columns), list(known.columns))
    outcome, use = (
        RandomForestRegressor(**FOREST, random_state=seed),
        RandomForestClassifier(**FOREST, random_state=seed),
    )
    np.random.seed(seed)  # DoubleML draws its folds from it
    fitted = DoubleMLPLR(rows, outcome, use, n_folds=FOLDS).fit()
    found = pd.DataFrame({"effect": fitted.coef, "error": fitted.se}, index=artifacts)
    return found.assign(low=found["effect"] - Z90 * found["error"], high=found["effect"] + Z90 * found["error"])


def _known(finished: pd.DataFrame) -> pd.DataFrame:
    """The covariates as they are: forests need neither squares nor logarithms."""
    numbers = finished[["complexity", "team_size", "experience"]].astype(float)
    began = (finished["started_at"] - finished["started_at"].min()).dt.days.rename("began").astype(float)
    return pd.concat([numbers, began, pd.get_dummies(finished["domain"]).astype(float)], axis=1)


def compared(seed: int, confounding: float) -> dict[str, float]:
    portfolio = a_portfolio(seed, confounding)
    begun = time.perf_counter()
    ours = impact(portfolio)
    between = time.perf_counter()
    top = portfolio.uses["artifact_id"].value_counts().index[:COMPARED]
    theirs, ours = double_machine_learning(portfolio, top, seed=seed), ours.loc[top]
    ended = time.perf_counter()
    naive, truth = naive_mean(portfolio).loc[top], portfolio.truth.loc[top]
    return {
        "correlation": _correlation(ours, theirs),
        "of the naive mean": _correlation(naive, theirs),
        "intervals overlap": float(((ours["low"] <= theirs["high"]) & (theirs["low"] <= ours["high"])).mean()),
        "theirs in ours": float(theirs["effect"].between(ours["low"], ours["high"]).mean()),
        "median distance": float((ours["effect"] - theirs["effect"]).abs().median()),
        "off the truth, ours": _distance(ours, truth),
        "theirs": _distance(theirs, truth),
        "naive": _distance(naive, truth),
        "truth in ours": float(truth.between(ours["low"], ours["high"]).mean()),
        "truth in theirs": float(truth.between(theirs["low"], theirs["high"]).mean()),
        "seconds, theirs to ours": (ended - between) / (between - begun),
    }


def _correlation(one: pd.DataFrame, other: pd.DataFrame) -> float:
    return float(np.corrcoef(one["effect"], other["effect"])[0, 1])


def _distance(scored: pd.DataFrame, truth: pd.Series[float]) -> float:
    """The root mean square of what is missing to the truth, in points."""
    return float(np.sqrt(((scored["effect"] - truth) ** 2).mean()))


def main(seeds: int) -> int:
    warnings.filterwarnings("ignore", module="sklearn|doubleml")
    rows = {(by, seed): compared(seed, by) for by in CONFOUNDINGS for seed in range(seeds)}
    table = pd.DataFrame(rows).T.rename_axis(["confounding", "seed"])
    print(f"{PROJECTS:,} projects × {ARTIFACTS} artifacts, the {COMPARED} most used, in points of success\n")
    print(table.round(2).T.to_string(), "\n")
    print(table.groupby("confounding").mean().round(3).T.to_string())
    correlation, overlap = table["correlation"].mean(), table["intervals overlap"].mean()
    reached = {
        f"correlation {correlation:.3f}, wanted ≥ {LEAST_CORRELATION}": correlation >= LEAST_CORRELATION,
        f"{overlap:.0%} of the 90 % intervals overlap, wanted ≥ {LEAST_OVERLAP:.0%}": overlap >= LEAST_OVERLAP,
    }
    print("", *(f"{'reached' if ok else 'MISSED'}: {text}" for text, ok in reached.items()), sep="\n")
    return 0 if all(reached.values()) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    sys.exit(main(parser.parse_args().seeds))
