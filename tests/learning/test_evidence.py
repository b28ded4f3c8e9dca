"""What is written of predictions is what is built: the documented features are those in code."""

from __future__ import annotations

from pathlib import Path

from maestro_core.learning.predictors import KNOWN_BEFORE_THE_START

EVIDENCE = Path(__file__).parents[2] / "docs" / "evidence" / "predictions.md"


def test_the_documented_features_are_those_in_code() -> None:
    section = EVIDENCE.read_text("utf-8").split("## ")[1]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")][2:]
    assert {row[0]: row[1] for row in rows} == dict(KNOWN_BEFORE_THE_START)
