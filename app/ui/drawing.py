"""A figure on the page, in letters that can be read on the ground of the theme that is shown."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import streamlit as st

INK = {"light": "#5b6472", "dark": "#a3a8b4"}
"""Contrast 6.0 and 7.7; Streamlit's own grey of charts has 3.7 on white."""


def draw(figure: go.Figure, **shown: Any) -> Any:
    """As `st.plotly_chart`."""
    ink = INK[st.context.theme.type or "light"]
    axis = {"tickfont": {"color": ink}, "title": {"font": {"color": ink}}}
    figure.update_xaxes(axis).update_yaxes(axis).update_layout(legend={"font": {"color": ink}}, font={"color": ink})
    return st.plotly_chart(figure, **shown)
