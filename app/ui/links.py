"""Links between pages: they say what the next page is about. What all pages share is carried on by itself."""

from __future__ import annotations

from typing import NoReturn
from urllib.parse import urlsplit

import streamlit as st


def go(page: str, **about: object) -> NoReturn:
    """Open another page, about something: `go("artifact", artifact=artifact_id)`."""
    # Streamlit refuses to set the parameter of a widget on this page.
    free = {name: value for name, value in _told(about).items() if name not in st.session_state}
    st.switch_page(f"../pages/{page}.py", query_params=free)


def link(page: str, label: str, *, icon: str | None = None, **about: object) -> None:
    """A link to another page, about something."""
    symbol = f":material/{icon}:" if icon else None
    st.page_link(f"../pages/{page}.py", label=label, icon=symbol, query_params=_told(about))


def safe(address: object) -> str | None:
    """An address from another tool as a link may follow it: only to the web, never a script.

    >>> safe("https://ci.example/7"), safe("javascript:alert(1)"), safe(None)
    ('https://ci.example/7', None, None)
    """
    try:
        parts = urlsplit(str(address))
    except ValueError:
        return None
    return str(address) if parts.scheme in {"http", "https"} and parts.netloc else None


def _told(about: dict[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in about.items() if value is not None}
