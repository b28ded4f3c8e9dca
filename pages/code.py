"""What depends on one person, and where change gathers: for managers, told of teams and never of one person."""

from __future__ import annotations

import streamlit as st

from app.ui import code_ownership, code_parts, empty, filters, links, tiles
from app.ui.ask import ask
from app.ui.forms import counted
from app.ui.text import plain
from maestro_core.reports import code

VIEWS = {
    "Projects": code_parts.by_project,
    "Who knows it": code_ownership.ownership,
    "Hotspots": code_parts.hotspots,
    "Changes together": code_parts.pairs,
}

st.title("Code")
code_parts.narrow()
if not filters.project_names():
    empty.no_projects()
    st.stop()
with filters.bar():
    projects = filters.projects()
    path = st.text_input(
        "Path", key="path", bind="query-params", placeholder="Part of a path", icon=":material/filter_alt:"
    )
    period = filters.period(default="12 months")
answer = ask(code.code, projects=projects, period=period, path=path.strip())
if answer.lines.value is None:
    code_parts.no_code(answer, path.strip())
    st.stop()

seen = answer.coverage
st.caption(
    f"{seen.repositories} Git {'repository' if seen.repositories == 1 else 'repositories'} · "
    f"{empty.age(seen)} · files that exist now, renames followed, bots left out"
    + (f" · {counted(seen.left_out, 'vendored or generated file')} left out" if seen.left_out else "")
)
empty.since_when(seen)
if seen.without_repository:
    with st.expander(f"{len(seen.without_repository)} of these projects without a repository: not seen here"):
        st.markdown(", ".join(plain(name) for name in seen.without_repository))
        links.link("sources", "Connect a Git repository", icon="cable")

with st.grid(5, min_column_width=175):
    tiles.show("truck_factor", answer.truck_factor)
    tiles.show("one_author_share", answer.one_author_share)
    tiles.show("knowledge_at_risk", answer.knowledge_at_risk)
    tiles.show("knowledge_lost", answer.knowledge_lost)
    tiles.tile("Lines", answer.lines, unit="", about="Lines of the files that exist now; n is how many files.")
code_parts.in_words(answer)

# One project has no others to compare with.
views = list(VIEWS)[0 if len(answer.by_project) > 1 else 1 :]
view = st.segmented_control(
    "View",
    views,
    default=views[0],
    key="view",
    required=True,
    bind="query-params",
    label_visibility="collapsed",
)
VIEWS[view](answer)
