"""One artifact: why this score, its versions, who uses it, and its impact over time."""

from __future__ import annotations

import streamlit as st

from app.ui import artifact_views, charts, empty, filters, forms_artifacts, links, tables, tiles
from app.ui.ask import ask
from app.ui.drawing import draw
from app.ui.forms import say_what_was_done
from app.ui.text import plain
from app.ui.times import day
from maestro_core.reports import artifacts, upgrades
from maestro_core.terms import Measured

artifact_id = filters.chosen_key("artifact")
if artifact_id is None:
    empty.nothing_chosen("artifact", "artifacts")
    st.stop()
links.link("artifacts", "All artifacts", icon="arrow_back")
artifact = ask(artifacts.artifact, artifact_id=artifact_id)

say_what_was_done()
st.title(plain(artifact.name))
with st.container(horizontal=True, vertical_alignment="center"):
    st.badge(artifact.kind.capitalize(), icon=":material/category:")
    st.caption(
        f"{plain(artifact.owner or 'no owner')} · since {day(artifact.created_at)}"
        + (f" · {plain(', '.join(artifact.tags))}" if artifact.tags else "")
    )
if artifact.description:
    st.text(artifact.description)
if artifact.url:
    st.code(artifact.url, language=None)

with st.container(horizontal=True):
    if st.button("Record a use", icon=":material/add_task:"):
        forms_artifacts.record_use(artifact)
    if st.button("Add a version", icon=":material/new_label:"):
        forms_artifacts.new_version(artifact)
    if st.button("Edit", icon=":material/edit:"):
        forms_artifacts.edit(artifact)
    if st.button("Delete", icon=":material/delete:"):
        forms_artifacts.delete(artifact)

impact = artifact.impact
with st.grid(3, min_column_width=200):
    if impact:
        score = Measured[float](
            value=round(impact.score),
            low=round(impact.score_low),
            high=round(impact.score_high),
            sample=impact.projects,
        )
        effect = Measured[float](
            value=impact.effect, low=impact.effect_low, high=impact.effect_high, sample=impact.projects
        )
        tiles.show("impact_score", score, unit="of 100")
        tiles.show("artifact_impact", effect, is_signed=True)
    tiles.tile(
        "Popularity",
        Measured[int](value=len(artifact.consumers), sample=len(artifact.consumers)),
        unit="projects",
        about="Distinct projects that use it, running ones too. It is not part of the score.",
    )
if artifact.effects:
    artifact_views.effects(artifact.effects)
with st.container(border=True):
    st.markdown("**Why this score**" if impact else "**No score yet**")
    st.markdown(plain(artifact.why))
    artifact_views.experiment(artifact)
if not impact:
    empty.enter_outcomes()

over_time, use = st.columns(2, gap="large")
history = artifact.impact_over_time
with over_time:
    if len(history) > 1:
        band = history.rename(columns={"effect": "value", "effect_low": "low", "effect_high": "high"})
        draw(
            charts.banded_line(band, x="as_of", title="Effect over time, 90 % interval", unit="points"),
            key="impact_over_time",
            alt="Effect of the artifact on success at the last month ends",
        )
with use if len(history) > 1 else over_time:
    if not artifact.use_over_time.empty:
        draw(
            charts.bars(artifact.use_over_time, x="month", y="projects", title="Projects per month", unit="projects"),
            key="use_over_time",
            alt="Distinct projects that used the artifact in each month",
        )

st.subheader("Who uses it")
if artifact.consumers.empty:
    st.caption("No project has used it yet.")
else:
    row = tables.choose(
        artifact.consumers,
        {
            "project": st.column_config.TextColumn("Project", width="medium"),
            "outcome": st.column_config.TextColumn("Outcome", width="small"),
            "success": st.column_config.ProgressColumn("Success", min_value=0, max_value=100, format="%.0f", width=110),
            "version": st.column_config.TextColumn("Version", width="small"),
            "people": st.column_config.NumberColumn("People", width="small", help="Where uses tell who."),
            "uses": st.column_config.NumberColumn("Uses", width="small", help="Events; machines repeat themselves."),
            "first_used_at": st.column_config.DateColumn("First used", width="small"),
            "last_used_at": st.column_config.DateColumn("Last used", width="small"),
        },
        key="consumers",
        alt="Projects that use the artifact",
    )
    tables.download(artifact.consumers, name="consumers", key="download_consumers")
    if row is not None:
        links.go("project", project=artifact.consumers.iloc[row]["project_id"])

artifact_views.versions(ask(upgrades.upgrades_of, artifact_id=artifact_id))
artifact_views.company(artifact.goes_well_with)
