"""The sample portfolio: simulated projects in a tenant of their own, to look around in before there is real data."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pandas as pd
from sqlalchemy import delete, select

from maestro_core.access import Permission
from maestro_core.actions import action
from maestro_core.actions.derived import derive_project
from maestro_core.actions.sample_code import insert_code
from maestro_core.actions.sample_delivery import insert_delivery
from maestro_core.actions.sample_experiments import insert_experiments
from maestro_core.actions.sample_rows import Keys, having, keys_for, of, put
from maestro_core.actions.sample_rules import insert_rules
from maestro_core.actions.sample_scenarios import keep_scenarios
from maestro_core.actions.training import train, train_as_of
from maestro_core.errors import NotNow
from maestro_core.learning.simulation import SimulatedPortfolio, simulate
from maestro_core.learning.simulation_delivery import simulate_delivery
from maestro_core.learning.simulation_experiments import simulate_experiments
from maestro_core.models import (
    Account,
    Artifact,
    ArtifactUsage,
    ArtifactVersion,
    DataSource,
    Experiment,
    Person,
    Project,
    Scenario,
    TeamMember,
    TrainingRun,
)
from maestro_core.portfolios import Portfolio
from maestro_core.terms import SourceKind
from maestro_core.workspace import Workspace, open_workspace

SEED = 14
FRESH = timedelta(days=1)
"""The sample ends on the day it was made; older than this, it is made anew."""

FORETOLD = timedelta(days=190)
"""So long before today it was foretold what ran then: what ended since shows whether that held."""

EMPTIED = (Experiment, TrainingRun, DataSource, Artifact, Project, Person, Scenario)


def load_sample_if_old(sample: Portfolio, *, older_than: timedelta = FRESH) -> bool:
    """Make the sample where there is none, or where it ends too long ago; whether that was so."""
    with open_workspace(sample.engine, sample.membership_id, reading=True) as ws:
        made_at = ws.session.scalar(select(Project.created_at).order_by(Project.created_at).limit(1))
        is_fresh = made_at is not None and ws.now - made_at < older_than
    return False if is_fresh else load_sample(sample)


def load_sample(sample: Portfolio, *, seed: int = SEED) -> bool:
    """Make the sample anew and learn from it."""
    door = partial(open_workspace, sample.engine, sample.membership_id)
    with door() as ws:
        make_sample(ws, seed=seed)
        made_at = ws.now
    train_as_of(partial(door, now=made_at - FORETOLD))
    told = train(door)
    with door() as ws:
        keep_scenarios(ws)
    return bool(told)


@action(Permission.EDIT_SETTINGS)
def make_sample(ws: Workspace, *, seed: int) -> None:
    """Replace everything in a sample tenant by a simulated portfolio that ends today; refused in a real one."""
    if not ws.tenant.is_sample:
        raise NotNow("A sample is never mixed with an organisation's own projects.")
    for table in EMPTIED:
        ws.session.execute(delete(table))
    portfolio = _committed(simulate(seed, until=ws.now.date()))
    told = simulate_delivery(seed, portfolio, until=ws.now.date())
    experiments = simulate_experiments(seed, portfolio, until=ws.now.date())
    portfolio = experiments.portfolio
    keys = keys_for(portfolio)
    _insert_people_and_projects(ws, portfolio, keys)
    _insert_artifacts(ws, portfolio, keys)
    insert_code(ws, portfolio, told, keys)
    insert_delivery(ws, portfolio, told, keys)
    insert_rules(ws, told, keys)
    insert_experiments(ws, experiments, keys)
    # Older projects have neither deliveries nor files that anything could be made of.
    for project_id in of(keys.projects, told.habits["project_id"]):
        derive_project(ws, project_id)


def _committed(portfolio: SimulatedPortfolio) -> SimulatedPortfolio:
    """Simulated authors commit what they write at once."""
    commits = portfolio.commits.assign(committed_at=portfolio.commits["authored_at"])
    return replace(portfolio, commits=commits)


def _insert_people_and_projects(ws: Workspace, portfolio: SimulatedPortfolio, keys: Keys) -> None:
    projects = portfolio.projects[
        [
            *("name", "domain", "problem_type", "complexity", "team_size", "started_at", "finished_at", "outcome"),
            *("compute_cost", "experiments", "model_performance", "business_impact", "delivery"),
        ]
    ]
    put(ws, Project, having(projects, id=keys.projects, created_at=ws.now))
    put(ws, Person, having(portfolio.people[["name"]], id=keys.people, email=None, is_bot=False))
    identities = [f"{name} <sample>".lower() for name in portfolio.people["name"]]
    accounts = portfolio.people[["name"]].assign(identity=identities)
    put(ws, Account, having(accounts, id=keys.accounts, person_id=keys.people, kind=SourceKind.GIT))
    members = portfolio.members
    put(
        ws,
        TeamMember,
        having(
            members[["role", "experience_years"]],
            project_id=of(keys.projects, members["project_id"]),
            person_id=of(keys.people, members["person_id"]),
        ),
    )


def _insert_artifacts(ws: Workspace, portfolio: SimulatedPortfolio, keys: Keys) -> None:
    artifacts, versions, usage = portfolio.artifacts, portfolio.versions, portfolio.usage
    owners = portfolio.people.set_index("person_id")["name"]
    tags = [[domain] if isinstance(domain, str) else [] for domain in artifacts["domain"]]
    named = artifacts[["name", "kind", "created_at"]].assign(owner=artifacts["owner_id"].map(owners))
    put(ws, Artifact, having(named, id=keys.artifacts, tags=tags))
    released = versions[["version"]].assign(created_at=versions["released_at"])
    of_artifact = of(keys.artifacts, versions["artifact_id"])
    put(
        ws,
        ArtifactVersion,
        having(released, id=keys.versions, artifact_id=of_artifact, tags=[list(row) for row in versions["tags"]]),
    )
    put(
        ws,
        ArtifactUsage,
        having(
            usage[["used_at"]],
            origin=[f"sample:{row}" for row in range(len(usage))],
            artifact_id=of(keys.artifacts, usage["artifact_id"]),
            project_id=of(keys.projects, usage["project_id"]),
            person_id=of(keys.people, usage["person_id"]),
            version_id=[None if pd.isna(row) else keys.versions[int(row)] for row in usage["version_id"]],
        ),
    )
