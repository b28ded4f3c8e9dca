"""Forms about the organisation: money and time, and what counts as success."""

from __future__ import annotations

from zoneinfo import available_timezones

import streamlit as st

from app.ui import tables, tiles
from app.ui.ask import ask, tell
from app.ui.forms import changes, done, note_on_sample
from maestro_core.actions.organisation import change_organisation
from maestro_core.reports import organisation
from maestro_core.reports.organisation import Organisation, WeightsEffect
from maestro_core.terms import percent

CURRENCIES = ["EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "CAD", "AUD", "JPY", "CNY", "INR", "BRL"]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
WEIGHTS = {
    "weight_model_performance": ("Model performance", "How well the model did: for example its accuracy or AUC."),
    "weight_business_impact": ("Business impact", "How much of the hoped-for benefit came."),
    "weight_delivery": ("Delivery", "How well time, budget and scope were kept."),
}


def money_and_time(known: Organisation) -> None:
    """Name, currency, time zone and the first day of the week."""
    shown = {name: getattr(known, name) for name in ("name", "currency", "time_zone", "week_starts_on")}
    with st.form("money-and-time"):
        told = _money_and_time_fields(shown)
        sent = st.form_submit_button("Save", type="primary")
        note_on_sample()
        if sent:
            tell(change_organisation, **changes(told, shown))
            done("Settings saved.")


def success_weights(known: Organisation) -> None:
    """How much each part of success weighs, with what other weights would change before they are saved."""
    shown = {name: getattr(known, name) for name in WEIGHTS}
    with st.container(border=True):
        told = _weight_fields(shown)
        total = sum(told.values())
        if not total:
            st.error("At least one part of success needs a weight above zero.", icon=":material/balance:")
            return
        shares = (f"{title} {percent(told[name] / total)}" for name, (title, _) in WEIGHTS.items())
        st.markdown("Of a project whose three parts are known: **" + " · ".join(shares) + "**")
        changed = changes(told, shown)
        if changed:
            _effect(told)
        if st.button("Save weights", type="primary", disabled=not changed):
            tell(change_organisation, **changed)
            done("Weights saved: every success score is told by them now.")


def _money_and_time_fields(shown: dict[str, str | int]) -> dict[str, str | int]:
    name = st.text_input("Organisation", str(shown["name"]), key="name", max_chars=200, required=True)
    left, middle, right = st.columns(3)
    currencies = list(dict.fromkeys([str(shown["currency"]), *CURRENCIES]))
    zones = sorted(available_timezones())
    currency = left.selectbox(
        "Currency", currencies, key="currency", accept_new_options=True,
        help="The unit of every cost, as three letters (ISO 4217). Amounts that were entered are not converted.",
    )  # fmt: skip
    zone = middle.selectbox(
        "Time zone", zones, index=zones.index(str(shown["time_zone"])), key="zone", help="When days and weeks begin."
    )
    day = right.selectbox(
        "The week starts on",
        WEEKDAYS,
        index=int(shown["week_starts_on"]),
        key="weekday",
        help="For every weekly chart.",
    )
    return {"name": name, "currency": currency, "time_zone": zone, "week_starts_on": WEEKDAYS.index(day)}


def _weight_fields(shown: dict[str, float]) -> dict[str, float]:
    columns = zip(st.columns(len(WEIGHTS)), WEIGHTS.items(), strict=True)
    return {
        name: column.number_input(
            title, min_value=0.0, max_value=100.0, value=shown[name], step=0.1, format="%g", key=name, help=about
        )
        for column, (name, (title, about)) in columns
    }


def _effect(told: dict[str, float]) -> None:
    effect = ask(organisation.weights_effect, **{name.removeprefix("weight_"): told[name] for name in WEIGHTS})
    if not effect.projects:
        st.caption("No project has a success score yet: nothing changes before the first outcome.")
        return
    before, after = (tiles.number(mean.value, "points") for mean in (effect.mean_before, effect.mean_after))
    st.info(f"The mean score of {effect.projects} projects goes from {before} to {after}.", icon=":material/balance:")
    _most_changed(effect)


def _most_changed(effect: WeightsEffect) -> None:
    st.caption("Who would move most")
    column = st.column_config
    tables.show(
        effect.most_changed,
        {
            "name": column.TextColumn("Project", width="medium"),
            "before": column.NumberColumn("Score today", format="%.1f", width="small", help="Points, 0 to 100."),
            "after": column.NumberColumn("With these weights", format="%.1f", width="small", help="Points, 0 to 100."),
        },
        key="most-changed",
        alt="Projects whose success score would change most",
    )
