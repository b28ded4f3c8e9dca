"""How a portfolio of projects does as a whole."""

from __future__ import annotations

import pandas as pd

from maestro_core.scoring import samples
from maestro_core.scoring.catalogue import measure
from maestro_core.terms import Better, Measured, Outcome

OWN = "our own definition"


@measure("Success rate", unit="share", better=Better.HIGHER, source=f"{OWN}; interval: Wilson 1927, JASA 22")
def project_success_rate(projects: pd.DataFrame) -> Measured[float]:
    """Successes among the projects that ended as success or failure, 0 to 1, with its 90 % interval.

    Cancelled projects are outside, and so is a project without an outcome. None without such projects.

    >>> project_success_rate(pd.DataFrame({"outcome": ["success", "failure", "cancelled", None]})).value
    0.5
    """
    decided = projects["outcome"].isin([Outcome.SUCCESS, Outcome.FAILURE])
    succeeded = int((projects["outcome"] == Outcome.SUCCESS).sum())
    return samples.share(succeeded, int(decided.sum()), nothing="no project finished with an outcome in this period")


@measure("Median project duration", unit="days", better=Better.LOWER, source=OWN)
def median_project_duration(projects: pd.DataFrame) -> Measured[float]:
    """Median days from start to finish of the finished projects.

    From 5 projects on with its interval, a 90 % one from order statistics. None where no project has both dates.

    >>> median_project_duration(pd.DataFrame({"duration": [90.0, 30.0, None]})).value
    60.0
    """
    return samples.median(projects["duration"], nothing="no project with a start finished in this period")


@measure("Median project cost", unit="currency", better=Better.LOWER, source=OWN)
def median_project_cost(projects: pd.DataFrame) -> Measured[float]:
    """Median compute cost of the finished projects, in the organisation's currency.

    From 5 projects on with its interval, a 90 % one from order statistics. None where no cost is known.

    >>> median_project_cost(pd.DataFrame({"cost": [None]})).reason
    'no project with a known cost finished in this period'
    """
    return samples.median(
        pd.to_numeric(projects["cost"]), nothing="no project with a known cost finished in this period"
    )


@measure("Reuse among new uses", unit="share", better=Better.HIGHER, source=f"{OWN}; interval: Wilson 1927, JASA 22")
def reuse_among_new_uses(first_uses: pd.DataFrame) -> Measured[float]:
    """Reuses among the first uses of an artifact by a project, 0 to 1, with its 90 % interval.

    A first use is a reuse when another project had used the artifact before, whenever that was: `nth` counts the
    projects of an artifact in the order they took it up. How often a project uses an artifact does not matter.
    None where no project took up an artifact.

    >>> reuse_among_new_uses(pd.DataFrame({"nth": [1, 1, 2, 3]})).value
    0.5
    """
    return samples.share(
        int((first_uses["nth"] > 1).sum()), len(first_uses), nothing="no project took up an artifact in this period"
    )
