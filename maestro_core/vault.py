"""Encryption at rest of what sources need to be read: tokens and passwords."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from maestro_core.errors import WrongSetup
from maestro_core.settings import Settings


@dataclass(frozen=True)
class Vault:
    """Encrypts with the first key, decrypts with any: a key is rotated by putting a new one in front.

    >>> vault = Vault.with_keys([Fernet.generate_key().decode()])
    >>> vault.decrypt(vault.encrypt(SecretStr("token"))).get_secret_value()
    'token'
    """

    fernet: MultiFernet = field(repr=False)

    @classmethod
    def with_keys(cls, keys: list[str]) -> Vault:
        """A vault over these Fernet keys; raises `WrongSetup` if one is malformed."""
        try:
            return cls(MultiFernet([Fernet(key) for key in keys]))
        except ValueError:
            # Without the cause: it may quote the key.
            raise WrongSetup(
                "MAESTRO_SECRET_KEY, or the key file in the data directory, holds a key that is not a Fernet key.",
                advice="Make one with: maestro key",
            ) from None

    def encrypt(self, secret: SecretStr) -> str:
        return self.fernet.encrypt(secret.get_secret_value().encode()).decode()

    def decrypt(self, token: str) -> SecretStr:
        try:
            return SecretStr(self.fernet.decrypt(token).decode())
        except (InvalidToken, ValueError) as problem:
            raise WrongSetup(
                "A stored credential cannot be read with the present key.",
                advice="Put the former key behind the new one in MAESTRO_SECRET_KEY, or enter the credential again.",
            ) from problem


def open_vault(settings: Settings) -> Vault:
    """The vault of this installation: keys from the environment, else from a file of mode 600 made on first use."""
    if settings.secret_key:
        return Vault.with_keys([key.strip() for key in settings.secret_key.get_secret_value().split(",")])
    return Vault.with_keys([_key_in(settings.data_directory / "secret.key")])


def _key_in(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _make_key(path)
    return _kept_key(path)


def _make_key(path: Path) -> None:
    # Written whole before it gets its name: a process that starts at the same time finds all of it, or none.
    with NamedTemporaryFile(mode="w", dir=path.parent, prefix=".key-") as file:
        file.write(Fernet.generate_key().decode())
        file.flush()
        os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(file.name, path)


def _kept_key(path: Path) -> str:
    if path.stat().st_mode & 0o077:
        raise WrongSetup(f"{path} can be read by others.", advice=f"Run: chmod 600 {path}")
    return path.read_text().strip()
