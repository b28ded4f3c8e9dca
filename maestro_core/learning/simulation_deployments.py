"""Simulated deployments, what harm some of them did, how it was mended, and the issues around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from maestro_core.learning.simulation_habits import WATCHED_DAYS
from maestro_core.learning.simulation_history import History, titles
from maestro_core.learning.simulation_pipelines import FAILURE, MINUTE, SUCCESS
from maestro_core.learning.simulation_process import Frame

SERVICES = {"api": ["src/serving/*", "infra/*"], "training": ["src/models/*", "src/features/*", "pipelines/*"]}
"""What a project with two services deploys apart, by path."""

INCIDENT = "incident"
LINKED = 0.3
"""The share of incidents whose issue names the deployment."""


@dataclass(frozen=True)
class Deliveries:
    """What was brought to production, and what came of it.

    deployments: to production, and to staging before: project_id, deploying, service, environment, sha, branch,
    description, outcome, fix, number and the days created and finished. issues: project_id, title, labels, number,
    deployment (the number of one, or not a number), and the days created and closed.
    """

    deployments: pd.DataFrame
    issues: pd.DataFrame


def deliveries(frame: Frame, told: History, habits: pd.DataFrame) -> Deliveries:
    """What the projects that deploy brought to production, as they do it, and what came of it."""
    deploying = habits[habits["deploying"] != ""]
    planned = _planned(frame, told, deploying)
    harmed = _harmed(frame, told, planned)
    both = pd.concat([harmed, _fixes(frame, harmed)], ignore_index=True)
    both = both[both["created"] < frame.days - 0.02].sort_values(["project_id", "created"], kind="stable")
    both = both.reset_index(drop=True)
    # The even numbers: what staging saw before has the odd ones.
    both["number"] = 2 * (1 + both.groupby("project_id").cumcount())
    issues = pd.concat([_incidents(frame, both), _others(frame, habits)], ignore_index=True)
    issues = issues.sort_values(["project_id", "created"], kind="stable", ignore_index=True)
    # Pull requests have the odd numbers: trackers number both alike.
    issues["number"] = 2 * (1 + issues.groupby("project_id").cumcount())
    return Deliveries(_with_staging(frame, both), issues)


def versions(deployments: pd.DataFrame) -> pd.Series[str]:
    """A tag for each: the next minor version, or a patch of the last one for a fix, which says so."""
    rows = deployments.sort_values(["project_id", "number"], kind="stable")
    is_fix = rows["fix"] != ""
    minor = (~is_fix).groupby(rows["project_id"]).cumsum()
    patch = is_fix.groupby([rows["project_id"], minor]).cumsum()
    plain = "v" + (1 + minor // 20).astype(str) + "." + (minor % 20).astype(str) + "." + patch.astype(str)
    return plain.where(~is_fix, plain + "-" + rows["fix"]).reindex(deployments.index)


def _planned(frame: Frame, told: History, deploying: pd.DataFrame) -> pd.DataFrame:
    """Changes of the default branch that go to production soon after, so many per week as is the habit."""
    chance = frame.chance(70)
    main = told.commits[told.commits["is_main"] & (told.commits["day"] >= frame.days - WATCHED_DAYS)]
    rows = main.merge(deploying.drop(columns=["started_at", "name"]), on="project_id")
    span = rows.groupby("project_id")["day"].agg(lambda days: days.max() - days.min() + 7)
    weekly = 7 * rows.groupby("project_id").size() / span
    rows = pd.concat([_of_service(rows, service) for service in ("", *SERVICES)], ignore_index=True)
    share = rows["deployments"] / rows["project_id"].map(weekly) * np.where(rows["service"] == "training", 0.5, 1.0)
    chosen = rows[chance.random(len(rows)) < share]
    created = chosen["day"] + np.exp(chance.normal(np.log(0.06), 1.0, len(chosen)))
    failing = chance.random(len(chosen)) < 0.04
    planned = chosen.assign(created=created, outcome=np.where(failing, FAILURE, SUCCESS), branch="main", description="")
    return planned.drop(columns=["day", "parents"]).reset_index(drop=True)


def _of_service(rows: pd.DataFrame, service: str) -> pd.DataFrame:
    """A project with two services has each; any other has the nameless one."""
    return rows[(rows["deploying"] == "services") == (service != "")].assign(service=service)


def _harmed(frame: Frame, told: History, planned: pd.DataFrame) -> pd.DataFrame:
    """Which deployments did harm, when somebody noticed, and how and when it was mended.

    A hotfix is the next change of the default branch, where one came within a day; otherwise what ran before is back.
    """
    chance = frame.chance(71)
    rows = planned.sort_values(["project_id", "service", "created"], kind="stable", ignore_index=True)
    before = rows.groupby(["project_id", "service"])["sha"].shift()
    harmful = (rows["outcome"] == SUCCESS) & (chance.random(len(rows)) < rows["harmful"]) & before.notna()
    noticed = rows["created"] + np.exp(chance.normal(np.log(1.5), 0.8, len(rows))) / 24
    back = noticed + np.exp(chance.normal(np.log(2.2), 0.9, len(rows))) / 24
    following = _next_change(told, rows.assign(noticed=noticed))
    is_hotfix = following["day"].notna() & (chance.random(len(rows)) < 0.8)
    mended = (following["day"] + 25 * MINUTE).where(is_hotfix, back)
    return rows.assign(
        is_harmful=harmful,
        noticed=noticed.where(harmful),
        mended=mended.where(harmful),
        fix="",
        mending=np.where(is_hotfix, "hotfix", "rollback"),
        mending_sha=following["sha"].where(is_hotfix, before),
        mending_subject=following["subject"],
    )


def _next_change(told: History, rows: pd.DataFrame) -> pd.DataFrame:
    """The first change of the default branch within a day after somebody noticed, or nothing."""
    main = told.commits.loc[
        told.commits["is_main"] & ~told.commits["is_merge"], ["project_id", "day", "sha", "subject"]
    ]
    asked = rows[["project_id", "noticed"]].rename_axis("row").reset_index().sort_values("noticed")
    found = pd.merge_asof(asked, main, left_on="noticed", right_on="day", by="project_id", direction="forward")
    soon = found[found["day"] - found["noticed"] < 0.9]
    return soon.set_index("row").reindex(rows.index)


def _fixes(frame: Frame, harmed: pd.DataFrame) -> pd.DataFrame:
    """Deployments made to end the harm: most of it; the rest ended by itself."""
    chance = frame.chance(72)
    rows = harmed[harmed["is_harmful"] & (chance.random(len(harmed)) < 0.85)]
    is_hotfix = rows["mending"] == "hotfix"
    number = pd.Series(np.arange(1, len(rows) + 1), index=rows.index).astype(str)
    return rows.assign(
        created=rows["mended"] - 2 * MINUTE,
        sha=rows["mending_sha"],
        branch=("hotfix/" + number).where(is_hotfix, "main"),
        description=("Hotfix: " + rows["mending_subject"].fillna("")).where(is_hotfix, "Rollback to what ran before"),
        fix=rows["mending"],
        is_harmful=False,
    )


def _with_staging(frame: Frame, production: pd.DataFrame) -> pd.DataFrame:
    """What tools call environments sees staging half an hour before production."""
    chance = frame.chance(73)
    took = np.exp(chance.normal(np.log(4), 0.4, len(production))) * MINUTE
    rows = production.assign(environment="production", finished=production["created"] + took)
    told = rows[rows["deploying"].isin(["environment", "services"]) & (rows["fix"] == "")]
    early = 30 * MINUTE
    staged = told.assign(environment="staging", created=told["created"] - early, finished=told["finished"] - early)
    staged = staged.assign(outcome=SUCCESS, number=staged["number"] - 1)
    kept = ["project_id", "deploying", "service", "environment", "sha", "branch", "description", "outcome", "fix"]
    return pd.concat([rows, staged])[[*kept, "number", "created", "finished"]].reset_index(drop=True)


def _incidents(frame: Frame, both: pd.DataFrame) -> pd.DataFrame:
    """Most harm gets an issue with a label; some of these name the deployment."""
    chance = frame.chance(74)
    rows = both[both["is_harmful"] & (chance.random(len(both)) < 0.75) & both["deploying"].ne("tag")]
    number = rows["number"].where(chance.random(len(rows)) < LINKED)
    title = [f"Production is down after: {subject[:1].lower()}{subject[1:]}" for subject in rows["subject"]]
    labels = pd.Series([[INCIDENT, "severity-2"] for _ in title], index=rows.index, dtype=object)
    issues = rows[["project_id", "service"]].assign(title=title, labels=labels)
    closed = np.where(rows["mended"] < frame.days, rows["mended"] + 5 * MINUTE, np.nan)
    return issues.assign(deployment=number, created=rows["noticed"], closed=closed)


def _others(frame: Frame, habits: pd.DataFrame) -> pd.DataFrame:
    """Bugs, wishes and questions: no incidents."""
    chance = frame.chance(75)
    hosts = habits[habits["tool"] != ""]
    begin, end = hosts["first"].to_numpy(dtype=float), hosts["last"].to_numpy(dtype=float)
    number = chance.poisson((end - begin) / 7 * 0.9)
    which = np.repeat(np.arange(len(hosts)), number)
    created = begin[which] + chance.random(len(which)) * (end - begin)[which]
    closed = created + np.exp(chance.normal(np.log(6), 1.1, len(which)))
    label = chance.choice(3, size=len(which), p=[0.5, 0.3, 0.2])
    return pd.DataFrame(
        {
            "project_id": hosts["project_id"].to_numpy()[which],
            "service": "",
            "title": titles(len(which), chance),
            "labels": [[["bug"], ["enhancement"], []][one] for one in label],
            "deployment": np.nan,
            "created": created,
            "closed": np.where(closed < end[which], closed, np.nan),
        }
    )
