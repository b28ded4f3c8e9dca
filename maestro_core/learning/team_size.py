"""How large a team should be: success, duration and cost against team size, and the sizes the past supports."""

from __future__ import annotations

from maestro_core.learning.team_size_curves import SIZES, Expected, expect, summary
from maestro_core.learning.team_size_difference import difference
from maestro_core.learning.team_size_model import MINIMUM, TeamSizeModel, fit
from maestro_core.learning.team_size_plan import Plan
from maestro_core.learning.utility import Recommendation, Utility, recommend, utility_curve

__all__ = [
    "MINIMUM",
    "SIZES",
    "Expected",
    "Plan",
    "Recommendation",
    "TeamSizeModel",
    "Utility",
    "difference",
    "expect",
    "fit",
    "recommend",
    "summary",
    "utility_curve",
]
