"""What stands behind the answer to a what-if: how to get further, how far it holds, who fits, how it is computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from app.ui import sizing_goals, tables, tiles
from app.ui.sizing_views import units
from app.ui.text import plain
from app.ui.times import ago
from maestro_core.reports.team_sizing import WhatIf
from maestro_core.terms import TeamRole


def more(answer: WhatIf) -> None:
    """What gets the plan to a goal, how far the advice holds, roles, and how all this is computed."""
    panels: dict[str, Callable[[WhatIf], None]] = {
        "What gets me there": lambda answer: sizing_goals.panel(answer, units(answer)),
        "How far this holds": how_far_it_holds,
        "Roles": roles,
        "How this is computed": about,
    }
    for tab, panel in zip(st.tabs(list(panels), key="sizing_more", on_change="rerun"), panels.values(), strict=True):
        with tab:
            if tab.open:
                panel(answer)


def how_far_it_holds(answer: WhatIf) -> None:
    """What a factor that nobody recorded would change."""
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in answer.sensitivity))
    st.caption(
        "Complexity is the usual yardstick, because everybody knows that hard projects get larger teams. Politics, "
        "urgency or a gifted lead may do the same, and nobody wrote them down."
    )


def roles(answer: WhatIf) -> None:
    """The stated mix beside the usual ones, of teams of this size and of the recommended one, and who fits."""
    best = answer.recommended_roles
    names = [str(role) for role in TeamRole]
    frame = pd.DataFrame(
        {
            "role": [f"{name[0].upper()}{name[1:]}" for name in names],
            "planned": [answer.plan.roles.get(name) for name in names],
            "usual": [answer.usual_roles.people.get(name, 0) for name in names],
            "recommended": [best.people.get(name, 0) if best else 0 for name in names],
        }
    )
    columns: dict[str, Any] = {
        "role": st.column_config.TextColumn("Role"),
        "planned": st.column_config.NumberColumn("Planned"),
        "usual": st.column_config.NumberColumn(f"Usual in a team of {answer.plan.team_size}"),
    }
    if best:
        columns["recommended"] = st.column_config.NumberColumn(f"Usual in a team of {answer.recommendation.size}")
    left, right = st.columns([1.4, 1])
    with left:
        tables.show(frame, columns, key="role_mix", alt="Planned roles beside the usual ones")
        _reasons((best or answer.usual_roles).reasons)
    with right:
        _experience(answer)


def about(answer: WhatIf) -> None:
    """What the curves are, and what they are not."""
    st.markdown(
        f"Learned from {answer.outcomes} finished projects, {ago('last', answer.trained_at)}.\n\n"
        "- **Where it starts**: a rule of thumb, that the best size grows with complexity. The fewer projects "
        "there are, the closer the curve stays to it; your own outcomes pull it away (Bayesian regression on a "
        "curved surface of team size and complexity, adjusted for experience, domain and artifacts).\n"
        "- **Duration and cost**: work = people × days is learned and divided by the people; cost follows from the "
        "work.\n"
        "- **Weights**: half the time, or half the cost, counts as much as ten points of success.\n"
        "- **Band**: 80 % of what the past leaves open about the *expected* outcome. A single project scatters "
        "more: see Predictions. From some 120 past projects on it runs narrow: in simulated worlds without a hidden "
        "factor it then held the truth in 68 to 81 %.\n"
        "- **Solid or dashed**: solid where past projects like this one had teams of that size; dashed is "
        "extrapolation, and never recommended.\n"
        "- **Cannot be told apart**: sizes whose difference to the best is smaller than its standard deviation.\n"
        "- **Not a proof**: these are associations, adjusted for what is known. Larger teams were given to other "
        "projects for reasons that nobody wrote down; a change of size may not change the outcome as drawn.\n"
        "- **Roles** are compared with past teams; the curves do not depend on them."
    )


def _experience(answer: WhatIf) -> None:
    """The years that go with the complexity, and how many of each level that is."""
    found = answer.seniority
    st.metric("Experience that goes with this complexity", tiles.number(found.years, "years"))
    levels = ", ".join(f"{count} {level}" for level, count in found.people.items())
    if levels:
        st.markdown(f"In a team of {sum(found.people.values())}: **{levels}**")
    _reasons(found.reasons)


def _reasons(reasons: tuple[str, ...]) -> None:
    st.caption("  \n".join(plain(reason) for reason in reasons))
