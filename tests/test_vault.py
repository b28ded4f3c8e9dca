"""Secrets: encrypted at rest, rotated, readable by nobody else, and never told. Settings: wrong ones are named."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from maestro_core.errors import WrongSetup
from maestro_core.settings import Settings
from maestro_core.vault import Vault, open_vault

TOKEN = SecretStr("glpat-secret")


def a_key() -> str:
    return Fernet.generate_key().decode()


def settings(folder: Path, **values: object) -> Settings:
    return Settings.model_validate({"data_directory": folder, **values})


def test_what_is_stored_does_not_show_the_secret(vault: Vault) -> None:
    stored = vault.encrypt(TOKEN)
    assert TOKEN.get_secret_value() not in stored
    assert vault.decrypt(stored) == TOKEN
    assert vault.encrypt(TOKEN) != stored


def test_after_a_rotation_the_former_key_still_reads_and_the_new_one_writes() -> None:
    former, new = a_key(), a_key()
    stored = Vault.with_keys([former]).encrypt(TOKEN)
    rotated = Vault.with_keys([new, former])
    assert rotated.decrypt(stored) == TOKEN
    assert Vault.with_keys([new]).decrypt(rotated.encrypt(TOKEN)) == TOKEN


@pytest.mark.parametrize(
    "stored",
    [Vault.with_keys([a_key()]).encrypt(TOKEN), "", "nonsense", "gAAAAé"],
    ids=["of another key", "empty", "nonsense", "not ASCII"],
)
def test_what_the_key_does_not_open_says_what_to_do(vault: Vault, stored: str) -> None:
    with pytest.raises(WrongSetup, match="present key") as refusal:
        vault.decrypt(stored)
    assert "former key" in refusal.value.advice


@pytest.mark.parametrize("key", ["short", "", "é" * 44, a_key()[:-4]], ids=["short", "empty", "not ASCII", "cut off"])
def test_a_malformed_key_is_refused_without_being_quoted(key: str) -> None:
    with pytest.raises(WrongSetup, match="not a Fernet key") as refusal:
        Vault.with_keys([key])
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__


def test_a_secret_and_a_key_are_never_in_a_text_or_a_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key = a_key()
    known = settings(tmp_path, secret_key=key, database_url="postgresql://maestro_app:hidden@host/maestro")
    vault = open_vault(known)
    vault.decrypt(vault.encrypt(TOKEN))
    logging.getLogger("maestro").info("%s %r %s %r", vault, vault, known, known)
    for told in (repr(vault), str(known), known.model_dump_json(), caplog.text):
        assert key not in told
        assert "hidden" not in told
        assert TOKEN.get_secret_value() not in told


def test_the_key_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    known = settings(tmp_path / "new" / "data")
    stored = open_vault(known).encrypt(TOKEN)
    file = known.data_directory / "secret.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in known.data_directory.iterdir()] == ["secret.key"]
    assert open_vault(known).decrypt(stored) == TOKEN


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    open_vault(settings(tmp_path))
    (tmp_path / "secret.key").chmod(mode)
    with pytest.raises(WrongSetup, match="read by others") as refusal:
        open_vault(settings(tmp_path))
    assert "chmod 600" in refusal.value.advice


def test_a_key_in_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    former, new = a_key(), a_key()
    monkeypatch.setenv("MAESTRO_SECRET_KEY", f"{new}, {former}")
    vault = open_vault(Settings(data_directory=tmp_path))
    assert vault.decrypt(Vault.with_keys([former]).encrypt(TOKEN)) == TOKEN
    assert not (tmp_path / "secret.key").exists()


def test_variables_that_are_empty_or_unknown_count_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "SECRET_KEY", "PORT"):
        monkeypatch.setenv(f"MAESTRO_{name}", "")
    monkeypatch.setenv("MAESTRO_FAVOURITE_COLOUR", "blue")
    known = Settings()
    assert (known.database_url, known.secret_key, known.port) == (None, None, 8501)


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "eighty"), ("PORT", "70000"), ("REFRESH_MINUTES", "0"), ("LOG_LEVEL", "LOUD"), ("GIT_MEMORY_MB", "1")],
)
def test_a_wrong_value_is_named_by_its_variable(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"MAESTRO_{name}", value)
    with pytest.raises(WrongSetup, match=f"MAESTRO_{name}: Input should be"):
        Settings()


def test_several_wrong_values_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAESTRO_PORT", "eighty")
    monkeypatch.setenv("MAESTRO_REFRESH_IN_SERVER", "perhaps")
    with pytest.raises(WrongSetup, match=r"MAESTRO_PORT.*MAESTRO_REFRESH_IN_SERVER"):
        Settings()


def test_settings_do_not_change_while_maestro_runs() -> None:
    with pytest.raises(Exception, match="frozen"):
        Settings().port = 1
