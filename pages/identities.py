"""Who is who: one person may have several names, addresses and logins; somebody who knows decides."""

from __future__ import annotations

from typing import Any, Literal

import streamlit as st

from app.ui import forms_identities, links, tables
from app.ui.ask import ask
from app.ui.forms import counted
from app.ui.text import plain
from app.ui.times import ago
from maestro_core.reports import identities, records
from maestro_core.reports.identities import Identities

SHOWN = 10  # at once: each is judged by itself
LIKELIHOODS = ("very likely", "likely", "possible")
COLOURS: dict[str, Literal["green", "blue", "gray"]] = {"very likely": "green", "likely": "blue", "possible": "gray"}
ACTS = {"merge": "are one person", "apart": "are two people", "split": "gave accounts to"}


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
        f"{counted(total, 'pair')} may be one person; {min(SHOWN, len(found))} shown. Nothing is merged before you "
        "say so, and every merge can be undone. Who did more keeps the name."
    )
    forms_identities.merge_all(found[found["how_likely"] == "very likely"])
    for pair in records(found.head(SHOWN)):
        suggestion(pair)


def no_suggestion(others: int) -> None:
    """No pair is as likely as chosen: whether there are others."""
    if others:
        st.info(
            f"No pair is of a likelihood chosen above; {counted(others, 'pair')} of another.",
            icon=":material/filter_alt_off:",
        )
    else:
        st.success("Nobody here looks like somebody else.", icon=":material/done_all:")


def suggestion(pair: dict[str, Any]) -> None:
    """Two persons side by side, and what can be said of them."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(pair["how_likely"], color=COLOURS[pair["how_likely"]])
            st.caption(pair["reasons"], width="stretch")
        left, right = st.columns(2)
        for column, prefix in ((left, ""), (right, "other_")):
            column.markdown(f"**{plain(pair[f'{prefix}name'])}**")
            column.caption(plain(pair[f"{prefix}known_as"]))
        forms_identities.judge(pair)


def people(answer: Identities) -> None:
    """Everybody, to look for somebody and mend what is wrong."""
    text = st.text_input("Search", key="search", bind="query-params", placeholder="A name or an e-mail address")
    which = st.segmented_control(
        "Show", ["People", "Bots", "All"], default="People", key="show", required=True, bind="query-params"
    )
    found = answer.people if which == "All" else answer.people[answer.people["is_bot"] == (which == "Bots")]
    if text:
        hit = found["name"].str.contains(text, case=False, regex=False)
        found = found[hit | found["email"].fillna("").str.contains(text, case=False, regex=False)]
    found = found.reset_index(drop=True)
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
            "commits": column.NumberColumn("Commits", format="localized", width="small"),
            "is_bot": column.CheckboxColumn("Bot", width="small"),
        },
        key="people",
        alt="The people observed, with their accounts",
    )
    tables.download(found.drop(columns="person_id"), name="people", key="people-csv")
    if row is None:
        st.caption(f"{counted(len(found), 'entry')}. Choose one to see the accounts, merge, split or mark as a bot.")
        return
    forms_identities.mend(records(found)[row], answer.people)


def decisions(answer: Identities) -> None:
    """What was decided, each of which can be undone."""
    if answer.decisions.empty:
        st.caption("Nothing was decided yet.")
        return
    for made in records(answer.decisions.head(50)):
        with st.container(horizontal=True, vertical_alignment="center", border=True):
            st.markdown(f"**{plain(made['name'])}** {word(made)} **{plain(made['other'])}**", width="stretch")
            st.caption(ago("undone" if made["undone_at"] else "decided", made["undone_at"] or made["decided_at"]))
            if not made["undone_at"]:
                forms_identities.undo(made)


def word(made: dict[str, Any]) -> str:
    """The sentence of a decision between its two names."""
    return ACTS[made["act"]] if made["act"] == "split" else f"and somebody {ACTS[made['act']]}:"


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
