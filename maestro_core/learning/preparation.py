"""From what is known of a project before it starts to columns a linear model can use; scikit-learn parts only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

RARE = 5
"""A word met in fewer past projects than this is pooled with the other rare ones."""

UNKNOWN = "unknown"
"""What stands for a missing word; it is a level of its own, so that missing is told apart from rare."""


def prepare(*, numbers: Sequence[str] = (), skewed: Sequence[str] = (), words: Sequence[str] = ()) -> Pipeline:
    """Unfitted: log1p for the skewed, median with indicator for the missing, one-hot for words, all standardised.

    >>> past = pd.DataFrame({"size": [1.0, 3.0, None], "domain": ["a", "a", "a"]})
    >>> list(prepare(skewed=["size"], words=["domain"]).fit(past).get_feature_names_out())
    ['size', 'missingindicator_size', 'domain_infrequent_sklearn']
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    columns = ColumnTransformer(
        [
            ("numbers", _imputer(), list(numbers)),
            ("skewed", make_pipeline(_logarithm(), _imputer()), list(skewed)),
            ("words", _one_hot(), list(words)),
        ],
        verbose_feature_names_out=False,
    )
    return make_pipeline(columns, StandardScaler())


def inputs(projects: pd.DataFrame, *, features: Iterable[str], words: Sequence[str]) -> pd.DataFrame:
    """Only the named columns, numbers as floats, missing words as "unknown"; an absent column is all missing."""
    chosen = projects.reindex(columns=list(features))
    return chosen.assign(**{name: _column(chosen[name], name in words) for name in map(str, chosen)})


def is_skewed(values: pd.Series[Any]) -> bool:
    """Never negative, and with a longer right tail than a bell: sample skewness above 1. False without values."""
    known = values.dropna()
    return bool(len(known) > 2 and known.min() >= 0 and float(known.skew()) > 1)  # type: ignore[arg-type]


def origin(column: str, features: Iterable[str]) -> str:
    """The feature that a prepared column was made from.

    >>> origin("missingindicator_team_size", ["team_size"]), origin("domain_retail", ["domain"])
    ('team_size', 'domain')
    """
    bare = column.removeprefix("missingindicator_")
    return max((f for f in features if bare == f or bare.startswith(f"{f}_")), key=len)


def _column(values: pd.Series[Any], is_word: bool) -> pd.Series[Any]:
    if is_word:
        return values.astype(object).where(values.notna(), UNKNOWN).astype(str).astype(object)
    return pd.to_numeric(values, errors="coerce").astype(float)


def _imputer() -> SimpleImputer:
    from sklearn.impute import SimpleImputer

    # keep_empty_features: a column without any value in one fold must not vanish there.
    return SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)


def _logarithm() -> FunctionTransformer:
    from sklearn.preprocessing import FunctionTransformer

    return FunctionTransformer(np.log1p, feature_names_out="one-to-one")


def _one_hot() -> OneHotEncoder:
    from sklearn.preprocessing import OneHotEncoder

    return OneHotEncoder(min_frequency=RARE, handle_unknown="infrequent_if_exist", sparse_output=False)
