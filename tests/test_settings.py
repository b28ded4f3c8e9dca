"""The environment as settings: what is meant, wherever Maestro is started."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from maestro_core.errors import WrongSetup
from maestro_core.settings import Settings


@pytest.mark.parametrize(("told", "meant"), [("data", "here/data"), ("~/maestro", "home/maestro"), ("/srv", "/srv")])
def test_the_data_directory_is_a_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str, meant: str
) -> None:
    """Git runs in its mirror, where a relative path means another place."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MAESTRO_DATA_DIRECTORY", told)
    assert Settings().data_directory == tmp_path / meant


def test_a_setting_that_cannot_be_is_told_by_its_name_and_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAESTRO_PORT", "s3cret")
    with pytest.raises(WrongSetup, match="MAESTRO_PORT") as wrong:
        Settings()
    assert "s3cret" not in wrong.value.message


def test_a_cluster_needs_a_database_that_it_can_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAESTRO_DASK", "tcp://scheduler:8786")
    with pytest.raises(WrongSetup, match="needs PostgreSQL") as wrong:
        Settings()
    assert "MAESTRO_DATABASE_URL" in wrong.value.advice
    monkeypatch.setenv("MAESTRO_DATABASE_URL", "postgresql://maestro_app@db/maestro")
    assert Settings().dask == "tcp://scheduler:8786"


def test_a_cluster_needs_dask_and_the_advice_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAESTRO_DASK", "tcp://scheduler:8786")
    monkeypatch.setenv("MAESTRO_DATABASE_URL", "postgresql://maestro_app@db/maestro")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(WrongSetup, match="Dask is not installed") as wrong:
        Settings()
    assert "pip install -e '.[dask]'" in wrong.value.advice


@pytest.mark.parametrize("address", ["scheduler:8786", "http://scheduler:8786", "tcp://"])
def test_a_cluster_has_an_address_as_dask_writes_it(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("MAESTRO_DASK", address)
    with pytest.raises(WrongSetup, match="MAESTRO_DASK"):
        Settings()
