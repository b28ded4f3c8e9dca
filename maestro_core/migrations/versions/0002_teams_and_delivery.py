"""Teams and delivery"""

import sqlalchemy as sa
from alembic import op

import maestro_core.models.base
from maestro_core.migrations.security import guard, unguard

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


GUARDED = (
    "co_authorship",
    "delivery_setting",
    "deployment",
    "deployment_change",
    "deployment_event",
    "deployment_rule",
    "file_author",
    "file_knowledge",
    "file_rename",
    "identity_decision",
    "incident",
    "incident_rule",
    "issue",
    "pipeline_job",
    "pipeline_run",
    "pull_request",
    "release",
    "review",
)


def upgrade() -> None:
    op.create_table(
        "delivery_setting",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("project_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("failure_hours", sa.Double(), nullable=False),
        sa.Column("hotfix_patterns", maestro_core.models.base.Json(), nullable=False),
        sa.Column("made_from", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "tenant_id"],
            ["project.id", "project.tenant_id"],
            name=op.f("fk_delivery_setting_project_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_delivery_setting_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_delivery_setting")),
        sa.UniqueConstraint("project_id", "tenant_id", name=op.f("uq_delivery_setting_project_id_tenant_id")),
    )
    op.create_table(
        "deployment_rule",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("project_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column(
            "origin",
            sa.Enum(
                "pipeline",
                "job",
                "environment",
                "tag",
                "release",
                name="deploymentorigin",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("paths", maestro_core.models.base.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "tenant_id"],
            ["project.id", "project.tenant_id"],
            name=op.f("fk_deployment_rule_project_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_deployment_rule_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_deployment_rule")),
    )
    with op.batch_alter_table("deployment_rule", schema=None) as batch_op:
        batch_op.create_index("ix_deployment_rule_project", ["project_id", "tenant_id"], unique=False)

    op.create_table(
        "identity_decision",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column(
            "act", sa.Enum("merge", "split", "apart", name="identityact", native_enum=False, length=40), nullable=False
        ),
        sa.Column("person_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("before", maestro_core.models.base.Json(), nullable=False),
        sa.Column("decided_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("undone_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id", "tenant_id"],
            ["person.id", "person.tenant_id"],
            name=op.f("fk_identity_decision_person_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_identity_decision_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_identity_decision")),
    )
    with op.batch_alter_table("identity_decision", schema=None) as batch_op:
        batch_op.create_index("ix_identity_decision_person", ["person_id", "tenant_id"], unique=False)

    op.create_table(
        "incident_rule",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("project_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column(
            "origin",
            sa.Enum("label", "fix", "pushed", name="incidentorigin", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "tenant_id"],
            ["project.id", "project.tenant_id"],
            name=op.f("fk_incident_rule_project_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_incident_rule_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_incident_rule")),
    )
    with op.batch_alter_table("incident_rule", schema=None) as batch_op:
        batch_op.create_index("ix_incident_rule_project", ["project_id", "tenant_id"], unique=False)

    op.create_table(
        "deployment",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("source_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("project_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column(
            "origin",
            sa.Enum(
                "pipeline",
                "job",
                "environment",
                "tag",
                "release",
                name="deploymentorigin",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("sha", sa.Text(), nullable=True),
        sa.Column("branch", sa.Text(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "success",
                "failure",
                "timed out",
                "start-up failure",
                "cancelled",
                "skipped",
                "neutral",
                name="pipelineoutcome",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("started_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("is_first", sa.Boolean(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=True),
        sa.Column("changes_reason", sa.Text(), nullable=False),
        sa.Column("is_rework", sa.Boolean(), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("recovered_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "tenant_id"],
            ["project.id", "project.tenant_id"],
            name=op.f("fk_deployment_project_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["source_id", "tenant_id"],
            ["data_source.id", "data_source.tenant_id"],
            name=op.f("fk_deployment_source_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_deployment_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_deployment")),
        sa.UniqueConstraint(
            "source_id",
            "project_id",
            "service",
            "origin",
            "external_id",
            "tenant_id",
            name=op.f("uq_deployment_source_id_project_id_service_origin_external_id_tenant_id"),
        ),
    )
    with op.batch_alter_table("deployment", schema=None) as batch_op:
        batch_op.create_index("ix_deployment_finished_at", ["project_id", "finished_at", "tenant_id"], unique=False)

    op.create_table(
        "deployment_event",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("source_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("project_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("sha", sa.Text(), nullable=True),
        sa.Column("branch", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "success",
                "failure",
                "timed out",
                "start-up failure",
                "cancelled",
                "skipped",
                "neutral",
                name="pipelineoutcome",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("created_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id", "tenant_id"],
            ["project.id", "project.tenant_id"],
            name=op.f("fk_deployment_event_project_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["source_id", "tenant_id"],
            ["data_source.id", "data_source.tenant_id"],
            name=op.f("fk_deployment_event_source_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_deployment_event_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_deployment_event")),
        sa.UniqueConstraint(
            "source_id", "external_id", "tenant_id", name=op.f("uq_deployment_event_source_id_external_id_tenant_id")
        ),
    )
    with op.batch_alter_table("deployment_event", schema=None) as batch_op:
        batch_op.create_index("ix_deployment_event_created_at", ["project_id", "created_at", "tenant_id"], unique=False)

    op.create_table(
        "incident",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("source_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("project_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column(
            "origin",
            sa.Enum("label", "fix", "pushed", name="incidentorigin", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("opened_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("deployment_id", maestro_core.models.base.Key(), nullable=True),
        sa.Column("is_linked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "tenant_id"],
            ["project.id", "project.tenant_id"],
            name=op.f("fk_incident_project_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["source_id", "tenant_id"],
            ["data_source.id", "data_source.tenant_id"],
            name=op.f("fk_incident_source_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_incident_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_incident")),
        sa.UniqueConstraint(
            "source_id",
            "project_id",
            "service",
            "origin",
            "external_id",
            "tenant_id",
            name=op.f("uq_incident_source_id_project_id_service_origin_external_id_tenant_id"),
        ),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index("ix_incident_opened_at", ["project_id", "opened_at", "tenant_id"], unique=False)

    op.create_table(
        "issue",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("source_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("project_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("labels", maestro_core.models.base.Json(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("deployment", sa.Text(), nullable=True),
        sa.Column("created_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("updated_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "tenant_id"],
            ["project.id", "project.tenant_id"],
            name=op.f("fk_issue_project_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["source_id", "tenant_id"],
            ["data_source.id", "data_source.tenant_id"],
            name=op.f("fk_issue_source_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_issue_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_issue")),
        sa.UniqueConstraint(
            "source_id", "external_id", "tenant_id", name=op.f("uq_issue_source_id_external_id_tenant_id")
        ),
    )
    with op.batch_alter_table("issue", schema=None) as batch_op:
        batch_op.create_index("ix_issue_created_at", ["project_id", "created_at", "tenant_id"], unique=False)

    op.create_table(
        "pipeline_run",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("source_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("project_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("pipeline", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=True),
        sa.Column("sha", sa.Text(), nullable=True),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "success",
                "failure",
                "timed out",
                "start-up failure",
                "cancelled",
                "skipped",
                "neutral",
                name="pipelineoutcome",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("created_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("started_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("finished_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id", "tenant_id"],
            ["project.id", "project.tenant_id"],
            name=op.f("fk_pipeline_run_project_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["source_id", "tenant_id"],
            ["data_source.id", "data_source.tenant_id"],
            name=op.f("fk_pipeline_run_source_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_pipeline_run_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_pipeline_run")),
        sa.UniqueConstraint(
            "source_id",
            "external_id",
            "attempt",
            "tenant_id",
            name=op.f("uq_pipeline_run_source_id_external_id_attempt_tenant_id"),
        ),
    )
    with op.batch_alter_table("pipeline_run", schema=None) as batch_op:
        batch_op.create_index("ix_pipeline_run_created_at", ["project_id", "created_at", "tenant_id"], unique=False)

    op.create_table(
        "pull_request",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("source_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("project_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("author_id", maestro_core.models.base.Key(), nullable=True),
        sa.Column("merged_by_id", maestro_core.models.base.Key(), nullable=True),
        sa.Column("created_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ready_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("merged_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("updated_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("head_branch", sa.Text(), nullable=False),
        sa.Column("base_branch", sa.Text(), nullable=False),
        sa.Column("merge_sha", sa.Text(), nullable=True),
        sa.Column("first_commit_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("commits", sa.Integer(), nullable=True),
        sa.Column("added", sa.Integer(), nullable=True),
        sa.Column("deleted", sa.Integer(), nullable=True),
        sa.Column("files", sa.Integer(), nullable=True),
        sa.Column("is_draft", sa.Boolean(), nullable=False),
        sa.Column("labels", maestro_core.models.base.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "tenant_id"],
            ["project.id", "project.tenant_id"],
            name=op.f("fk_pull_request_project_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["source_id", "tenant_id"],
            ["data_source.id", "data_source.tenant_id"],
            name=op.f("fk_pull_request_source_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_pull_request_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_pull_request")),
        sa.UniqueConstraint(
            "source_id", "external_id", "tenant_id", name=op.f("uq_pull_request_source_id_external_id_tenant_id")
        ),
    )
    with op.batch_alter_table("pull_request", schema=None) as batch_op:
        batch_op.create_index("ix_pull_request_created_at", ["project_id", "created_at", "tenant_id"], unique=False)
        batch_op.create_index("ix_pull_request_merge_sha", ["merge_sha", "tenant_id"], unique=False)

    op.create_table(
        "release",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("source_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("project_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha", sa.Text(), nullable=True),
        sa.Column("is_tag", sa.Boolean(), nullable=False),
        sa.Column("is_prerelease", sa.Boolean(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("released_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "tenant_id"],
            ["project.id", "project.tenant_id"],
            name=op.f("fk_release_project_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["source_id", "tenant_id"],
            ["data_source.id", "data_source.tenant_id"],
            name=op.f("fk_release_source_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_release_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_release")),
        sa.UniqueConstraint(
            "source_id", "external_id", "tenant_id", name=op.f("uq_release_source_id_external_id_tenant_id")
        ),
    )
    with op.batch_alter_table("release", schema=None) as batch_op:
        batch_op.create_index("ix_release_released_at", ["project_id", "released_at", "tenant_id"], unique=False)

    op.create_table(
        "pipeline_job",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("run_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "success",
                "failure",
                "timed out",
                "start-up failure",
                "cancelled",
                "skipped",
                "neutral",
                name="pipelineoutcome",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("created_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("started_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("finished_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("failed_step", sa.Text(), nullable=True),
        sa.Column("failure_reason", sa.Text(), nullable=True),
        sa.Column("environment", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id", "tenant_id"],
            ["pipeline_run.id", "pipeline_run.tenant_id"],
            name=op.f("fk_pipeline_job_run_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_pipeline_job_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_pipeline_job")),
        sa.UniqueConstraint(
            "run_id", "external_id", "tenant_id", name=op.f("uq_pipeline_job_run_id_external_id_tenant_id")
        ),
    )
    op.create_table(
        "review",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("pull_request_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("account_id", maestro_core.models.base.Key(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "approved",
                "changes requested",
                "commented",
                "dismissed",
                "note",
                name="reviewstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("submitted_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["pull_request_id", "tenant_id"],
            ["pull_request.id", "pull_request.tenant_id"],
            name=op.f("fk_review_pull_request_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_review_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_review")),
        sa.UniqueConstraint(
            "pull_request_id", "external_id", "tenant_id", name=op.f("uq_review_pull_request_id_external_id_tenant_id")
        ),
    )
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.create_index("ix_review_submitted_at", ["submitted_at", "tenant_id"], unique=False)

    op.create_table(
        "co_authorship",
        sa.Column("commit_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("account_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "tenant_id"],
            ["account.id", "account.tenant_id"],
            name=op.f("fk_co_authorship_account_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["commit_id", "tenant_id"],
            ["commit.id", "commit.tenant_id"],
            name=op.f("fk_co_authorship_commit_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_co_authorship_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("commit_id", "account_id", "tenant_id", name=op.f("pk_co_authorship")),
    )
    with op.batch_alter_table("co_authorship", schema=None) as batch_op:
        batch_op.create_index("ix_co_authorship_account", ["account_id", "tenant_id"], unique=False)

    op.create_table(
        "deployment_change",
        sa.Column("deployment_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("commit_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("started_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("is_squashed", sa.Boolean(), nullable=False),
        sa.Column("pull_request_id", maestro_core.models.base.Key(), nullable=True),
        sa.ForeignKeyConstraint(
            ["commit_id", "tenant_id"],
            ["commit.id", "commit.tenant_id"],
            name=op.f("fk_deployment_change_commit_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["deployment_id", "tenant_id"],
            ["deployment.id", "deployment.tenant_id"],
            name=op.f("fk_deployment_change_deployment_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_deployment_change_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("deployment_id", "commit_id", "tenant_id", name=op.f("pk_deployment_change")),
    )
    with op.batch_alter_table("deployment_change", schema=None) as batch_op:
        batch_op.create_index("ix_deployment_change_commit", ["commit_id", "tenant_id"], unique=False)

    op.create_table(
        "file_author",
        sa.Column("file_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("person_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("degree", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id", "tenant_id"],
            ["code_file.id", "code_file.tenant_id"],
            name=op.f("fk_file_author_file_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id", "tenant_id"],
            ["person.id", "person.tenant_id"],
            name=op.f("fk_file_author_person_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_file_author_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("file_id", "person_id", "tenant_id", name=op.f("pk_file_author")),
    )
    with op.batch_alter_table("file_author", schema=None) as batch_op:
        batch_op.create_index("ix_file_author_person", ["person_id", "tenant_id"], unique=False)

    op.create_table(
        "file_knowledge",
        sa.Column("file_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("fragmentation", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id", "tenant_id"],
            ["code_file.id", "code_file.tenant_id"],
            name=op.f("fk_file_knowledge_file_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_file_knowledge_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("file_id", "tenant_id", name=op.f("pk_file_knowledge")),
    )
    op.create_table(
        "file_rename",
        sa.Column("commit_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("file_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("from_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["commit_id", "tenant_id"],
            ["commit.id", "commit.tenant_id"],
            name=op.f("fk_file_rename_commit_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["file_id", "tenant_id"],
            ["code_file.id", "code_file.tenant_id"],
            name=op.f("fk_file_rename_file_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["from_id", "tenant_id"],
            ["code_file.id", "code_file.tenant_id"],
            name=op.f("fk_file_rename_from_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_file_rename_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("commit_id", "file_id", "tenant_id", name=op.f("pk_file_rename")),
    )
    with op.batch_alter_table("file_rename", schema=None) as batch_op:
        batch_op.create_index("ix_file_rename_file", ["file_id", "tenant_id"], unique=False)
        batch_op.create_index("ix_file_rename_from", ["from_id", "tenant_id"], unique=False)

    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("name", sa.Text(), nullable=False, server_default=sa.text("''")))
        batch_op.add_column(sa.Column("email", sa.Text(), nullable=True))
        batch_op.create_index("ix_account_email", ["email", "tenant_id"], unique=False)
        batch_op.create_index("ix_account_person", ["person_id", "tenant_id"], unique=False)

    with op.batch_alter_table("code_file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_present", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("lines", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("is_left_out", sa.Boolean(), nullable=False, server_default=sa.false()))

    with op.batch_alter_table("commit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("parents", sa.Text(), nullable=False, server_default=sa.text("''")))
        batch_op.add_column(sa.Column("left_out_added", sa.Integer(), nullable=False, server_default=sa.text("0")))
        batch_op.add_column(sa.Column("left_out_deleted", sa.Integer(), nullable=False, server_default=sa.text("0")))

    with op.batch_alter_table("refresh_run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("not_before", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")))

    with op.batch_alter_table("repository", schema=None) as batch_op:
        batch_op.add_column(sa.Column("known_from", maestro_core.models.base.Json(), nullable=True))

    with op.batch_alter_table("tenant", schema=None) as batch_op:
        batch_op.add_column(sa.Column("left_out_paths", maestro_core.models.base.Json(), nullable=True))

    guard(*GUARDED)


def downgrade() -> None:
    unguard(*GUARDED)
    with op.batch_alter_table("tenant", schema=None) as batch_op:
        batch_op.drop_column("left_out_paths")

    with op.batch_alter_table("repository", schema=None) as batch_op:
        batch_op.drop_column("known_from")

    with op.batch_alter_table("refresh_run", schema=None) as batch_op:
        batch_op.drop_column("attempts")
        batch_op.drop_column("not_before")

    with op.batch_alter_table("commit", schema=None) as batch_op:
        batch_op.drop_column("left_out_deleted")
        batch_op.drop_column("left_out_added")
        batch_op.drop_column("parents")

    with op.batch_alter_table("code_file", schema=None) as batch_op:
        batch_op.drop_column("is_left_out")
        batch_op.drop_column("lines")
        batch_op.drop_column("is_present")

    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_index("ix_account_person")
        batch_op.drop_index("ix_account_email")
        batch_op.drop_column("email")
        batch_op.drop_column("name")

    with op.batch_alter_table("file_rename", schema=None) as batch_op:
        batch_op.drop_index("ix_file_rename_from")
        batch_op.drop_index("ix_file_rename_file")

    op.drop_table("file_rename")
    op.drop_table("file_knowledge")
    with op.batch_alter_table("file_author", schema=None) as batch_op:
        batch_op.drop_index("ix_file_author_person")

    op.drop_table("file_author")
    with op.batch_alter_table("deployment_change", schema=None) as batch_op:
        batch_op.drop_index("ix_deployment_change_commit")

    op.drop_table("deployment_change")
    with op.batch_alter_table("co_authorship", schema=None) as batch_op:
        batch_op.drop_index("ix_co_authorship_account")

    op.drop_table("co_authorship")
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_index("ix_review_submitted_at")

    op.drop_table("review")
    op.drop_table("pipeline_job")
    with op.batch_alter_table("release", schema=None) as batch_op:
        batch_op.drop_index("ix_release_released_at")

    op.drop_table("release")
    with op.batch_alter_table("pull_request", schema=None) as batch_op:
        batch_op.drop_index("ix_pull_request_merge_sha")
        batch_op.drop_index("ix_pull_request_created_at")

    op.drop_table("pull_request")
    with op.batch_alter_table("pipeline_run", schema=None) as batch_op:
        batch_op.drop_index("ix_pipeline_run_created_at")

    op.drop_table("pipeline_run")
    with op.batch_alter_table("issue", schema=None) as batch_op:
        batch_op.drop_index("ix_issue_created_at")

    op.drop_table("issue")
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_index("ix_incident_opened_at")

    op.drop_table("incident")
    with op.batch_alter_table("deployment_event", schema=None) as batch_op:
        batch_op.drop_index("ix_deployment_event_created_at")

    op.drop_table("deployment_event")
    with op.batch_alter_table("deployment", schema=None) as batch_op:
        batch_op.drop_index("ix_deployment_finished_at")

    op.drop_table("deployment")
    with op.batch_alter_table("incident_rule", schema=None) as batch_op:
        batch_op.drop_index("ix_incident_rule_project")

    op.drop_table("incident_rule")
    with op.batch_alter_table("identity_decision", schema=None) as batch_op:
        batch_op.drop_index("ix_identity_decision_person")

    op.drop_table("identity_decision")
    with op.batch_alter_table("deployment_rule", schema=None) as batch_op:
        batch_op.drop_index("ix_deployment_rule_project")

    op.drop_table("deployment_rule")
    op.drop_table("delivery_setting")
