"""Why a prediction is what it is: the parts of the linear model, and the past projects most like it."""

from __future__ import annotations

import numpy as np
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


def similar(fitted: Fitted, planned: pd.DataFrame, *, k: int = 3) -> pd.DataFrame:
    """The k past projects nearest to each planned one on the standardised features, nearest first, and their outcome.

    Columns: project_id, similar_id, distance (0 is a twin), value in the target's unit. Source: k-nearest analogies,
    Shepperd and Schofield (1997). No planned project gives an empty frame.
    """
    from sklearn.neighbors import NearestNeighbors

    X = fitted.predictor.inputs(planned)
    if X.empty:
        return pd.DataFrame(columns=["project_id", "similar_id", "distance", "value"])
    prepare, past = fitted.pipeline[:-1], fitted.past
    near = NearestNeighbors(n_neighbors=min(k, fitted.n)).fit(prepare.transform(fitted.predictor.inputs(past)))
    distances, rows = near.kneighbors(prepare.transform(X))
    found = past.iloc[rows.ravel()]
    return pd.DataFrame(
        {
            "project_id": np.repeat(planned["project_id"].to_numpy(), rows.shape[1]),
            "similar_id": found["project_id"].to_numpy(),
            "distance": distances.ravel(),
            "value": found[fitted.predictor.target].to_numpy(),
        }
    )
