"""Streamlit's script: the menu, the portfolio that is shown, and the page."""

from __future__ import annotations

import streamlit as st

from app.ui.frame import menu, page_frame

st.set_page_config(page_title="Maestro", page_icon=":material/graphic_eq:", layout="wide")
page = menu()
with page_frame():
    page.run()
