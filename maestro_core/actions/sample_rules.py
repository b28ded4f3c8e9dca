"""What counts as a deployment and as an incident in the sample's projects: as a person there would have chosen."""

from __future__ import annotations

from typing import Any

from maestro_core.actions.sample_rows import Keys, having, of, put
from maestro_core.learning.simulation_delivery import SimulatedDelivery
from maestro_core.learning.simulation_deployments import INCIDENT, SERVICES
from maestro_core.models import DeliverySetting, DeploymentRule, IncidentRule
from maestro_core.terms import DeploymentOrigin, IncidentOrigin
from maestro_core.workspace import Workspace

PATIENT_HOURS = 48.0
"""Where a team chose another time than the usual day."""

RULES: dict[str, tuple[dict[str, Any], ...]] = {
    "environment": ({"origin": DeploymentOrigin.ENVIRONMENT, "pattern": "production"},),
    "services": tuple(
        {
            "origin": DeploymentOrigin.ENVIRONMENT,
            "pattern": f"{service}-production",
            "service": service,
            "paths": paths,
        }
        for service, paths in SERVICES.items()
    ),
    "pipeline": ({"origin": DeploymentOrigin.PIPELINE, "pattern": "deploy"},),
    "job": ({"origin": DeploymentOrigin.JOB, "pattern": "deploy-production"},),
    "tag": ({"origin": DeploymentOrigin.TAG, "pattern": "v*"},),
    "release": ({"origin": DeploymentOrigin.RELEASE, "pattern": "v*"},),
}


def insert_rules(ws: Workspace, told: SimulatedDelivery, keys: Keys) -> None:
    """A rule for each service that is deployed; incidents by label and by fix, but not where one person works."""
    deploying = told.habits[told.habits["deploying"] != ""]
    plain = {"service": "", "branch": "", "paths": []}
    put(
        ws,
        DeploymentRule,
        [
            plain | rule | {"project_id": keys.projects[project]}
            for project, way in zip(deploying["project_id"], deploying["deploying"], strict=True)
            for rule in RULES[way]
        ],
    )
    watched = deploying[deploying["reviewing"] != "alone"]
    for origin, pattern in ((IncidentOrigin.LABEL, INCIDENT), (IncidentOrigin.FIX, "")):
        rows = watched[(watched["tool"] != "") | (origin is IncidentOrigin.FIX)]
        owners = of(keys.projects, rows["project_id"])
        put(ws, IncidentRule, having(rows[[]], service="", origin=origin, pattern=pattern, project_id=owners))
    patient = deploying[deploying["reviewing"] == "rubber stamps"]
    owners = of(keys.projects, patient["project_id"])
    put(
        ws,
        DeliverySetting,
        having(patient[[]], project_id=owners, failure_hours=PATIENT_HOURS, hotfix_patterns=[[] for _ in owners]),
    )
