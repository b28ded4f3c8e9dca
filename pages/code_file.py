"""One file: its history, how many know it, and what changes with it."""

from __future__ import annotations

import streamlit as st

from app.ui import charts, code_parts, filters, links, tables, tiles
from app.ui.ask import ask
from app.ui.drawing import draw
from app.ui.text import plain
from app.ui.times import day
from maestro_core.reports import code_file

COUPLED = {
    "short_path": st.column_config.TextColumn("File", width=235),
    "coupling": st.column_config.ProgressColumn(
        "Coupling",
        width=100,
        min_value=0,
        max_value=100,
        format="%.0f %%",
        help="Changes together / mean changes of the two.",
    ),
    "shared": st.column_config.NumberColumn("Together", width=75, help="Commits that changed both."),
    "revisions": st.column_config.NumberColumn("Mean changes", width=105, format="%.1f"),
}

file_id = filters.chosen_key("file")
if file_id is None:
    st.info("No file is chosen.", icon=":material/touch_app:")
    links.link("code", "Choose one of the files", icon="arrow_back")
    st.stop()
file = ask(code_file.file, file_id=file_id)
links.link("code", f"Code of {plain(file.project)}", icon="arrow_back", projects=file.project)

st.title(plain(file.path.rpartition("/")[2]))
st.caption(
    f"{plain(file.path)} · {plain(file.repository)}"
    + ("" if file.lines is None else f" · {file.lines:,} lines")
    + ("" if file.is_present else " · **not there any more**")
    + (" · left out of all measures as vendored or generated" if file.is_left_out else "")
)
if file.former_paths:
    with st.expander(f"It had {'another name' if len(file.former_paths) == 1 else 'other names'} before"):
        st.markdown("  \n".join(plain(path) for path in file.former_paths))
if file.changes.value is None:
    st.info(plain(file.changes.reason), icon=":material/hourglass_empty:")
    st.stop()

with st.grid(4, min_column_width=150):
    tiles.tile("Changes", file.changes, unit="", about="Commits that changed it, under all its names.")
    tiles.tile("Authors", file.authors, unit="", about="People who know it, by degree of authorship.")
    tiles.tile("Contributors", file.people, unit="", about="Everybody who ever changed it; bots are left out.")
    tiles.show("fragmentation", file.fragmentation)

history, partners = st.columns([1, 1.4], gap="large")
with history:
    st.subheader("Changes per quarter")
    draw(
        charts.bars(file.by_quarter, x="quarter", y="changes", title="", unit="changes"),
        alt="Changes of the file in each quarter",
    )
    st.caption(f"First changed {day(file.first_changed_at)}, last {day(file.last_changed_at)}.")
with partners:
    st.subheader("Changes together with")
    if file.coupled.empty:
        st.caption("No other file changed together with it at least five times.")
    else:
        shown = code_parts.shortened(file.coupled.assign(coupling=100 * file.coupled["coupling"]), "path")
        choice = tables.choose(
            shown, COUPLED, key="coupled", height=min(38 + 35 * len(file.coupled), 330), alt="Coupled files"
        )
        tables.download(file.coupled.drop(columns="file_id"), name="changes-together", key="coupled_csv")
        if choice is not None:
            links.go("code_file", file=file.coupled.iloc[choice]["file_id"])

st.subheader("Who knows it")
if file.authors.value is None:
    st.info(plain(file.authors.reason), icon=":material/group_off:")
elif st.toggle("Show names", key="names", bind="query-params"):
    names = ask(code_file.authors, file_id=file_id)
    st.markdown(", ".join(plain(name) for name in names) or "Nobody by degree of authorship.")
    st.caption("In the order of the alphabet: whom to ask, not who did most.")
else:
    st.caption("Names are shown to those who may see people, and only for teams of four or more.")
