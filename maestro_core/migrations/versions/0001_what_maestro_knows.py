"""What Maestro knows"""

import sqlalchemy as sa
from alembic import op

import maestro_core.models.base
from maestro_core.migrations.security import guard, guard_tenancy, unguard_tenancy

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


GUARDED = (
    "account",
    "artifact",
    "artifact_score",
    "artifact_usage",
    "artifact_version",
    "audit_event",
    "branch",
    "code_file",
    "commit",
    "data_quality_issue",
    "data_source",
    "file_change",
    "lease",
    "person",
    "prediction",
    "process_metric",
    "project",
    "refresh_run",
    "repository",
    "team_member",
    "tracked_experiment",
    "tracked_run",
    "training_run",
    "user",
)


def upgrade() -> None:
    op.create_table(
        "tenant",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("week_starts_on", sa.Integer(), nullable=False),
        sa.Column("weight_model_performance", sa.Double(), nullable=False),
        sa.Column("weight_business_impact", sa.Double(), nullable=False),
        sa.Column("weight_delivery", sa.Double(), nullable=False),
        sa.Column("data_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant")),
    )
    op.create_table(
        "artifact",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "dataset",
                "model",
                "feature set",
                "pipeline",
                "template",
                "notebook",
                "library",
                name="artifactkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("tags", maestro_core.models.base.Json(), nullable=False),
        sa.Column("created_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_artifact_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_artifact")),
        sa.UniqueConstraint("tenant_id", "kind", "name", name=op.f("uq_artifact_tenant_id_kind_name")),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("membership_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("arguments", maestro_core.models.base.Json(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("happened_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_audit_event_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_audit_event")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_event_happened_at"), ["happened_at"], unique=False)

    op.create_table(
        "lease",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("expires_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_lease_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_lease")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_lease_tenant_id_name")),
    )
    op.create_table(
        "person",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("is_bot", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_person_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_person")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index("ix_person_email", ["email", "tenant_id"], unique=False)

    op.create_table(
        "project",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("problem_type", sa.Text(), nullable=True),
        sa.Column("domain", sa.Text(), nullable=True),
        sa.Column("complexity", sa.Double(), nullable=True),
        sa.Column("team_size", sa.Double(), nullable=True),
        sa.Column("started_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("finished_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum("success", "failure", "cancelled", name="outcome", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column("model_performance", sa.Double(), nullable=True),
        sa.Column("business_impact", sa.Double(), nullable=True),
        sa.Column("delivery", sa.Double(), nullable=True),
        sa.Column("compute_cost", sa.Double(), nullable=True),
        sa.Column("experiments", sa.Integer(), nullable=True),
        sa.Column("created_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("business_impact BETWEEN 0 AND 100", name=op.f("ck_project_business_impact_range")),
        sa.CheckConstraint("complexity BETWEEN 1 AND 10", name=op.f("ck_project_complexity_range")),
        sa.CheckConstraint("delivery BETWEEN 0 AND 100", name=op.f("ck_project_delivery_range")),
        sa.CheckConstraint("model_performance BETWEEN 0 AND 100", name=op.f("ck_project_model_performance_range")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_project_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_project")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_project_tenant_id_name")),
    )
    op.create_table(
        "training_run",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("trained_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("data_hash", sa.Text(), nullable=False),
        sa.Column("settings", maestro_core.models.base.Json(), nullable=False),
        sa.Column("metrics", maestro_core.models.base.Json(), nullable=False),
        sa.Column("coefficients", maestro_core.models.base.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_training_run_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_training_run")),
    )
    with op.batch_alter_table("training_run", schema=None) as batch_op:
        batch_op.create_index("ix_training_run_question", ["question", "trained_at", "tenant_id"], unique=False)

    op.create_table(
        "user",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_user_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_user")),
    )
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.create_index("ix_user_email", ["email"], unique=False)

    op.create_table(
        "account",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("person_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("kind", sa.Enum("git", "mlflow", name="sourcekind", native_enum=False, length=40), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id", "tenant_id"],
            ["person.id", "person.tenant_id"],
            name=op.f("fk_account_person_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_account_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_account")),
        sa.UniqueConstraint("kind", "identity", "tenant_id", name=op.f("uq_account_kind_identity_tenant_id")),
    )
    op.create_table(
        "artifact_score",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("artifact_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("training_run_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("score_low", sa.Double(), nullable=False),
        sa.Column("score_high", sa.Double(), nullable=False),
        sa.Column("effect", sa.Double(), nullable=False),
        sa.Column("effect_low", sa.Double(), nullable=False),
        sa.Column("effect_high", sa.Double(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("reliability", sa.Double(), nullable=False),
        sa.Column("projects", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artifact_id", "tenant_id"],
            ["artifact.id", "artifact.tenant_id"],
            name=op.f("fk_artifact_score_artifact_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_artifact_score_tenant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["training_run_id", "tenant_id"],
            ["training_run.id", "training_run.tenant_id"],
            name=op.f("fk_artifact_score_training_run_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_artifact_score")),
        sa.UniqueConstraint(
            "artifact_id", "as_of", "tenant_id", name=op.f("uq_artifact_score_artifact_id_as_of_tenant_id")
        ),
    )
    with op.batch_alter_table("artifact_score", schema=None) as batch_op:
        batch_op.create_index("ix_artifact_score_as_of", ["as_of", "tenant_id"], unique=False)

    op.create_table(
        "artifact_usage",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("artifact_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("project_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("version_id", maestro_core.models.base.Key(), nullable=True),
        sa.Column("person_id", maestro_core.models.base.Key(), nullable=True),
        sa.Column("used_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artifact_id", "tenant_id"],
            ["artifact.id", "artifact.tenant_id"],
            name=op.f("fk_artifact_usage_artifact_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "tenant_id"],
            ["project.id", "project.tenant_id"],
            name=op.f("fk_artifact_usage_project_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_artifact_usage_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_artifact_usage")),
        sa.UniqueConstraint("origin", "tenant_id", name=op.f("uq_artifact_usage_origin_tenant_id")),
    )
    with op.batch_alter_table("artifact_usage", schema=None) as batch_op:
        batch_op.create_index("ix_artifact_usage_artifact", ["artifact_id", "used_at", "tenant_id"], unique=False)
        batch_op.create_index("ix_artifact_usage_project", ["project_id", "tenant_id"], unique=False)
        batch_op.create_index("ix_artifact_usage_tenant", ["tenant_id"], unique=False)

    op.create_table(
        "artifact_version",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("artifact_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("tags", maestro_core.models.base.Json(), nullable=False),
        sa.Column("created_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["artifact_id", "tenant_id"],
            ["artifact.id", "artifact.tenant_id"],
            name=op.f("fk_artifact_version_artifact_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_artifact_version_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_artifact_version")),
        sa.UniqueConstraint(
            "artifact_id", "version", "tenant_id", name=op.f("uq_artifact_version_artifact_id_version_tenant_id")
        ),
    )
    op.create_table(
        "data_source",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("kind", sa.Enum("git", "mlflow", name="sourcekind", native_enum=False, length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("project_id", maestro_core.models.base.Key(), nullable=True),
        sa.Column("credentials", sa.Text(), nullable=True),
        sa.Column("cursor", maestro_core.models.base.Json(), nullable=False),
        sa.Column("created_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("refreshed_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id", "tenant_id"],
            ["project.id", "project.tenant_id"],
            name=op.f("fk_data_source_project_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_data_source_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_data_source")),
        sa.UniqueConstraint("tenant_id", "kind", "location", name=op.f("uq_data_source_tenant_id_kind_location")),
    )
    op.create_table(
        "membership",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("user_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("owner", "admin", "manager", "analyst", "viewer", name="role", native_enum=False, length=40),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_membership_tenant_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["user_id", "tenant_id"],
            ["user.id", "user.tenant_id"],
            name=op.f("fk_membership_user_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_membership")),
        sa.UniqueConstraint("tenant_id", "user_id", name=op.f("uq_membership_tenant_id_user_id")),
    )
    op.create_table(
        "prediction",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("project_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("training_run_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column(
            "target",
            sa.Enum("success", "duration", "cost", name="target", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("low", sa.Double(), nullable=False),
        sa.Column("high", sa.Double(), nullable=False),
        sa.Column("outside", maestro_core.models.base.Json(), nullable=False),
        sa.Column("contributions", maestro_core.models.base.Json(), nullable=False),
        sa.Column("predicted_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "tenant_id"],
            ["project.id", "project.tenant_id"],
            name=op.f("fk_prediction_project_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_prediction_tenant_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["training_run_id", "tenant_id"],
            ["training_run.id", "training_run.tenant_id"],
            name=op.f("fk_prediction_training_run_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_prediction")),
    )
    with op.batch_alter_table("prediction", schema=None) as batch_op:
        batch_op.create_index("ix_prediction_project", ["project_id", "target", "tenant_id"], unique=False)

    op.create_table(
        "process_metric",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("project_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "tenant_id"],
            ["project.id", "project.tenant_id"],
            name=op.f("fk_process_metric_project_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_process_metric_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_process_metric")),
        sa.UniqueConstraint(
            "project_id", "measure", "day", "tenant_id", name=op.f("uq_process_metric_project_id_measure_day_tenant_id")
        ),
    )
    with op.batch_alter_table("process_metric", schema=None) as batch_op:
        batch_op.create_index("ix_process_metric_day", ["day", "tenant_id"], unique=False)

    op.create_table(
        "team_member",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("project_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("person_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "data scientist",
                "ML engineer",
                "data engineer",
                "software engineer",
                "analyst",
                "product manager",
                "other",
                name="teamrole",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("experience_years", sa.Double(), nullable=True),
        sa.Column("joined_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("left_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id", "tenant_id"],
            ["person.id", "person.tenant_id"],
            name=op.f("fk_team_member_person_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "tenant_id"],
            ["project.id", "project.tenant_id"],
            name=op.f("fk_team_member_project_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_team_member_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_team_member")),
        sa.UniqueConstraint(
            "project_id", "person_id", "tenant_id", name=op.f("uq_team_member_project_id_person_id_tenant_id")
        ),
    )
    op.create_table(
        "data_quality_issue",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("source_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("found_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id", "tenant_id"],
            ["data_source.id", "data_source.tenant_id"],
            name=op.f("fk_data_quality_issue_source_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_data_quality_issue_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_data_quality_issue")),
        sa.UniqueConstraint(
            "source_id",
            "kind",
            "subject",
            "tenant_id",
            name=op.f("uq_data_quality_issue_source_id_kind_subject_tenant_id"),
        ),
    )
    op.create_table(
        "refresh_run",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("source_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("queued", "running", "succeeded", "failed", name="runstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("requested_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("started_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("finished_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("interruptions", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("advice", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id", "tenant_id"],
            ["data_source.id", "data_source.tenant_id"],
            name=op.f("fk_refresh_run_source_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_refresh_run_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_refresh_run")),
    )
    with op.batch_alter_table("refresh_run", schema=None) as batch_op:
        batch_op.create_index("ix_refresh_run_source", ["source_id", "requested_at", "tenant_id"], unique=False)
        batch_op.create_index("ix_refresh_run_state", ["state", "tenant_id"], unique=False)

    op.create_table(
        "repository",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("source_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("project_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "tenant_id"],
            ["project.id", "project.tenant_id"],
            name=op.f("fk_repository_project_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["source_id", "tenant_id"],
            ["data_source.id", "data_source.tenant_id"],
            name=op.f("fk_repository_source_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_repository_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_repository")),
        sa.UniqueConstraint("source_id", "tenant_id", name=op.f("uq_repository_source_id_tenant_id")),
    )
    op.create_table(
        "tracked_experiment",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("source_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("project_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("performance_metric", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id", "tenant_id"],
            ["project.id", "project.tenant_id"],
            name=op.f("fk_tracked_experiment_project_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["source_id", "tenant_id"],
            ["data_source.id", "data_source.tenant_id"],
            name=op.f("fk_tracked_experiment_source_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_tracked_experiment_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_tracked_experiment")),
        sa.UniqueConstraint(
            "source_id", "external_id", "tenant_id", name=op.f("uq_tracked_experiment_source_id_external_id_tenant_id")
        ),
    )
    op.create_table(
        "branch",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("repository_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("head_sha", sa.Text(), nullable=False),
        sa.Column("last_commit_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("merged", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id", "tenant_id"],
            ["repository.id", "repository.tenant_id"],
            name=op.f("fk_branch_repository_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_branch_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_branch")),
        sa.UniqueConstraint("repository_id", "name", "tenant_id", name=op.f("uq_branch_repository_id_name_tenant_id")),
    )
    op.create_table(
        "code_file",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("repository_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id", "tenant_id"],
            ["repository.id", "repository.tenant_id"],
            name=op.f("fk_code_file_repository_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_code_file_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_code_file")),
        sa.UniqueConstraint(
            "repository_id", "path", "tenant_id", name=op.f("uq_code_file_repository_id_path_tenant_id")
        ),
    )
    op.create_table(
        "commit",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("repository_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("account_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("sha", sa.Text(), nullable=False),
        sa.Column("authored_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("utc_offset_minutes", sa.Integer(), nullable=False),
        sa.Column("committed_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("is_merge", sa.Boolean(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("deleted", sa.Integer(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "tenant_id"],
            ["account.id", "account.tenant_id"],
            name=op.f("fk_commit_account_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["repository_id", "tenant_id"],
            ["repository.id", "repository.tenant_id"],
            name=op.f("fk_commit_repository_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_commit_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_commit")),
        sa.UniqueConstraint("repository_id", "sha", "tenant_id", name=op.f("uq_commit_repository_id_sha_tenant_id")),
    )
    with op.batch_alter_table("commit", schema=None) as batch_op:
        batch_op.create_index("ix_commit_account", ["account_id", "tenant_id"], unique=False)
        batch_op.create_index("ix_commit_committed_at", ["repository_id", "committed_at", "tenant_id"], unique=False)

    op.create_table(
        "tracked_run",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("experiment_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("metrics", maestro_core.models.base.Json(), nullable=False),
        sa.Column("tags", maestro_core.models.base.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_id", "tenant_id"],
            ["tracked_experiment.id", "tracked_experiment.tenant_id"],
            name=op.f("fk_tracked_run_experiment_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_tracked_run_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_tracked_run")),
        sa.UniqueConstraint(
            "experiment_id", "external_id", "tenant_id", name=op.f("uq_tracked_run_experiment_id_external_id_tenant_id")
        ),
    )
    with op.batch_alter_table("tracked_run", schema=None) as batch_op:
        batch_op.create_index("ix_tracked_run_started_at", ["experiment_id", "started_at", "tenant_id"], unique=False)

    op.create_table(
        "file_change",
        sa.Column("commit_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("file_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("deleted", sa.Integer(), nullable=False),
        sa.Column("is_binary", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["commit_id", "tenant_id"],
            ["commit.id", "commit.tenant_id"],
            name=op.f("fk_file_change_commit_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["file_id", "tenant_id"],
            ["code_file.id", "code_file.tenant_id"],
            name=op.f("fk_file_change_file_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_file_change_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("commit_id", "file_id", "tenant_id", name=op.f("pk_file_change")),
    )
    with op.batch_alter_table("file_change", schema=None) as batch_op:
        batch_op.create_index("ix_file_change_file", ["file_id", "tenant_id"], unique=False)

    guard_tenancy()
    guard(*GUARDED)


def downgrade() -> None:
    unguard_tenancy()
    with op.batch_alter_table("file_change", schema=None) as batch_op:
        batch_op.drop_index("ix_file_change_file")

    op.drop_table("file_change")
    with op.batch_alter_table("tracked_run", schema=None) as batch_op:
        batch_op.drop_index("ix_tracked_run_started_at")

    op.drop_table("tracked_run")
    with op.batch_alter_table("commit", schema=None) as batch_op:
        batch_op.drop_index("ix_commit_committed_at")
        batch_op.drop_index("ix_commit_account")

    op.drop_table("commit")
    op.drop_table("code_file")
    op.drop_table("branch")
    op.drop_table("tracked_experiment")
    op.drop_table("repository")
    with op.batch_alter_table("refresh_run", schema=None) as batch_op:
        batch_op.drop_index("ix_refresh_run_state")
        batch_op.drop_index("ix_refresh_run_source")

    op.drop_table("refresh_run")
    op.drop_table("data_quality_issue")
    op.drop_table("team_member")
    with op.batch_alter_table("process_metric", schema=None) as batch_op:
        batch_op.drop_index("ix_process_metric_day")

    op.drop_table("process_metric")
    with op.batch_alter_table("prediction", schema=None) as batch_op:
        batch_op.drop_index("ix_prediction_project")

    op.drop_table("prediction")
    op.drop_table("membership")
    op.drop_table("data_source")
    op.drop_table("artifact_version")
    with op.batch_alter_table("artifact_usage", schema=None) as batch_op:
        batch_op.drop_index("ix_artifact_usage_tenant")
        batch_op.drop_index("ix_artifact_usage_project")
        batch_op.drop_index("ix_artifact_usage_artifact")

    op.drop_table("artifact_usage")
    with op.batch_alter_table("artifact_score", schema=None) as batch_op:
        batch_op.drop_index("ix_artifact_score_as_of")

    op.drop_table("artifact_score")
    op.drop_table("account")
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.drop_index("ix_user_email")

    op.drop_table("user")
    with op.batch_alter_table("training_run", schema=None) as batch_op:
        batch_op.drop_index("ix_training_run_question")

    op.drop_table("training_run")
    op.drop_table("project")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index("ix_person_email")

    op.drop_table("person")
    op.drop_table("lease")
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_event_happened_at"))

    op.drop_table("audit_event")
    op.drop_table("artifact")
    op.drop_table("tenant")
