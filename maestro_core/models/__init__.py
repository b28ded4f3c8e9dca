"""What we know: tables, one class per word of the field, one file per topic."""

from maestro_core.models.artifacts import Artifact, ArtifactScore, ArtifactUsage, ArtifactVersion
from maestro_core.models.base import Base, OwnedByTenant, UtcDateTime, new_key
from maestro_core.models.code import Branch, CodeFile, Commit, FileChange, Repository
from maestro_core.models.learning import Prediction, TrainingRun
from maestro_core.models.people import Account, Person, TeamMember
from maestro_core.models.projects import ProcessMetric, Project
from maestro_core.models.sources import DataQualityIssue, DataSource, RefreshRun, TrackedExperiment, TrackedRun
from maestro_core.models.tenancy import AuditEvent, Lease, Membership, Tenant, User

__all__ = [
    "Account",
    "Artifact",
    "ArtifactScore",
    "ArtifactUsage",
    "ArtifactVersion",
    "AuditEvent",
    "Base",
    "Branch",
    "CodeFile",
    "Commit",
    "DataQualityIssue",
    "DataSource",
    "FileChange",
    "Lease",
    "Membership",
    "OwnedByTenant",
    "Person",
    "Prediction",
    "ProcessMetric",
    "Project",
    "RefreshRun",
    "Repository",
    "TeamMember",
    "Tenant",
    "TrackedExperiment",
    "TrackedRun",
    "TrainingRun",
    "User",
    "UtcDateTime",
    "new_key",
]
