"""Importing past projects from a file: take the template, fill it in, look at the preview, then import."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.typing import UploadedFile

from app.ui import tables
from app.ui.ask import ask_anew, tell
from app.ui.forms import done, note_on_sample
from app.ui.text import plain
from maestro_core.actions.portfolio_import import (
    ImportCounts,
    ImportPreview,
    TemplateKind,
    import_portfolio,
    preview,
    template,
)

TEMPLATES = {TemplateKind.EXCEL: "Excel template", TemplateKind.CSV: "CSV templates"}


@st.dialog("Import a portfolio", width="large", icon=":material/upload:")
def show() -> None:
    """Upload a file, see what it would do, and confirm. Nothing is written before."""
    note_on_sample()
    st.markdown(
        "Projects with outcomes, members, artifacts and uses, as a workbook, a zip of CSV files or one CSV file. "
        "Importing a file again changes what differs and adds nothing twice."
    )
    _templates()
    file = st.file_uploader("File", type=["xlsx", "zip", "csv"], key="import-file")
    if file is None:
        return
    with st.spinner("Reading the file …"):
        found = ask_anew(preview, name=file.name, content=file.getvalue())
    _preview(found)
    _confirm(file, found)


def _templates() -> None:
    with st.container(horizontal=True):
        for kind, label in TEMPLATES.items():
            st.download_button(
                label,
                data=partial(template, kind),
                file_name=f"maestro-portfolio.{kind}",
                icon=":material/download:",
                key=f"template-{kind}",
                on_click="ignore",
            )


def _preview(found: ImportPreview) -> None:
    counts = found.counts
    with st.container(horizontal=True):
        for name, count in (("New", counts.new), ("Changed", counts.changed), ("Same", counts.same)):
            st.metric(f"{name} rows", f"{count:,}", border=True, width=130)
        st.metric("Bad rows", f"{counts.bad:,}", border=True, width=130, help="Left out; the reasons are below.")
    for note in found.notes:
        st.caption(f":material/info: {plain(note)}")
    if not found.problems.empty:
        _problems(found)
    with st.expander("What would be imported", icon=":material/list:"):
        _tables(found)


def _problems(found: ImportPreview) -> None:
    st.markdown("**Rows that cannot be imported, and why**")
    column = st.column_config
    tables.show(
        found.problems,
        {
            "table": column.TextColumn("Table", width="small"),
            "row": column.NumberColumn("Row", width="small", help="As the spreadsheet numbers it."),
            "column": column.TextColumn("Column", width="small"),
            "reason": column.TextColumn("Reason", width="large"),
        },
        key="import-problems",
        height=min(38 + 35 * len(found.problems), 260),
        alt="Rows that cannot be imported, with the reason",
    )
    tables.download(found.problems, name="rows-to-correct", key="import-problems-csv")


def _tables(found: ImportPreview) -> None:
    column = st.column_config
    tables.show(
        found.rows,
        {
            "table": column.TextColumn("Table", width="small"),
            "row": column.NumberColumn("Row", width="small"),
            "subject": column.TextColumn("What", width="medium"),
            "verb": column.TextColumn("Is", width="small"),
            "changes": column.TextColumn("Changes", width="large"),
        },
        key="import-rows",
        height=min(38 + 35 * max(len(found.rows), 1), 300),
        alt="Rows that would be imported",
    )


def _confirm(file: UploadedFile, found: ImportPreview) -> None:
    if not found.changes_something:
        known = "every row that can be read is known already" if found.counts.same else "the file has no row to import"
        st.info(f"Nothing would change: {known}.", icon=":material/done_all:")
        return
    rows = found.counts.new + found.counts.changed
    st.caption("Nothing has been written yet.")
    if st.button(f"Import {rows:,} rows", type="primary", icon=":material/upload:"):
        with st.spinner("Importing …"):
            counts = tell(import_portfolio, name=file.name, content=file.getvalue())
        done(f"Imported: {_in_words(counts)}.")


def _in_words(counts: ImportCounts) -> str:
    told = {"new": counts.new, "changed": counts.changed, "the same": counts.same, "left out": counts.bad}
    return ", ".join(f"{count:,} {word}" for word, count in told.items() if count)
