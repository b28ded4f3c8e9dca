"""What an experiment compares is sealed"""

from maestro_core.migrations.sealing_experiments import seal_experiments, unseal_experiments

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    seal_experiments()


def downgrade() -> None:
    unseal_experiments()
