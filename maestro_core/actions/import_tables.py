"""The tables of a portfolio file: what a row of each is, which columns it has, and what they mean."""

from __future__ import annotations

from typing import Self

from pydantic import ConfigDict, model_validator

from maestro_core.actions.entries import ArtifactEntry, Entry, MemberEntry, OutcomeEntry, PersonEntry, ProjectEntry
from maestro_core.actions.entry_fields import Kind, Label, Moment, Name, refused


class ProjectRow(OutcomeEntry, ProjectEntry):
    """A project and, once it has ended, its outcome; known by its name."""

    @property
    def key(self) -> tuple[str, ...]:
        return (self.name,)


class WholeProject(ProjectRow):
    """What is known and what is told of a project, together."""

    @model_validator(mode="after")
    def _ended(self) -> Self:
        if self.outcome and self.finished_at is None:
            raise refused("an outcome needs the date in finished_at")
        return self


class MemberRow(MemberEntry, PersonEntry):
    """A person on a project; known by the e-mail address, else by the name."""

    project: Name

    @property
    def key(self) -> tuple[str, ...]:
        return (self.project, self.email or self.person)


class ArtifactRow(ArtifactEntry):
    """An artifact, known by kind and name."""

    @property
    def key(self) -> tuple[str, ...]:
        return (self.kind, self.name)


class UsageRow(Entry):
    """One use of an artifact by a project: the same use told twice counts once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    project: Name
    kind: Kind
    artifact: Name
    used_at: Moment
    version: Label = None
    person: Label = None

    @property
    def key(self) -> tuple[str, ...]:
        at = self.used_at.isoformat()
        return (self.project, self.kind, self.artifact, at, self.version or "", self.person or "")


Row = ProjectRow | MemberRow | ArtifactRow | UsageRow

TABLES: dict[str, type[Row]] = {
    "projects": ProjectRow,
    "members": MemberRow,
    "artifacts": ArtifactRow,
    "usage": UsageRow,
}

MEANINGS: dict[str, dict[str, str]] = {
    "projects": {
        "name": "Required. Projects are known by their name: a row with a known name changes that project.",
        "description": "What the project is about.",
        "problem_type": "Such as classification, forecasting, recommendation.",
        "domain": "Such as marketing, risk, logistics.",
        "complexity": "1 (routine) to 10 (research).",
        "team_size": "Number of people; leave it empty to count the members.",
        "started_at": "Date, such as 2026-01-12.",
        "finished_at": "Date, not before the start; empty while the project runs.",
        "compute_cost": "In the organisation's currency, with a point as decimal mark.",
        "experiments": "Number of experiments; leave it empty to count tracked runs.",
        "outcome": "success, failure or cancelled; needs finished_at.",
        "model_performance": "0 to 100.",
        "business_impact": "0 to 100.",
        "delivery": "0 to 100: how well time and scope were kept.",
    },
    "members": {
        "project": "Required. A project in the file, or one that Maestro knows.",
        "person": "Required. The name.",
        "email": "Tells people of one name apart.",
        "role": "data scientist, ML engineer, data engineer, software engineer, analyst, product manager or other.",
        "experience_years": "Years of experience when the project started.",
        "joined_at": "Date.",
        "left_at": "Date, not before joining.",
    },
    "artifacts": {
        "name": "Required. Artifacts are known by kind and name.",
        "kind": "Required. dataset, model, feature set, pipeline, template, notebook or library.",
        "description": "What it is and when to use it.",
        "owner": "Whom to ask.",
        "url": "Where it is: http:// or https://.",
        "tags": "Separated by commas.",
    },
    "usage": {
        "project": "Required. A project in the file, or one that Maestro knows.",
        "kind": "Required. The kind of the artifact.",
        "artifact": "Required. The name of an artifact in the file, or one that Maestro knows.",
        "used_at": "Required. Date, or date and time (UTC unless it says otherwise).",
        "version": "Such as 3 or 1.4.0; becomes known if it is not.",
        "person": "A name or an e-mail address.",
    },
}

NOTES = (
    "One table per sheet (Excel) or per file (projects.csv, members.csv, artifacts.csv, usage.csv; alone or zipped).",
    "Tables and optional columns may be left out. The order of tables, rows and columns does not matter.",
    "An empty cell says nothing: what Maestro knows already stays as it is.",
    "CSV is UTF-8, separated by commas, semicolons or tabs.",
    "Numbers have a point as decimal mark. Dates are 2026-03-01, or dates of Excel.",
    "Formulas are not computed: paste values. Importing the same file twice changes nothing the second time.",
)
