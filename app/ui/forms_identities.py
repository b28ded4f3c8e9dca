"""Deciding who is who: one pair, all very likely pairs, or somebody chosen."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app.ui import tables
from app.ui.ask import ask, tell
from app.ui.forms import counted, done, note_on_sample
from app.ui.text import plain, visible
from maestro_core.actions.identities import (
    keep_apart,
    merge_pairs,
    merge_people,
    rename_person,
    set_bot,
    split_off,
    undo_decision,
)
from maestro_core.reports import identities, records

UNDO = "Undo it under Decisions."


def judge(pair: dict[str, Any]) -> None:
    """Say of a suggested pair whether it is one person."""
    key = f"{pair['person_id']}-{pair['other_id']}"
    both = {"person_id": pair["person_id"], "other_id": pair["other_id"]}
    with st.container(horizontal=True):
        if st.button("Same person", icon=":material/merge:", key=f"same-{key}"):
            tell(merge_people, **both)
            done(f"{plain(pair['name'])} and {plain(pair['other_name'])} are one person now. {UNDO}")
        if st.button("Two people", icon=":material/call_split:", type="tertiary", key=f"two-{key}"):
            tell(keep_apart, **both)
            done(f"Not suggested again. {UNDO}")


def merge_all(pairs: pd.DataFrame) -> None:
    """A way to merge every pair that is very likely one person, after a look at all of them."""
    if len(pairs) > 1 and st.button(f"Merge all {len(pairs)} that are very likely …", icon=":material/done_all:"):
        _confirm_all(pairs)


def mend(person: dict[str, Any], people: pd.DataFrame) -> None:
    """Everything about one person: accounts to split off, somebody to merge with, a program or not."""
    with st.container(border=True):
        st.subheader(plain(person["name"]))
        accounts = ask(identities.accounts_of, person_id=person["person_id"]).accounts
        _accounts(person, accounts)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            if st.button("Same as somebody else …", icon=":material/merge:"):
                _merge_with(person, people)
            if st.button("Rename …", icon=":material/edit:"):
                _rename(person)
            told = "This is a person" if person["is_bot"] else "This is a bot"
            if st.button(told, icon=":material/smart_toy:", help="The work of a bot counts nowhere."):
                tell(set_bot, person_id=person["person_id"], is_bot=not person["is_bot"])
                done(f"{plain(person['name'])} counts as a {'person' if person['is_bot'] else 'bot'} now.")


def undo(made: dict[str, Any]) -> None:
    """Take a decision back."""
    if st.button("Undo", icon=":material/undo:", key=f"undo-{made['decision_id']}"):
        tell(undo_decision, decision_id=made["decision_id"])
        done("Undone.")


def _accounts(person: dict[str, Any], accounts: pd.DataFrame) -> None:
    if accounts.empty:
        st.caption("Entered by hand: known by no account yet.")
        return
    column = st.column_config
    chosen = tables.choose_many(
        accounts,
        {
            "known_as": column.TextColumn("Known as", width="large"),
            "tool": column.TextColumn("Tool", width="small"),
            "commits": column.NumberColumn("Commits", width="small"),
            "pull_requests": column.NumberColumn("Pull requests", width="small"),
            "reviews": column.NumberColumn("Reviews", width="small"),
            "last_commit_at": column.DatetimeColumn("Last commit", format="YYYY-MM-DD", width="small"),
        },
        key=tables.key_of_rows("accounts", accounts["account_id"]),
        alt="The accounts of this person",
    )
    some = 0 < len(chosen) < len(accounts)
    if len(accounts) == 1:
        return
    if not some:
        st.caption("To split accounts off, tick those that are somebody else's; one must stay.")
        return
    if st.button(f"Split off {counted(len(chosen), 'account')}", icon=":material/call_split:"):
        tell(split_off, person_id=person["person_id"], account_ids=list(accounts["account_id"].iloc[chosen]))
        done(f"Split off {counted(len(chosen), 'account')}. {UNDO}")


@st.dialog("Same as somebody else", icon=":material/merge:")
def _merge_with(person: dict[str, Any], people: pd.DataFrame) -> None:
    note_on_sample()
    others = {row["person_id"]: row for row in records(people[people["person_id"] != person["person_id"]])}
    st.markdown(f"**{plain(person['name'])}** keeps this name, and gets the accounts and teams of:")
    chosen = st.multiselect(
        "The other names",
        list(others),
        format_func=lambda key: visible(" · ".join(filter(None, (others[key]["name"], others[key]["email"])))),
        placeholder="Type to search",
        key="merge-others",
    )
    if st.button("Merge", type="primary", disabled=not chosen, icon=":material/merge:"):
        merged = tell(merge_pairs, pairs=[(person["person_id"], other_id) for other_id in chosen])
        done(f"{counted(merged, 'name')} joined {plain(person['name'])}. {UNDO}")


@st.dialog("Rename", icon=":material/edit:")
def _rename(person: dict[str, Any]) -> None:
    note_on_sample()
    with st.form("rename-person", border=False):
        name = st.text_input("Name", value=person["name"], key="person-name", max_chars=200)
        st.caption("Shown wherever names are. What tools call this person stays with the accounts.")
        sent = st.form_submit_button("Rename", type="primary")
    if sent:
        tell(rename_person, person_id=person["person_id"], name=name)
        done(f"{plain(person['name'])} is called {plain(name)} now.")


@st.dialog("Merge what is very likely", width="large", icon=":material/done_all:")
def _confirm_all(pairs: pd.DataFrame) -> None:
    note_on_sample()
    column = st.column_config
    shown = {
        "name": column.TextColumn("Stays", width="medium"),
        "other_known_as": column.TextColumn("Joins", width="large"),
        "other_commits": column.NumberColumn("Commits", width="small"),
        "reasons": column.TextColumn("Why", width="medium"),
    }
    key = tables.key_of_rows("merge-all", zip(pairs["person_id"], pairs["other_id"], strict=True))
    chosen = tables.choose_many(pairs, shown, key=key, alt="Pairs that are very likely one person")
    st.caption("All of them are merged; where you tick some, only those.")
    wanted = pairs.iloc[chosen] if chosen else pairs
    if st.button(f"Merge {counted(len(wanted), 'pair')}", type="primary", icon=":material/merge:"):
        merged = tell(merge_pairs, pairs=[(pair["person_id"], pair["other_id"]) for pair in records(wanted)])
        done(f"Merged {counted(merged, 'pair')}. {UNDO}")
