"""Which files nobody of the team wrote: seen before it is saved, since every measure of lines follows."""

from __future__ import annotations

import streamlit as st

from app.ui import tables
from app.ui.ask import ask, tell
from app.ui.forms import done, note_on_sample
from maestro_core.actions.left_out import USUALLY_LEFT_OUT, preview, set_left_out_paths
from maestro_core.reports.organisation import Organisation
from maestro_core.terms import percent

GLOBS = (
    "One glob on each line, as in .gitignore: `vendor/` is a folder at any depth, `*.lock` a name at any depth, "
    "`docs/*.rst` meant from the top."
)


def left_out_paths(known: Organisation) -> None:
    """The globs of vendored and generated files, with what they name of the files that exist now."""
    shown = list(USUALLY_LEFT_OUT) if known.left_out_paths is None else known.left_out_paths
    # A field of its own: else a browser goes on showing what was left out before.
    field = "left-out usual" if known.left_out_paths is None else "left-out own"
    with st.container(border=True):
        text = st.text_area("Paths to leave out", "\n".join(shown), key=field, height=220, help=GLOBS)
        told = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
        _effect(told)
        with st.container(horizontal=True):
            saves = st.button("Save paths", type="primary", disabled=told == shown)
            usual = st.button("Back to the usual paths", disabled=known.left_out_paths is None)
        note_on_sample()
    if saves or usual:
        changed = tell(set_left_out_paths, patterns=None if usual else told)
        done(f"Saved: {changed:,} files changed sides, and what rests on their lines was counted anew.")


def _effect(told: list[str]) -> None:
    effect = ask(preview, patterns=tuple(told))
    if not effect.files:
        st.caption("No repository has been read yet.")
        return
    share = percent(effect.left_out / effect.files)
    st.caption(
        f"{effect.left_out:,} of {effect.files:,} files ({share}), {effect.lines_left_out:,} lines, are left out."
    )
    if effect.left_out:
        column = st.column_config
        tables.show(
            effect.largest,
            {
                "path": column.TextColumn("Largest of them", width="large"),
                "lines": column.NumberColumn("Lines", width="small"),
                "project": column.TextColumn("Project", width="medium"),
            },
            key="left-out-largest",
            alt="The largest files that are left out",
        )
