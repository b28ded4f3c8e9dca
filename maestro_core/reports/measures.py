"""docs/METRICS.md, made from the catalogue: `python -m maestro_core.reports.measures [--check] PATH`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from maestro_core.learning import calibration, skill
from maestro_core.scoring import (
    chaoss_index,
    collaboration,
    compatibility,
    correlations,
    dora,
    git_activity,
    hotspots,
    impact,
    impact_reuse,
    newcomers,
    ownership,
    patterns,
    pipeline_failures,
    pipelines,
    portfolio,
    quick_check,
    ranking,
    recommendations,
    review_flow,
    review_team,
    success,
    team_rules,
    upgrades,
)
from maestro_core.scoring.catalogue import CATALOGUE, Measure

# A measure is in the catalogue once its module is imported.
TOPICS = (
    success,
    portfolio,
    impact,
    impact_reuse,
    compatibility,
    upgrades,
    correlations,
    recommendations,
    ranking,
    git_activity,
    collaboration,
    chaoss_index,
    patterns,
    newcomers,
    ownership,
    hotspots,
    pipelines,
    pipeline_failures,
    review_flow,
    review_team,
    skill,
    calibration,
    dora,
    quick_check,
    team_rules,
)
HEAD = """# Measures

What Maestro measures, with its unit, its definition and where that comes from. Made from the catalogue in
`maestro_core/scoring` and `maestro_core/learning` by `make docs`; change the docstring of the measure, not this file.
Where there is not enough data a measure has no value and says why: 0 is not its substitute. Shares are 0 to 1 inside
and per cent on screen.
"""


def listed() -> list[Measure]:
    """The whole catalogue, by topic and title."""
    return sorted(CATALOGUE.values(), key=_place)


def document(measures: Iterable[Measure]) -> str:
    """The catalogue as Markdown, one section for each topic."""
    ordered = sorted(measures, key=_place)
    sections = [
        "\n".join([f"## {topic.replace('_', ' ').capitalize()}\n", *map(_entry, group)])
        for topic, group in groupby(ordered, key=lambda measure: measure.topic)
    ]
    return "\n".join([HEAD, *sections])


def main() -> None:
    """Write the document, or with --check exit with 1 where the file says something else."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("path", type=Path)
    options.add_argument("--check", action="store_true")
    chosen = options.parse_args()
    text = document(CATALOGUE.values())
    if not chosen.check:
        chosen.path.write_text(text)
    elif not chosen.path.exists() or chosen.path.read_text() != text:
        sys.exit(f"{chosen.path} does not say what the catalogue says: run `make docs`.")


def _place(measure: Measure) -> tuple[str, str]:
    return measure.topic, measure.title


def _entry(measure: Measure) -> str:
    facts = f"`{measure.name}` · unit: {measure.unit} · better: {measure.better}"
    return f"### {measure.title}\n\n{facts}\n\n{measure.definition}\n\nSource: {measure.source}\n"


if __name__ == "__main__":
    main()
