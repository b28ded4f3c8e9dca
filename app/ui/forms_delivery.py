"""Dialogs about what counts as a deployment, as an incident and as failed; what would count is shown before it does."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import streamlit as st

from app.ui import links, tables
from app.ui.ask import ask, tell
from app.ui.forms import counted, done, note_on_sample
from app.ui.problems import politely
from app.ui.times import day
from maestro_core.actions.delivery_entries import DeploymentRuleEntry, IncidentRuleEntry
from maestro_core.actions.delivery_rules import (
    Preview,
    add_rules,
    change_deployment_rule,
    change_incident_rule,
    preview,
    set_delivery,
)
from maestro_core.actions.entries import valid
from maestro_core.reports.delivery_rules import DeliveryRules
from maestro_core.terms import DeploymentOrigin, IncidentOrigin

ORIGINS = {
    DeploymentOrigin.ENVIRONMENT: "A deployment to an environment",
    DeploymentOrigin.PIPELINE: "A run of a pipeline or workflow",
    DeploymentOrigin.JOB: "A job of a pipeline",
    DeploymentOrigin.RELEASE: "A release",
    DeploymentOrigin.TAG: "A tag",
}
HARM = {
    IncidentOrigin.LABEL: "An issue with a label",
    IncidentOrigin.PUSHED: "What another tool pushes",
    IncidentOrigin.FIX: "A failure that a rollback or hotfix tells of",
}
GLOB = "A name, or a pattern: * stands for anything. Capitals do not matter."
TAGS = "Tags of pre-releases (v1.2-rc1) count only where the pattern names such (v*-rc*)."
NEEDS_NAME = (DeploymentOrigin.PIPELINE, DeploymentOrigin.JOB)
CHOOSE = "Choose a name, or type a pattern: what would count is shown here, and nothing counts until you say so."
SHOWN = 5


@st.dialog("What counts as a deployment", width="medium", icon=":material/rocket_launch:")
def deployment_rule(known: DeliveryRules, rule: dict[str, Any] | None = None) -> None:
    """Add a rule of deployments, or change one; below the fields stands what it would count."""
    shown = rule or {"origin": DeploymentOrigin.ENVIRONMENT, "pattern": None, "service": "", "branch": "", "paths": []}
    entry = _deployment_fields(known, shown)
    if entry["origin"] in NEEDS_NAME and not entry["pattern"]:
        st.info(CHOOSE, icon=":material/visibility:")
        return
    with politely():
        told = valid(DeploymentRuleEntry, entry)
    what_would_count(ask(preview, project_id=known.project_id, deployments=(told,)))
    note_on_sample()
    if not st.button("Count these" if rule is None else "Save", type="primary", icon=":material/check:"):
        return
    if rule is None:
        tell(add_rules, project_id=known.project_id, deployments=(told,))
    else:
        tell(change_deployment_rule, rule_id=rule["rule_id"], told=told)
    done("Deployments were counted anew.")


@st.dialog("What counts as an incident", width="medium", icon=":material/e911_emergency:")
def incident_rule(known: DeliveryRules, rule: dict[str, Any] | None = None) -> None:
    """Add a rule of incidents, or change one."""
    shown = rule or {"origin": IncidentOrigin.LABEL, "pattern": None, "service": ""}
    entry = _incident_fields(known, shown)
    if entry["origin"] is IncidentOrigin.LABEL and not entry["pattern"]:
        st.info(CHOOSE, icon=":material/visibility:")
        return
    with politely():
        told = valid(IncidentRuleEntry, entry)
    if told.origin is IncidentOrigin.FIX:
        st.info(
            "The deployments themselves tell: each that a rollback or hotfix followed in time, and no issue told of."
        )
    else:
        what_would_count(ask(preview, project_id=known.project_id, incidents=(told,)))
    note_on_sample()
    if not st.button("Count these" if rule is None else "Save", type="primary", icon=":material/check:"):
        return
    if rule is None:
        tell(add_rules, project_id=known.project_id, incidents=(told,))
    else:
        tell(change_incident_rule, rule_id=rule["rule_id"], told=told)
    done("Incidents were counted anew.")


@st.dialog("When a deployment failed", width="medium", icon=":material/rule:")
def failure(known: DeliveryRules) -> None:
    """How many hours count, and which words mean a hotfix or rollback."""
    with st.form("failure", border=False):
        hours = st.number_input(
            "Within hours", min_value=0.5, max_value=8760.0, value=known.failure_hours, step=1.0, format="%g",
            help="An incident, a hotfix or a rollback so long after a deployment means that it failed.",
        )  # fmt: skip
        patterns = st.text_area(
            "Words that mean a hotfix or rollback",
            value=", ".join(known.hotfix_patterns),
            placeholder=", ".join(known.usual_hotfixes),
            help="Patterns of branches, labels and titles, with commas between; one with a slash is of branches only. "
            "Left empty: the usual ones.",
        )
        st.caption("What names an incident, and a return to an earlier commit, are seen without words.")
        note_on_sample()
        if st.form_submit_button("Save", type="primary"):
            words = tuple(part.strip() for part in patterns.split(",") if part.strip())
            tell(set_delivery, project_id=known.project_id, failure_hours=hours, hotfix_patterns=words)
            done("Deployments were judged anew.")


def what_would_count(found: Preview) -> None:
    """What rules would count: how much, since when, and the newest rows."""
    if not found.deployments and not found.incidents:
        st.warning("Nothing fits yet." + _left_out(found), icon=":material/search_off:")
        return
    if found.deployments:
        st.success(
            f"**{counted(found.deployments, 'deployment')}** would count, {found.recent_deployments:,} of them in the "
            f"last 90 days; {day(found.first_at)} to {day(found.last_at)}." + _left_out(found),
            icon=":material/visibility:",
        )
        _latest_deployments(found)
    if found.incidents:
        st.success(
            f"**{counted(found.incidents, 'incident')}** would count, {found.recent_incidents:,} of them in the last "
            "90 days.",
            icon=":material/visibility:",
        )
        _latest_incidents(found)


def accept(project_id: UUID, deployments: tuple[DeploymentRuleEntry, ...], incidents: tuple[Any, ...]) -> None:
    """The button that lets suggested rules count."""
    if st.button("Count these", type="primary", icon=":material/check:", key=f"accept-{project_id}"):
        tell(add_rules, project_id=project_id, deployments=deployments, incidents=incidents)
        done("Deployments and incidents are counted from now on.")


def _deployment_fields(known: DeliveryRules, shown: dict[str, Any]) -> dict[str, Any]:
    origins = list(ORIGINS)
    origin = st.selectbox(
        "Told by", origins, index=origins.index(DeploymentOrigin(shown["origin"])),
        format_func=lambda each: ORIGINS[each], key="rule-origin",
    )  # fmt: skip
    pattern = _pattern("Name", _names(known, str(origin)), shown["pattern"], key=f"rule-pattern-{origin}")
    service, branch = st.columns(2)
    told = service.text_input(
        "Service", shown["service"], key="rule-service", placeholder="the only one",
        help="Where a project deploys several things: which one this is.",
    )  # fmt: skip
    only = branch.text_input("Only from branch", shown["branch"], key="rule-branch", placeholder="any", help=GLOB)
    paths = st.text_input(
        "Only changes under", ", ".join(shown["paths"]), key="rule-paths",
        placeholder="all, or for example api/**, shared/**",
        help="For several services in one repository: only commits that touch these belong to this one.",
    )  # fmt: skip
    return {
        "origin": origin, "pattern": pattern, "service": told, "branch": only,
        "paths": tuple(part.strip() for part in paths.split(",") if part.strip()),
    }  # fmt: skip


def _incident_fields(known: DeliveryRules, shown: dict[str, Any]) -> dict[str, Any]:
    origins = list(HARM)
    origin = st.selectbox(
        "Told by", origins, index=origins.index(IncidentOrigin(shown["origin"])), format_func=lambda each: HARM[each],
        key="harm-origin",
    )  # fmt: skip
    pattern = ""
    if origin is IncidentOrigin.LABEL:
        pattern = _pattern("Label", known.labels["label"].tolist(), shown["pattern"], key="harm-pattern")
    service = st.text_input(
        "Service", shown["service"], key="harm-service", placeholder="all",
        help="Left empty, an issue belongs to the service that it names, as with a label service:api.",
    )  # fmt: skip
    return {"origin": origin, "pattern": pattern, "service": service}


def _pattern(label: str, names: list[str], shown: str | None, *, key: str) -> str:
    options = names if not shown or shown in names else [shown, *names]
    chosen = st.selectbox(
        label, options, index=options.index(shown) if shown else None, key=key, accept_new_options=True,
        placeholder="Choose, or type a pattern such as prod*",
        help=f"{GLOB} {TAGS}",
    )  # fmt: skip
    return chosen or ""


def _names(known: DeliveryRules, origin: str) -> list[str]:
    return list(known.names[known.names["origin"] == origin]["name"].head(200))


def _left_out(found: Preview) -> str:
    counts = {"without success": found.unsuccessful, "unfinished": found.unfinished}
    parts = [f"{count:,} {what}" for what, count in counts.items() if count]
    return f" Not counted: {' and '.join(parts)}." if parts else ""


def _latest_deployments(found: Preview) -> None:
    rows = found.latest_deployments.head(SHOWN)
    columns = {
        "link": st.column_config.LinkColumn("Open", display_text="Open", width=55),
        "finished_at": st.column_config.DatetimeColumn("Newest first", format="YYYY-MM-DD HH:mm", width=125),
        "service": st.column_config.TextColumn("Service", width=75),
        "name": st.column_config.TextColumn("Name", width=130),
        "branch": st.column_config.TextColumn("Branch or tag", width=120),
    }
    tables.show(
        rows.assign(link=rows["url"].map(links.safe)), columns, key="preview-deployments", alt="What would count"
    )


def _latest_incidents(found: Preview) -> None:
    rows = found.latest_incidents.head(SHOWN)
    columns = {
        "link": st.column_config.LinkColumn("Open", display_text="Open", width=55),
        "opened_at": st.column_config.DatetimeColumn("Newest first", format="YYYY-MM-DD HH:mm", width=125),
        "service": st.column_config.TextColumn("Service", width=75),
        "title": st.column_config.TextColumn("Incident", width=250),
    }
    tables.show(rows.assign(link=rows["url"].map(links.safe)), columns, key="preview-incidents", alt="What would count")
