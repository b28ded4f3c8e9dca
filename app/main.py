"""Streamlit's script: the menu, the portfolio that is shown, and the page."""

from __future__ import annotations

import streamlit as st

from app.ui.frame import menu, page_frame

# Streamlit would fetch the picture of a Material icon from a stranger, which the pages' security policy refuses.
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" stroke="#2f5fd0" stroke-width="2.4" '
    'stroke-linecap="round"><path d="M3 10v4M7.5 6v12M12 2.5v19M16.5 6v12M21 10v4"/></svg>'
)
st.set_page_config(page_title="Maestro", page_icon=ICON, layout="wide")
page = menu()
with page_frame():
    page.run()
