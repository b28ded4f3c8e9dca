"""The environment as settings: what is meant, wherever Maestro is started."""

from __future__ import annotations

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
