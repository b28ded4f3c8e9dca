"""`python -m maestro_core.migrations.draft "what changed"`: a migration from the difference to the models."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from alembic import command
from cryptography.fernet import Fernet

from maestro_core.database import connect, sqlite_url
from maestro_core.migrations import HERE, configuration, migrate
from maestro_core.vault import Vault


def main() -> None:
    """Draft the next migration; a new table needs `guard(…)` in it, which the tenancy tests demand."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("message")
    message = options.parse_args().message
    number = f"{len(list((HERE / 'versions').glob('[0-9]*.py'))) + 1:04d}"
    vault = Vault.with_keys([Fernet.generate_key().decode()])
    with tempfile.TemporaryDirectory() as folder:
        engine = connect(sqlite_url(Path(folder) / "draft.sqlite"), vault=vault)
        migrate(engine)
        with engine.connect() as connection, connection.begin():
            command.revision(configuration(connection), message, autogenerate=True, rev_id=number)


if __name__ == "__main__":
    main()
