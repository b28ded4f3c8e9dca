"""Suggestions of who is who: reasons that can be read, whatever names look like."""

from __future__ import annotations

import string
from collections.abc import Iterable

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.scoring.identities import MOST_SHARING, folded_words, mailbox, suggestions, without_implied


def known(*rows: tuple[str, str, str | None, str | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["person_id", "name", "email", "login"])


def reasons(*rows: tuple[str, str, str | None, str | None]) -> list[str]:
    return [reason for told in suggestions(known(*rows))["reasons"] for reason in told]


def test_the_same_name_in_another_order_case_and_accent_is_suggested() -> None:
    assert reasons(("a", "José Núñez", None, None), ("b", "nunez, JOSE", None, None)) == ["the same full name"]


def test_a_given_name_alone_tells_nothing() -> None:
    assert reasons(("a", "Ada", "ada@x.org", None), ("b", "Ada", "ada@y.org", None)) == []


def test_a_hidden_address_names_the_login() -> None:
    hidden = ("b", "Countess", "49+ada-l@users.noreply.github.com", None)
    assert reasons(("a", "Ada", None, "Ada-L"), hidden) == ["the same login"]


def test_a_login_that_is_the_name_written_together_is_suggested() -> None:
    found = reasons(("a", "Ada Lovelace", None, None), ("b", "", None, "ada-lovelace"))
    assert found == ["a login or mailbox that is the other's name"]


def test_generic_mailboxes_tell_nothing() -> None:
    assert reasons(("a", "Ada Byron", "support@x.org", None), ("b", "Bob Ross", "support@y.org", None)) == []


def test_what_many_share_tells_nothing() -> None:
    shared = [(str(number), "John Smith", None, None) for number in range(MOST_SHARING + 1)]
    assert reasons(*shared) == []
    assert reasons(*shared[:2]) == ["the same full name"]


def test_letters_that_a_keyboard_lacks_and_what_nobody_sees_tell_no_names_apart() -> None:
    assert folded_words("Łukasz Ør\u200bsted") == folded_words("Lukasz Orsted")


PAIRS = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")).filter(lambda pair: pair[0] != pair[1])
)


def joined(pairs: Iterable[tuple[str, str]]) -> set[frozenset[str]]:
    """Who is one, when all these are."""
    groups = {letter: frozenset(letter) for letter in "abcdef"}
    for one, other in pairs:
        both = groups[one] | groups[other]
        groups |= dict.fromkeys(both, both)
    return set(groups.values())


def told_in(pairs: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(pairs["person_id"], pairs["other_id"], strict=True))


@given(PAIRS, PAIRS)
def test_the_pairs_that_are_told_make_one_whom_all_make_one_but_nobody_who_was_kept_apart(
    pairs: list[tuple[str, str]], apart: list[tuple[str, str]]
) -> None:
    frame = pd.DataFrame(pairs, columns=["person_id", "other_id"])
    told = told_in(without_implied(frame))
    assert joined(told) == joined(pairs)
    assert len(told) == len("abcdef") - len(joined(pairs))
    careful = told_in(without_implied(frame, apart=[frozenset(pair) for pair in apart]))
    assert not any(set(pair) <= group for pair in apart for group in joined(careful))


def test_what_somebody_kept_apart_is_not_suggested_again() -> None:
    rows = known(("a", "Ada Lovelace", None, None), ("b", "Ada Lovelace", None, None))
    assert len(suggestions(rows)) == 1
    assert suggestions(rows, apart=[frozenset(("b", "a"))]).empty


def test_more_reasons_are_likelier() -> None:
    found = suggestions(
        known(
            ("a", "Ada Lovelace", "ada.lovelace@x.org", None),
            ("b", "Ada Lovelace", "ada.lovelace@y.org", None),
            ("c", "Bob Ross", None, None),
            ("d", "Bob Ross", None, None),
        )
    )
    assert found["how_likely"].tolist() == ["very likely", "likely"]


TEXT = st.text(max_size=20)
ROWS = st.lists(
    st.tuples(st.sampled_from("abcdef"), TEXT, st.none() | TEXT, st.none() | TEXT.filter(bool)), max_size=12
)


@given(ROWS)
def test_any_text_is_taken_and_nobody_is_their_own_double(rows: list[tuple[str, str, str | None, str | None]]) -> None:
    found = suggestions(known(*rows))
    assert (found["person_id"] != found["other_id"]).all()
    assert found["probability"].between(0, 1).all()
    assert not found.duplicated(["person_id", "other_id"]).any()


@given(ROWS)
def test_the_order_of_the_rows_changes_nothing(rows: list[tuple[str, str, str | None, str | None]]) -> None:
    def told(frame: pd.DataFrame) -> set[tuple[str, str, str]]:
        return set(zip(frame["person_id"], frame["other_id"], frame["reasons"].map(str), strict=True))

    assert told(suggestions(known(*rows))) == told(suggestions(known(*reversed(rows))))


@given(st.text(string.ascii_letters + " ,.-", max_size=30))
def test_folding_twice_is_folding_once(name: str) -> None:
    assert folded_words(" ".join(folded_words(name))) == folded_words(name)


@given(TEXT)
def test_a_mailbox_is_never_a_whole_address(text: str) -> None:
    assert "@" not in mailbox(text)
