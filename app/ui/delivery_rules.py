"""What counts in a project: its rules in words, with the ways to change them; and suggestions where it has none."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pandas as pd
import streamlit as st

from app.ui import empty, filters, forms_delivery, links
from app.ui.ask import ask, tell
from app.ui.forms import done
from app.ui.text import plain
from maestro_core.actions.delivery_entries import DeploymentRuleEntry, IncidentRuleEntry
from maestro_core.actions.delivery_rules import preview, remove_deployment_rule, remove_incident_rule
from maestro_core.reports import delivery_rules, records
from maestro_core.reports.delivery import DoraKeys
from maestro_core.reports.delivery_rules import DeliveryCoverage, DeliveryRules, SuggestedRule
from maestro_core.terms import IncidentOrigin

RULES_BESIDE = "project that the rules stand beside"
TOOLS = "GitHub, GitLab, Jenkins or CircleCI"


def of_project(project_id: UUID) -> None:
    """The rules of a project, each with its buttons; suggestions where nothing is counted."""
    known = ask(delivery_rules.rules, project_id=project_id)
    if known.deployments.empty:
        suggestions(project_id)
    for rule in records(known.deployments):
        _line(":material/rocket_launch:", _deployment_words(rule), rule, known, is_deployment=True)
    for rule in records(known.incidents):
        _line(":material/e911_emergency:", _incident_words(rule), rule, known, is_deployment=False)
    if known.incidents.empty and not known.deployments.empty:
        st.markdown(":material/help: No rule says what an **incident** is: so nothing is said of failures.")
    words = ", ".join(known.hotfix_patterns) or "the usual words: hotfix, rollback, revert"
    st.caption(
        f"A deployment failed where an incident names it, or where within {known.failure_hours:g} hours an incident "
        f"opened or a hotfix or rollback followed (by {plain(words)})."
    )
    _buttons(known)


def suggestions(project_id: UUID) -> None:
    """Rules that what is there suggests, what they would count, and one button that accepts them."""
    found = ask(delivery_rules.suggested_rules, project_id=project_id)
    if not found.deployments:
        st.info("No environment, pipeline, job, release or tag here looks like a deployment: add a rule yourself.")
        return
    with st.container(border=True):
        st.markdown("**Nothing is counted yet.** These would fit what the tools told; nothing is guessed silently.")
        chosen = st.radio(
            "Deployments", range(len(found.deployments)), key=f"suggested-{project_id}",
            format_func=lambda place: " · ".join(_suggestion(rule) for rule in found.deployments[place]),
        )  # fmt: skip
        harm = [
            rule for place, rule in enumerate(found.incidents)
            if st.checkbox(f"Incidents: {_suggestion(rule)}", value=True, key=f"harm-{project_id}-{place}")
        ]  # fmt: skip
        deployments = tuple(_deployment_entry(rule) for rule in found.deployments[chosen or 0])
        incidents = tuple(_incident_entry(rule) for rule in harm)
        told = tuple(entry for entry in incidents if entry.origin is not IncidentOrigin.FIX)
        forms_delivery.what_would_count(ask(preview, project_id=project_id, deployments=deployments, incidents=told))
        forms_delivery.accept(project_id, deployments, incidents)


def project_of_rules(rows: pd.DataFrame, *, first: UUID | None) -> UUID:
    """The project whose rules are shown: that of the service above, unless another was chosen beside it."""
    names: dict[str, UUID] = dict(zip(rows["project"], rows["project_id"], strict=True))
    options = sorted(names, key=lambda name: (names[name] != first, name))
    if st.session_state.get(RULES_BESIDE, first) != first:
        st.session_state["rules_project"] = options[0]
    st.session_state[RULES_BESIDE] = first
    chosen = st.selectbox("Project", options, key="rules_project", bind="query-params", width=340)
    return names[chosen or options[0]]


def nothing_to_show(coverage: DeliveryCoverage) -> None:
    """No deployment at all: which source or rule is missing, and the way there."""
    rows = coverage.projects
    if not rows["told"].sum():
        empty.nothing_seen(coverage.seen, what="deployment", tools=TOOLS)
        return
    with st.container(border=True):
        st.subheader("Say what a deployment is")
        st.markdown(
            "The tools told of runs, deployments or releases. Which of them bring a change to production differs from "
            "team to team, so you choose, after a look at what would count."
        )
        able = rows[rows["told"] > 0]
        of_project(project_of_rules(able, first=able["project_id"].iloc[0]))


def nothing_lately(last_at: Any) -> None:
    """Deployments, but none in the period."""
    enough = filters.reaching(last_at)
    todo = f"Choose {enough} above to see it." if enough else "That is longer ago than any period here."
    st.info(f"Nothing was deployed in this period. The last deployment was on {last_at:%-d %B %Y}. {todo}")


def commits_missing(keys: DoraKeys) -> None:
    """Deployments whose commits nobody knows: then there is no lead time, and Git is what is missing."""
    rows = keys.deployments
    if len(rows) > 1 and rows["changes"].isna().all():
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(":material/commit: No lead time: of none of these deployments the commits were read.")
            links.link("sources", "Connect the Git repository", icon="cable")


def _line(icon: str, words: str, rule: dict[str, Any], known: DeliveryRules, *, is_deployment: bool) -> None:
    key = rule["rule_id"]
    told, buttons = st.columns([7, 3], vertical_alignment="center")
    told.markdown(f"{icon} {words}")
    with buttons.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Change", icon=":material/edit:", type="tertiary", key=f"change-{key}"):
            (forms_delivery.deployment_rule if is_deployment else forms_delivery.incident_rule)(known, rule)
        if st.button("Remove", icon=":material/delete:", type="tertiary", key=f"remove-{key}"):
            tell(remove_deployment_rule if is_deployment else remove_incident_rule, rule_id=key)
            done("The rule is gone; adding it again brings back what it counted.")


def _buttons(known: DeliveryRules) -> None:
    with st.container(horizontal=True):
        if st.button("Count deployments …", icon=":material/add:"):
            forms_delivery.deployment_rule(known)
        if st.button("Count incidents …", icon=":material/add:"):
            forms_delivery.incident_rule(known)
        if st.button("When is one failed? …", icon=":material/rule:"):
            forms_delivery.failure(known)
        links.link("sources", "Connect a tool", icon="cable")


def _deployment_words(rule: dict[str, Any]) -> str:
    name = f"**{plain(rule['pattern'])}**" if rule["pattern"] else "any name"
    told = f"{rule['origin'].capitalize()} {name}"
    told += f" is a deployment of **{plain(rule['service'])}**" if rule["service"] else " is a deployment"
    told += f", from branch {plain(rule['branch'])}" if rule["branch"] else ""
    return told + (f", with changes under {plain(', '.join(rule['paths']))}" if rule["paths"] else "")


def _incident_words(rule: dict[str, Any]) -> str:
    told = {
        IncidentOrigin.LABEL: f"Label **{plain(rule['pattern'])}** is an incident",
        IncidentOrigin.PUSHED: "What another tool pushes is an incident",
        IncidentOrigin.FIX: "A failure that a rollback or hotfix tells of is an incident",
    }[IncidentOrigin(rule["origin"])]
    return told + (f" of **{plain(rule['service'])}**" if rule["service"] else "")


def _suggestion(rule: SuggestedRule) -> str:
    name = f" **{plain(rule.pattern)}**" if rule.pattern else ""
    rows = f", {rule.rows:,} so far" if rule.rows else ""
    return f"{rule.origin}{name} ({plain(rule.why)}{rows})"


def _deployment_entry(rule: SuggestedRule) -> DeploymentRuleEntry:
    return DeploymentRuleEntry.model_validate({"origin": rule.origin, "pattern": rule.pattern, "service": rule.service})


def _incident_entry(rule: SuggestedRule) -> IncidentRuleEntry:
    return IncidentRuleEntry.model_validate({"origin": rule.origin, "pattern": rule.pattern})
