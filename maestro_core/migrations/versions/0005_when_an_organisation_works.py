"""When an organisation works"""

import sqlalchemy as sa
from alembic import op

import maestro_core.models.base

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenant", sa.Column("working_hours", maestro_core.models.base.Json(), nullable=True))


def downgrade() -> None:
    # Not in a batch: on SQLite that makes the table anew, which the triggers of 0004 refer to.
    op.drop_column("tenant", "working_hours")
