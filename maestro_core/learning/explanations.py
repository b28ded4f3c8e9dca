"""Why a prediction is what it is: the parts of the linear model."""

from __future__ import annotations

import pandas as pd

from maestro_core.learning.predictors import Fitted
from maestro_core.learning.preparation import origin


def contributions(fitted: Fitted, planned: pd.DataFrame) -> pd.DataFrame:
    """What each feature adds to the baseline, exactly: project_id, feature, contribution, effect.

    contribution = Σ coefficient · standardised value over the columns made from a feature, on the model's scale (points
    for success, logarithm for duration and cost); `effect` says it in words ("× 1.35", "+3.2 points"). With the
    baseline they sum to the prediction before it is clipped. No planned project gives an empty frame.
    """
    X = fitted.predictor.inputs(planned)
    if X.empty:
        return pd.DataFrame(columns=["project_id", "feature", "contribution", "effect"])
    prepared = fitted.pipeline[:-1].transform(X) * fitted.pipeline[-1].coef_
    names = [origin(name, fitted.predictor.features) for name in fitted.pipeline[:-1].get_feature_names_out()]
    parts = pd.DataFrame(prepared.T).groupby(names).sum().T.reindex(columns=fitted.predictor.features, fill_value=0.0)
    answer = parts.assign(project_id=planned["project_id"].to_numpy()).melt(
        "project_id", var_name="feature", value_name="contribution"
    )
    return answer.assign(effect=answer["contribution"].map(fitted.predictor.scale.effect))
