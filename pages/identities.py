"""Who is who: one person may have several names, addresses and logins; somebody who knows decides."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.ui import forms_identities, identity_lists, links, tables
from app.ui.ask import ask
from app.ui.forms import counted
from maestro_core.reports import identities, records
from maestro_core.reports.identities import Identities

PAIRS = 10  # at once: each is judged by itself
DECISIONS = 25
LIKELIHOODS = ("very likely", "likely", "possible")


def nobody() -> None:
    """No person yet: where they come from."""
    with st.container(border=True):
        st.subheader("Nobody has been observed yet")
        st.markdown("People come from commits, pull requests and reviews, and from the teams of imported projects.")
        links.link("sources", "Connect a tool", icon="cable")


def suggestions(answer: Identities) -> None:
    """Pairs who may be one person, the likeliest first, each with its reasons."""
    chosen = st.pills(
        "How likely", LIKELIHOODS, selection_mode="multi", default=LIKELIHOODS[:2], key="likely", bind="query-params"
    )
    found = answer.suggestions[answer.suggestions["how_likely"].isin(chosen)]
    if found.empty:
        no_suggestion(len(answer.suggestions) + answer.left_out)
        return
    total = len(found) + (answer.left_out if "possible" in chosen else 0)
    st.caption(
        f"{counted(total, 'pair')} may be one person. Nothing is merged before you say so, and every merge can be "
        "undone. A full name is kept before a login, else the name of who did more."
    )
    forms_identities.merge_all(found[found["how_likely"] == "very likely"])
    for pair in identity_lists.some(found, key="pairs", step=PAIRS):
        identity_lists.suggestion(pair)
    identity_lists.more(len(found), key="pairs", step=PAIRS)


def no_suggestion(others: int) -> None:
    """No pair is as likely as chosen: whether there are others."""
    if others:
        st.info(
            f"No pair is of a likelihood chosen above; {counted(others, 'pair')} of another.",
            icon=":material/filter_alt_off:",
        )
    else:
        st.success("Nobody here looks like somebody else.", icon=":material/done_all:")


def people(answer: Identities) -> None:
    """Everybody, to look for somebody and mend what is wrong."""
    text = st.text_input("Search", key="search", bind="query-params", placeholder="A name or an e-mail address")
    which = st.segmented_control(
        "Show", ["People", "Bots", "All"], default="People", key="show", required=True, bind="query-params"
    )
    found = answer.people if which == "All" else answer.people[answer.people["is_bot"] == (which == "Bots")]
    found = having(found, text).reset_index(drop=True)
    if found.empty:
        st.info("Nobody is called so." if text else f"There are no {str(which).lower()}.", icon=":material/search_off:")
        return
    column = st.column_config
    row = tables.choose(
        found,
        {
            "name": column.TextColumn("Name", width="medium", pinned=True),
            **({"email": column.TextColumn("E-mail", width="medium")} if found["email"].notna().any() else {}),
            "accounts": column.NumberColumn("Accounts", width="small"),
            "tools": column.TextColumn("Tools", width="small"),
            "commits": column.NumberColumn("Commits", width="small"),
            **({"is_bot": column.CheckboxColumn("Bot", width="small")} if which == "All" else {}),
        },
        key=tables.key_of_rows("people", found["person_id"]),
        alt="The people observed, with their accounts",
    )
    tables.download(found.drop(columns="person_id"), name="people", key="people-csv")
    if row is None:
        st.caption(
            f"{counted(len(found), 'entry')}. Choose one to see the accounts, merge, split, rename or mark as a bot."
        )
        return
    forms_identities.mend(records(found)[row], answer.people)


def decisions(answer: Identities) -> None:
    """What was decided, each of which can be undone."""
    if answer.decisions.empty:
        st.caption("Nothing was decided yet.")
        return
    found = answer.decisions[answer.decisions["undone_at"].isna()]
    undone = len(answer.decisions) - len(found)
    if undone and st.toggle(f"Also the {undone:,} undone", key="undone", bind="query-params"):
        found = answer.decisions
    if len(answer.decisions) > DECISIONS:
        found = having(
            found, st.text_input("Search", key="decided", bind="query-params", placeholder="A name or an address")
        )
    if found.empty:
        st.caption("No decision to show here.")
    for made in identity_lists.some(found, key="made", step=DECISIONS):
        identity_lists.decision(made)
    identity_lists.more(len(found), key="made", step=DECISIONS)


def having(rows: pd.DataFrame, text: str) -> pd.DataFrame:
    """The rows with a text in one of their names or addresses."""
    names = rows[rows.columns.intersection(["name", "email", "other", "other_email"])].fillna("")
    hits = [any(text.casefold() in told.casefold() for told in row) for row in names.to_numpy()]
    return rows.loc[pd.Series(hits, index=rows.index, dtype=bool)]


st.title("Identities")
st.markdown(
    "The same person often commits under several names and addresses. Counting them once makes every number about "
    "people right: contributors, review load, truck factor."
)
answer = ask(identities.identities)
if answer.people.empty:
    nobody()
    st.stop()
bots = int(answer.people["is_bot"].sum())
st.caption(
    f"{len(answer.people) - bots:,} people · {counted(bots, 'bot')}, whose work counts nowhere · "
    "e-mail addresses and .mailmap are followed by themselves"
)
maybe, everybody, made = st.tabs(
    ["Who may be the same", "Everybody", "Decisions"], key="identities", on_change="rerun", bind="query-params"
)
for tab, show in ((maybe, suggestions), (everybody, people), (made, decisions)):
    if tab.open:
        with tab:
            show(answer)
