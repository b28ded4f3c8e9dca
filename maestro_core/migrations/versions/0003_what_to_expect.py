"""What to expect"""

import sqlalchemy as sa
from alembic import op

import maestro_core.models.base
from maestro_core.migrations.sealing import seal_assignments, unseal_assignments
from maestro_core.migrations.security import guard, unguard

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


GUARDED = (
    "artifact_effect",
    "artifact_pair",
    "assignment",
    "dismissed_recommendation",
    "experiment",
    "experiment_decision",
    "learned_recommender",
    "planned_use",
    "scenario",
    "variant",
    "version_upgrade",
)


def upgrade() -> None:
    op.create_table(
        "experiment",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hypothesis", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "team configuration", "artifact use", "workflow", name="experimentkind", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column(
            "unit",
            sa.Enum("team", "project within team", name="experimentunit", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("artifact_id", maestro_core.models.base.Key(), nullable=True),
        sa.Column("artifact_name", sa.Text(), nullable=False),
        sa.Column("primary_metric", sa.Text(), nullable=False),
        sa.Column("further_metrics", maestro_core.models.base.Json(), nullable=False),
        sa.Column("planned_units", sa.Integer(), nullable=False),
        sa.Column("worthwhile", sa.Double(), nullable=True),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("complexity_cuts", maestro_core.models.base.Json(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "running", "stopped", name="experimentstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("stop_reason", sa.Text(), nullable=False),
        sa.Column("created_by", maestro_core.models.base.Key(), nullable=False),
        sa.Column("created_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("started_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("archived_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("planned_units BETWEEN 4 AND 10000", name=op.f("ck_experiment_planned_units_range")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_experiment_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_experiment")),
        sa.UniqueConstraint("name", "tenant_id", name=op.f("uq_experiment_name_tenant_id")),
    )
    op.create_table(
        "learned_recommender",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("learned_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("data_hash", sa.Text(), nullable=False),
        sa.Column("settings", maestro_core.models.base.Json(), nullable=False),
        sa.Column("metrics", maestro_core.models.base.Json(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_learned_recommender_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_learned_recommender")),
    )
    with op.batch_alter_table("learned_recommender", schema=None) as batch_op:
        batch_op.create_index("ix_learned_recommender_learned_at", ["learned_at", "tenant_id"], unique=False)

    op.create_table(
        "scenario",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("plan", maestro_core.models.base.Json(), nullable=False),
        sa.Column("baseline", maestro_core.models.base.Json(), nullable=False),
        sa.Column("utility", maestro_core.models.base.Json(), nullable=False),
        sa.Column("expected", maestro_core.models.base.Json(), nullable=False),
        sa.Column("project_id", maestro_core.models.base.Key(), nullable=True),
        sa.Column("created_by", maestro_core.models.base.Key(), nullable=False),
        sa.Column("created_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_by", maestro_core.models.base.Key(), nullable=False),
        sa.Column("changed_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("removed_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_scenario_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_scenario")),
    )
    with op.batch_alter_table("scenario", schema=None) as batch_op:
        batch_op.create_index(
            "uq_scenario_name",
            ["name", "tenant_id"],
            unique=True,
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        )

    op.create_table(
        "artifact_effect",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("artifact_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("training_run_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column(
            "target",
            sa.Enum("success", "duration", "cost", name="target", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("score_low", sa.Double(), nullable=False),
        sa.Column("score_high", sa.Double(), nullable=False),
        sa.Column("effect", sa.Double(), nullable=False),
        sa.Column("effect_low", sa.Double(), nullable=False),
        sa.Column("effect_high", sa.Double(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("reliability", sa.Double(), nullable=False),
        sa.Column("projects", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artifact_id", "tenant_id"],
            ["artifact.id", "artifact.tenant_id"],
            name=op.f("fk_artifact_effect_artifact_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_artifact_effect_tenant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["training_run_id", "tenant_id"],
            ["training_run.id", "training_run.tenant_id"],
            name=op.f("fk_artifact_effect_training_run_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_artifact_effect")),
        sa.UniqueConstraint(
            "artifact_id", "target", "tenant_id", name=op.f("uq_artifact_effect_artifact_id_target_tenant_id")
        ),
    )
    op.create_table(
        "artifact_pair",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("artifact_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("other_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("training_run_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("projects", sa.Integer(), nullable=False),
        sa.Column("effect", sa.Double(), nullable=False),
        sa.Column("effect_low", sa.Double(), nullable=False),
        sa.Column("effect_high", sa.Double(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artifact_id", "tenant_id"],
            ["artifact.id", "artifact.tenant_id"],
            name=op.f("fk_artifact_pair_artifact_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["other_id", "tenant_id"],
            ["artifact.id", "artifact.tenant_id"],
            name=op.f("fk_artifact_pair_other_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_artifact_pair_tenant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["training_run_id", "tenant_id"],
            ["training_run.id", "training_run.tenant_id"],
            name=op.f("fk_artifact_pair_training_run_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_artifact_pair")),
        sa.UniqueConstraint(
            "artifact_id", "other_id", "tenant_id", name=op.f("uq_artifact_pair_artifact_id_other_id_tenant_id")
        ),
    )
    with op.batch_alter_table("artifact_pair", schema=None) as batch_op:
        batch_op.create_index("ix_artifact_pair_other", ["other_id", "tenant_id"], unique=False)

    op.create_table(
        "dismissed_recommendation",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("project_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("until", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("dismissed_by", maestro_core.models.base.Key(), nullable=False),
        sa.Column("dismissed_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "tenant_id"],
            ["project.id", "project.tenant_id"],
            name=op.f("fk_dismissed_recommendation_project_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_dismissed_recommendation_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_dismissed_recommendation")),
        sa.UniqueConstraint(
            "project_id", "rule", "tenant_id", name=op.f("uq_dismissed_recommendation_project_id_rule_tenant_id")
        ),
    )
    op.create_table(
        "planned_use",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("artifact_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("project_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("planned_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["artifact_id", "tenant_id"],
            ["artifact.id", "artifact.tenant_id"],
            name=op.f("fk_planned_use_artifact_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "tenant_id"],
            ["project.id", "project.tenant_id"],
            name=op.f("fk_planned_use_project_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_planned_use_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_planned_use")),
        sa.UniqueConstraint(
            "project_id", "artifact_id", "tenant_id", name=op.f("uq_planned_use_project_id_artifact_id_tenant_id")
        ),
    )
    with op.batch_alter_table("planned_use", schema=None) as batch_op:
        batch_op.create_index("ix_planned_use_artifact", ["artifact_id", "tenant_id"], unique=False)

    op.create_table(
        "variant",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("experiment_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_id", "tenant_id"],
            ["experiment.id", "experiment.tenant_id"],
            name=op.f("fk_variant_experiment_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_variant_tenant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_variant")),
        sa.UniqueConstraint("experiment_id", "name", "tenant_id", name=op.f("uq_variant_experiment_id_name_tenant_id")),
        sa.UniqueConstraint(
            "experiment_id", "place", "tenant_id", name=op.f("uq_variant_experiment_id_place_tenant_id")
        ),
    )
    op.create_table(
        "assignment",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("experiment_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("project_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("project_name", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("variant_id", maestro_core.models.base.Key(), nullable=True),
        sa.Column("stratum", sa.Text(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("enrolled_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("assigned_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("forecasts", maestro_core.models.base.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_id", "tenant_id"],
            ["experiment.id", "experiment.tenant_id"],
            name=op.f("fk_assignment_experiment_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_assignment_tenant_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["variant_id", "tenant_id"],
            ["variant.id", "variant.tenant_id"],
            name=op.f("fk_assignment_variant_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_assignment")),
        sa.UniqueConstraint(
            "experiment_id", "project_id", "tenant_id", name=op.f("uq_assignment_experiment_id_project_id_tenant_id")
        ),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index("ix_assignment_project", ["project_id", "tenant_id"], unique=False)

    op.create_table(
        "experiment_decision",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("experiment_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("variant_id", maestro_core.models.base.Key(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", maestro_core.models.base.Key(), nullable=False),
        sa.Column("decided_at", maestro_core.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_id", "tenant_id"],
            ["experiment.id", "experiment.tenant_id"],
            name=op.f("fk_experiment_decision_experiment_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_experiment_decision_tenant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["variant_id", "tenant_id"],
            ["variant.id", "variant.tenant_id"],
            name=op.f("fk_experiment_decision_variant_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_experiment_decision")),
    )
    with op.batch_alter_table("experiment_decision", schema=None) as batch_op:
        batch_op.create_index("ix_experiment_decision_experiment", ["experiment_id", "tenant_id"], unique=False)

    op.create_table(
        "version_upgrade",
        sa.Column("id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("tenant_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("artifact_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("version_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("newer_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("training_run_id", maestro_core.models.base.Key(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("effect", sa.Double(), nullable=False),
        sa.Column("effect_low", sa.Double(), nullable=False),
        sa.Column("effect_high", sa.Double(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artifact_id", "tenant_id"],
            ["artifact.id", "artifact.tenant_id"],
            name=op.f("fk_version_upgrade_artifact_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["newer_id", "tenant_id"],
            ["artifact_version.id", "artifact_version.tenant_id"],
            name=op.f("fk_version_upgrade_newer_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_version_upgrade_tenant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["training_run_id", "tenant_id"],
            ["training_run.id", "training_run.tenant_id"],
            name=op.f("fk_version_upgrade_training_run_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["version_id", "tenant_id"],
            ["artifact_version.id", "artifact_version.tenant_id"],
            name=op.f("fk_version_upgrade_version_id_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", "tenant_id", name=op.f("pk_version_upgrade")),
        sa.UniqueConstraint(
            "version_id", "newer_id", "tenant_id", name=op.f("uq_version_upgrade_version_id_newer_id_tenant_id")
        ),
    )
    with op.batch_alter_table("version_upgrade", schema=None) as batch_op:
        batch_op.create_index("ix_version_upgrade_artifact", ["artifact_id", "tenant_id"], unique=False)
        batch_op.create_index("ix_version_upgrade_newer", ["newer_id", "tenant_id"], unique=False)

    guard(*GUARDED)
    seal_assignments()


def downgrade() -> None:
    unseal_assignments()
    unguard(*GUARDED)
    with op.batch_alter_table("version_upgrade", schema=None) as batch_op:
        batch_op.drop_index("ix_version_upgrade_newer")
        batch_op.drop_index("ix_version_upgrade_artifact")

    op.drop_table("version_upgrade")
    with op.batch_alter_table("experiment_decision", schema=None) as batch_op:
        batch_op.drop_index("ix_experiment_decision_experiment")

    op.drop_table("experiment_decision")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_index("ix_assignment_project")

    op.drop_table("assignment")
    op.drop_table("variant")
    with op.batch_alter_table("planned_use", schema=None) as batch_op:
        batch_op.drop_index("ix_planned_use_artifact")

    op.drop_table("planned_use")
    op.drop_table("dismissed_recommendation")
    with op.batch_alter_table("artifact_pair", schema=None) as batch_op:
        batch_op.drop_index("ix_artifact_pair_other")

    op.drop_table("artifact_pair")
    op.drop_table("artifact_effect")
    with op.batch_alter_table("scenario", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_scenario_name",
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        )

    op.drop_table("scenario")
    with op.batch_alter_table("learned_recommender", schema=None) as batch_op:
        batch_op.drop_index("ix_learned_recommender_learned_at")

    op.drop_table("learned_recommender")
    op.drop_table("experiment")
