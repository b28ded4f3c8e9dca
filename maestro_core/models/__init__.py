"""What we know: tables, one class per word of the field, one file per topic."""

from maestro_core.models.artifacts import (
    Artifact,
    ArtifactEffect,
    ArtifactPair,
    ArtifactScore,
    ArtifactUsage,
    ArtifactVersion,
    VersionUpgrade,
)
from maestro_core.models.base import Base, OwnedByTenant, UtcDateTime, new_key
from maestro_core.models.code import (
    Branch,
    CoAuthorship,
    CodeFile,
    Commit,
    FileAuthor,
    FileChange,
    FileKnowledge,
    FileRename,
    Repository,
)
from maestro_core.models.delivery import (
    DeliverySetting,
    Deployment,
    DeploymentChange,
    DeploymentEvent,
    DeploymentRule,
    Incident,
    IncidentRule,
    Issue,
    Release,
)
from maestro_core.models.experiments import Assignment, Experiment, ExperimentDecision, Variant
from maestro_core.models.learning import Prediction, TrainingRun
from maestro_core.models.people import Account, IdentityDecision, Person, TeamMember
from maestro_core.models.pipelines import PipelineJob, PipelineRun
from maestro_core.models.projects import ProcessMetric, Project
from maestro_core.models.recommendations import DismissedRecommendation, LearnedRecommender, PlannedUse
from maestro_core.models.reviews import PullRequest, Review
from maestro_core.models.scenarios import Scenario
from maestro_core.models.sources import DataQualityIssue, DataSource, RefreshRun, TrackedExperiment, TrackedRun
from maestro_core.models.tenancy import AuditEvent, Lease, Membership, Tenant, User

__all__ = [
    "Account",
    "Artifact",
    "ArtifactEffect",
    "ArtifactPair",
    "ArtifactScore",
    "ArtifactUsage",
    "ArtifactVersion",
    "Assignment",
    "AuditEvent",
    "Base",
    "Branch",
    "CoAuthorship",
    "CodeFile",
    "Commit",
    "DataQualityIssue",
    "DataSource",
    "DeliverySetting",
    "Deployment",
    "DeploymentChange",
    "DeploymentEvent",
    "DeploymentRule",
    "DismissedRecommendation",
    "Experiment",
    "ExperimentDecision",
    "FileAuthor",
    "FileChange",
    "FileKnowledge",
    "FileRename",
    "IdentityDecision",
    "Incident",
    "IncidentRule",
    "Issue",
    "LearnedRecommender",
    "Lease",
    "Membership",
    "OwnedByTenant",
    "Person",
    "PipelineJob",
    "PipelineRun",
    "PlannedUse",
    "Prediction",
    "ProcessMetric",
    "Project",
    "PullRequest",
    "RefreshRun",
    "Release",
    "Repository",
    "Review",
    "Scenario",
    "TeamMember",
    "Tenant",
    "TrackedExperiment",
    "TrackedRun",
    "TrainingRun",
    "User",
    "UtcDateTime",
    "Variant",
    "VersionUpgrade",
    "new_key",
]
