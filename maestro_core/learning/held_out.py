"""A conformity score that remembers what it judged; apart, because MAPIE takes seconds to import."""

from __future__ import annotations

from typing import Any

import numpy as np
from mapie.conformity_scores import AbsoluteConformityScore
from numpy.typing import NDArray

Values = NDArray[np.float64]


class HeldOut(AbsoluteConformityScore):  # type: ignore[misc]
    """The absolute miss. `predicted` keeps what the fold models said, so that skill needs no second fitting."""

    predicted: Values

    def get_signed_conformity_scores(self, y: Values, y_pred: Values, **kwargs: Any) -> Values:
        self.predicted = np.asarray(y_pred, dtype=np.float64)
        return np.asarray(super().get_signed_conformity_scores(y, y_pred, **kwargs))
