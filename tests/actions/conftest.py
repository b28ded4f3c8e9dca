"""What tests of actions start from."""

from __future__ import annotations

from pathlib import Path

import pytest

from maestro_core.actions.collecting import TOOLS
from maestro_core.actions.lead import LEASE
from maestro_core.actions.leases import take_lease
from maestro_core.settings import Settings
from maestro_core.terms import SourceKind
from tests.actions.numbered import NUMBERED
from tests.actions.refreshing import LEAD
from tests.conftest import House


@pytest.fixture
def numbered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TOOLS, SourceKind.GIT, NUMBERED)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_directory=tmp_path / "data")


@pytest.fixture
def leading(house: House) -> House:
    with house.open() as ws:
        take_lease(ws, name=LEASE, holder=LEAD.holder, seconds=30)
    return house


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    return tmp_path / "numbers"
