"""How Alembic runs here: on the connection it is given, in the transaction that connection is in."""

from alembic import context

from maestro_core.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
