"""What to expect"""

import sqlalchemy as sa
from alembic import op

import maestro_core.models.base
from maestro_core.migrations.security import guard, unguard

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


GUARDED = ("scenario",)


def upgrade() -> None:
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

    guard(*GUARDED)


def downgrade() -> None:
    unguard(*GUARDED)
    with op.batch_alter_table("scenario", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_scenario_name",
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        )

    op.drop_table("scenario")
