"""What if: success, duration and cost by team size. For analysts."""

from __future__ import annotations

import streamlit as st

from app.ui import plans, sizing_forms, sizing_paper, sizing_reasons, sizing_scenarios, sizing_views, tables
from app.ui.ask import ask
from app.ui.text import plain
from maestro_core.reports import team_sizing, team_sizing_plan

st.title("Team sizing")
seen = ask(team_sizing_plan.planning_range)
if not seen.is_learned:
    sizing_views.too_early(seen)
    st.stop()

if sizing_scenarios.are_asked_for():
    sizing_scenarios.show()
    st.stop()

with st.grid(2, min_column_width=300):
    start = plans.start(seen)
    plans.begin(start)
    goal = st.container()
with goal:
    utility = plans.utility()
with st.container(border=True):
    fields = st.container()
    role_box = st.expander("Roles in the team")
    with fields:
        plan = plans.inputs(seen, start, role_box=role_box)
baseline = plans.baseline(start)
answer = ask(team_sizing.what_if, plan=plan, baseline=baseline, utility=utility)
changed = plans.is_changed(start, plan, baseline=baseline, utility=utility)

with st.container(horizontal=True, vertical_alignment="center"):
    if start.stored is not None:
        # A badge would escape a second time.
        named = f":material/bookmark: **{plain(start.stored.name)}**" + (", changed" if changed else "")
        st.markdown(named, width="content")
        st.button("Close", icon=":material/close:", type="tertiary", on_click=plans.close_scenario)
        if changed and st.button("Save", icon=":material/save:"):
            sizing_forms.save(start, plan, baseline=baseline, utility=utility)
    if st.button("Keep as a scenario …", icon=":material/bookmark_add:"):
        sizing_forms.keep(start, plan, baseline=baseline, utility=utility)
    sizing_forms.share(start, changed=changed)
    sizing_paper.download(answer, start, changed=changed)
    tables.download(answer.curves, name="team_sizing", key="curves_csv")

if start.stored is not None and not changed:
    sizing_views.since_it_was_kept(answer, start.stored)
sizing_views.warnings(answer)
choice, comparison = st.columns([1, 1.8])
with choice:
    sizing_views.recommended(answer)
with comparison:
    sizing_views.comparison(answer)
sizing_views.figures(answer)
sizing_reasons.more(answer)
