"""Authors of files, truck factor, knowledge at risk and lost."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings

from maestro_core.scoring import ownership
from maestro_core.scoring.file_history import contributions
from tests.scoring.histories import Change, authors_of, changes, histories, truck_factor_of


def known(history: list[Change]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The authors, and the files with a hundred lines each."""
    told = ownership.with_authorship(contributions(changes(history)))
    files = pd.DataFrame({"file_id": sorted({path for _, path, _ in history}), "lines": 100.0})
    return told.loc[told["is_author"], ["file_id", "person_id"]], files


def by(**files: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Files and their authors, in words: `by(a="ann bob")`."""
    rows = [(file, person) for file, people in files.items() for person in people.split()]
    return pd.DataFrame(rows, columns=["file_id", "person_id"]), pd.DataFrame({"file_id": list(files), "lines": 100.0})


@settings(deadline=None, max_examples=60)
@given(histories)
def test_authors_are_those_of_the_published_formula(history: list[Change]) -> None:
    authors, _ = known(history)
    found = {file: set(rows["person_id"]) for file, rows in authors.groupby("file_id")}
    assert found == {file: people for file, people in authors_of(history).items() if people}


@settings(deadline=None, max_examples=60)
@given(histories)
def test_the_truck_factor_is_that_of_removing_one_after_the_other(history: list[Change]) -> None:
    assert ownership.truck_factor(*known(history)).value == truck_factor_of(authors_of(history))


@settings(deadline=None, max_examples=60)
@given(histories)
def test_who_has_which_key_matters_only_among_authors_of_as_many_files(history: list[Change]) -> None:
    exchanged = [(person[::-1] + "!", path, at) for person, path, at in history]
    for measure in (ownership.one_author_share, ownership.knowledge_at_risk):
        assert measure(*known(exchanged)) == measure(*known(history))
    if known(history)[0]["person_id"].value_counts().is_unique:
        assert ownership.truck_factor(*known(exchanged)) == ownership.truck_factor(*known(history))


@settings(deadline=None, max_examples=60)
@given(histories)
def test_shares_stay_between_none_and_all(history: list[Change]) -> None:
    authors, files = known(history)
    summary = ownership.file_summary(contributions(changes(history)))
    lost = ownership.knowledge_lost(authors, files, active=pd.Index(["ann"]))
    shares = [ownership.one_author_share(authors, files), ownership.knowledge_at_risk(authors, files), lost]
    assert all(
        0 <= share.value <= 1 for share in [*shares, ownership.fragmentation(summary)] if share.value is not None
    )
    assert shares[1].value <= shares[0].value + 1e-9


def test_who_created_a_file_stays_its_author_until_others_changed_it_often() -> None:
    few = [("ann", "a", 0), *[("bob", "a", 1)] * 3]
    assert authors_of(few)["a"] == set(known(few)[0]["person_id"]) == {"ann", "bob"}
    many = [("ann", "a", 0), *[("bob", "a", 1)] * 40]
    assert set(known(many)[0]["person_id"]) == {"bob"}


def test_two_who_share_every_file_are_both_needed_gone() -> None:
    assert ownership.truck_factor(*by(a="ann bob", b="ann bob", c="ann bob")).value == 2


def test_half_of_the_files_with_an_author_are_enough_to_go_on() -> None:
    # Without ann one of two files keeps an author, which is half; without bob too, none does.
    assert ownership.truck_factor(*by(a="ann", b="bob")).value == 2


def test_who_had_few_files_beside_the_first_is_not_counted() -> None:
    files = {f"f{number}": "ann" for number in range(30)} | {f"g{number}": "" for number in range(15)}
    one_each = {f"h{number}": f"p{number}" for number in range(20)}
    assert ownership.truck_factor(*by(**files, **one_each)).value == 1


def test_files_without_an_author_are_lost_already() -> None:
    authors, files = by(a="ann", b="", c="")
    assert ownership.truck_factor(authors, files).value == 0
    assert ownership.knowledge_lost(authors, files, active=pd.Index(["ann"])).value == pytest.approx(2 / 3)


def test_knowledge_at_risk_is_the_most_that_one_person_alone_knows_in_lines() -> None:
    authors, files = by(a="ann", b="bob", c="ann bob")
    files["lines"] = [100.0, 300.0, 600.0]
    assert ownership.knowledge_at_risk(authors, files).value == pytest.approx(0.3)
    assert ownership.one_author_share(authors, files).value == pytest.approx(2 / 3)


def test_knowledge_is_lost_where_no_author_is_active_any_more() -> None:
    authors, files = by(a="ann", b="ann bob", c="eve")
    assert ownership.knowledge_lost(authors, files, active=pd.Index(["bob"])).value == pytest.approx(2 / 3)


def test_fragmentation_tells_one_hand_from_many() -> None:
    one, four = ([(person, "a", 0) for person in people] for people in (["ann"] * 4, ["ann", "bob", "eve", "joe"]))
    values = [
        ownership.fragmentation(ownership.file_summary(contributions(changes(rows)))).value for rows in (one, four)
    ]
    assert values == [0, 0.75]


def test_nothing_measured_is_no_value_with_a_reason() -> None:
    authors, files = by()
    nobody, lines = by(a="")
    for answer in (
        ownership.truck_factor(authors, files),
        ownership.one_author_share(authors, files),
        ownership.knowledge_at_risk(authors, files),
        ownership.knowledge_lost(authors, files, active=pd.Index(["ann"])),
        ownership.knowledge_lost(*by(a="ann"), active=pd.Index([])),
        ownership.truck_factor(nobody, lines),
        ownership.knowledge_at_risk(*by(a="ann")[:1], files.assign(lines=None)),
        ownership.fragmentation(ownership.file_summary(contributions(changes([])))),
    ):
        assert answer.value is None
        assert answer.reason
