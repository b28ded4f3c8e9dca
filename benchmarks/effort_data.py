"""Public effort data in ARFF, read by rules that know no data set: `read(file)`, used by prediction_*.py.

The effort is the attribute of that name, else the last one. What names a row, what is measured when a project has
ended, and dates are left out; ratings from very low to extra high become numbers, other words stay words.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from maestro_core.learning.preparation import inputs

EFFORT = re.compile(r"(act(ual)?|dev)?[._ ]?eff(ort)?[._ ]?(mm|hrs)?\.?", re.IGNORECASE)
KNOWN_AT_THE_END = re.compile(
    r"eff(ort)?\b|effort|duration|months|length|pdr|pdu|prod\b|actual|yearend|defect|estimate", re.IGNORECASE
)
"""Ends, durations, productivities and other efforts; an expert's estimate is known before, but is what we rival."""
KEY = re.compile(r"(id|no|nr|record(number)?|project(id)?)", re.IGNORECASE)
RATINGS = {"vl": 1.0, "l": 2.0, "n": 3.0, "h": 4.0, "vh": 5.0, "xh": 6.0}
ATTRIBUTE = re.compile(r"@attribute\s+('[^']+'|\"[^\"]+\"|\S+)\s+([^%]*)", re.IGNORECASE)


@dataclass(frozen=True)
class EffortData:
    """The features known before the start, which of them are words, and the effort."""

    name: str
    X: pd.DataFrame
    y: np.ndarray
    words: tuple[str, ...]


def folder(path: Path) -> Iterator[EffortData]:
    """Every ARFF file of a folder that tells an effort of at least 15 projects."""
    for file in sorted(path.glob("*.arff")):
        data = read(file)
        if len(data.y) >= 15 and data.X.shape[1]:
            yield data


def read(file: Path) -> EffortData:
    """The projects whose effort is known and more than nothing."""
    frame, kinds = _table(file.read_text("utf-8-sig", errors="replace"))
    target = next((name for name in frame if EFFORT.fullmatch(name)), frame.columns[-1])
    effort = pd.to_numeric(frame.pop(target), errors="coerce").to_numpy(float)
    columns = {name: _column(frame[name], kinds[name]) for name in frame}
    chosen = {name: column for name, column in columns.items() if column is not None and _is_feature(name, column)}
    words = tuple(name for name, column in chosen.items() if column.dtype == object)
    known = np.isfinite(effort) & (effort > 0)
    X = inputs(pd.DataFrame(chosen), features=chosen, words=words)[known].reset_index(drop=True)
    return EffortData(file.stem, X, effort[known], words)


def _table(text: str) -> tuple[pd.DataFrame, dict[str, str]]:
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("%")]
    found = [ATTRIBUTE.match(line) for line in lines]
    kinds = {one[1].strip("'\" "): one[2].strip().lower() for one in found if one}
    start = next(place for place, line in enumerate(lines) if line.lower().startswith("@data"))
    rows = csv.reader((re.sub(r"\s%.*", "", line) for line in lines[start + 1 :]), quotechar="'", skipinitialspace=True)
    cells = [[cell.strip() for cell in row] for row in rows if len(row) == len(kinds)]
    return pd.DataFrame(cells, columns=list(kinds), dtype=object).replace({"?": None, "": None}), kinds


def _column(values: pd.Series, kind: str) -> pd.Series | None:
    """Numbers, ratings as numbers, or words; None for dates."""
    if kind.startswith(("date", "string")):
        return None
    if not kind.startswith("{"):
        return pd.to_numeric(values, errors="coerce").astype(float)
    return values.map(RATINGS).astype(float) if set(values.dropna()) <= RATINGS.keys() else values


def _is_feature(name: str, values: pd.Series) -> bool:
    known = values.dropna()
    names_the_row = KEY.fullmatch(name) or (values.dtype == object and known.nunique() == len(values))
    return bool(known.nunique() > 1 and not names_the_row and not KNOWN_AT_THE_END.search(name))
