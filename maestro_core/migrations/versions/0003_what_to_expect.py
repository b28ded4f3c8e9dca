"""What to expect"""

import sqlalchemy as sa
from alembic import op

import maestro_core.models.base
from maestro_core.migrations.security import guard, unguard

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


GUARDED = (
    "artifact_effect",
    "artifact_pair",
    "learned_recommender",
    "planned_use",
    "scenario",
    "version_upgrade",
)


def upgrade() -> None:
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


def downgrade() -> None:
    unguard(*GUARDED)
    with op.batch_alter_table("version_upgrade", schema=None) as batch_op:
        batch_op.drop_index("ix_version_upgrade_newer")
        batch_op.drop_index("ix_version_upgrade_artifact")

    op.drop_table("version_upgrade")
    with op.batch_alter_table("planned_use", schema=None) as batch_op:
        batch_op.drop_index("ix_planned_use_artifact")

    op.drop_table("planned_use")
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
