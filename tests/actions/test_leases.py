"""Exactly one process holds a lease, until it expires."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest

from maestro_core.actions.leases import keep_lease, lease_holder, release_lease, take_lease
from maestro_core.errors import NotAllowed
from maestro_core.terms import Role
from tests.conftest import NOW, House


def take(house: House, holder: str, *, at: float = 0, name: str = "refresh") -> bool:
    with house.open(now=NOW + timedelta(seconds=at)) as ws:
        return take_lease(ws, name=name, holder=holder, seconds=30)


def test_a_free_lease_is_taken_and_a_held_one_is_not(house: House) -> None:
    assert take(house, "a")
    assert not take(house, "b", at=29)


def test_each_name_is_a_lease_of_its_own(house: House) -> None:
    assert take(house, "a")
    assert take(house, "b", name="another")


def test_the_holder_takes_it_again_and_holds_it_longer(house: House) -> None:
    assert take(house, "a")
    assert take(house, "a", at=20)
    assert not take(house, "b", at=45)


def test_an_expired_lease_is_taken_over_and_its_former_holder_cannot_keep_it(house: House) -> None:
    take(house, "a")
    assert take(house, "b", at=30)
    with house.open(now=NOW + timedelta(seconds=31)) as ws:
        assert not keep_lease(ws, name="refresh", holder="a", seconds=30)
        assert keep_lease(ws, name="refresh", holder="b", seconds=30)


def test_an_expired_lease_that_nobody_took_is_kept(house: House) -> None:
    take(house, "a")
    with house.open(now=NOW + timedelta(seconds=100)) as ws:
        assert keep_lease(ws, name="refresh", holder="a", seconds=30)
    assert not take(house, "b", at=101)


def test_a_released_lease_is_free_and_only_its_holder_releases_it(house: House) -> None:
    take(house, "a")
    with house.open() as ws:
        release_lease(ws, name="refresh", holder="b")
        assert lease_holder(ws, name="refresh") == "a"
        release_lease(ws, name="refresh", holder="a")
        assert lease_holder(ws, name="refresh") is None
    assert take(house, "b")


def test_of_many_that_try_at_once_exactly_one_holds_it(house: House) -> None:
    start, won = Barrier(8), []

    def compete(holder: str) -> None:
        start.wait()
        if take(house, holder):
            won.append(holder)

    threads = [Thread(target=compete, args=(f"process {number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_of_many_that_find_it_expired_exactly_one_takes_it_over(house: House) -> None:
    take(house, "dead", at=-100)
    test_of_many_that_try_at_once_exactly_one_holds_it(house)


def test_who_may_not_refresh_may_not_lead(house: House) -> None:
    with pytest.raises(NotAllowed), house.open(role=Role.VIEWER) as ws:
        take_lease(ws, name="refresh", holder="viewer", seconds=30)
