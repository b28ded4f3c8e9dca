"""Who knows the code: authors of files by degree of authorship, truck factor, knowledge at risk. Never a ranking.

Measured on the files that exist now, over their whole histories (see `file_history`). `contributions` has a row for
each file and person: file_id, person_id, changes, created. `authors` has a row for each author of a file:
file_id, person_id. `files` has a row for each file: file_id, lines.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from maestro_core.scoring.catalogue import measure
from maestro_core.scoring.file_history import Integers
from maestro_core.terms import Better, Measured

CONSTANT, FIRST_AUTHORSHIP, DELIVERY, ACCEPTANCE = 3.293, 1.098, 0.164, -0.321
LEAST_OF_BEST = 0.75
LEAST_DEGREE = 3.293
ENOUGH_FILES = 0.5
LEAST_OF_TOP = 0.1
NO_FILES = "no file of these projects is known to exist now"
NO_AUTHOR = "no file has an author: only bots changed them, or very many people a little each"
AVELINO = "Avelino et al. 2016, A Novel Approach for Estimating Truck Factors"


def with_authorship(contributions: pd.DataFrame) -> pd.DataFrame:
    """The contributions with `degree` and `is_author`, by degree of authorship.

    degree = 3.293 + 1.098·FA + 0.164·DL − 0.321·ln(1 + AC), where FA is 1 for who created the file, DL are the person's
    own later changes, renames too, and AC those of others; creating it is neither. An author has more than 0.75 of the
    file's highest degree, and a degree of at least 3.293 or created the file (Fritz et al. 2010, Avelino et al. 2016).

    >>> two = pd.DataFrame({"file_id": 1, "person_id": ["a", "b"], "changes": [1, 3], "created": [True, False]})
    >>> with_authorship(two)[["person_id", "degree", "is_author"]].round(3).values.tolist()
    [['a', 3.946, True], ['b', 3.785, True]]
    """
    created = contributions["created"].astype("int64")
    own = contributions["changes"] - created
    others = own.groupby(contributions["file_id"]).transform("sum") - own
    degree = CONSTANT + FIRST_AUTHORSHIP * created + DELIVERY * own + ACCEPTANCE * np.log1p(others)
    best = degree.groupby(contributions["file_id"]).transform("max")
    knows = (degree > LEAST_OF_BEST * best) & ((degree >= LEAST_DEGREE) | contributions["created"].astype(bool))
    return contributions.assign(degree=degree, is_author=knows)


def file_summary(contributions: pd.DataFrame) -> pd.DataFrame:
    """Of each file: changes, people, and fragmentation = 1 − Σ(aᵢ/n)² over its people (D'Ambros et al. 2010).

    0: one person made all changes. Near 1: many made few each.
    """
    squares = contributions.assign(squares=contributions["changes"] ** 2).groupby("file_id", sort=False)
    summed = squares.agg(changes=("changes", "sum"), people=("changes", "size"), squares=("squares", "sum"))
    fragmentation = 1 - summed.pop("squares") / summed["changes"] ** 2
    return summed.assign(fragmentation=fragmentation).reset_index()


@measure("Truck factor", unit="people", better=Better.HIGHER, source=AVELINO)
def truck_factor(authors: pd.DataFrame, files: pd.DataFrame) -> Measured[int]:
    """About how many people's leaving would leave more than half of the files without an author.

    The author of most files is removed, while at least half of the files keep an author; the number removed, without
    those who had under a tenth of the first one's files. Of authors of as many files, the one with the lower key goes
    first: the source leaves that open, and it may make a difference. Files that exist now, renames followed;
    vendored and generated ones are out. A person is an author of a file by degree of authorship: by having created it,
    by own changes, and less by what others changed since. An estimate of who could go on at once, not of who is able.
    None without a file or an author.

    >>> authors = pd.DataFrame({"file_id": [1, 2, 3, 3], "person_id": ["a", "a", "a", "b"]})
    >>> truck_factor(authors, pd.DataFrame({"file_id": [1, 2, 3]})).value
    1
    """
    if files.empty:
        return Measured[int].missing(NO_FILES)
    known = authors[authors["file_id"].isin(files["file_id"])]
    if known.empty:
        return Measured[int].missing(NO_AUTHOR, sample=len(files))
    counts, place = _by_files(known)
    removed = _removed(place, known["file_id"], files=len(files))
    top = counts[:removed]
    return Measured[int](value=int((top >= LEAST_OF_TOP * top[0]).sum()) if removed else 0, sample=len(files))


@measure("Files with one author", unit="share", better=Better.LOWER, source="our own, on the authors of " + AVELINO)
def one_author_share(authors: pd.DataFrame, files: pd.DataFrame) -> Measured[float]:
    """Files with exactly one author / files, authors by degree of authorship.

    What only one person can change with confidence. None without a file.
    """
    if files.empty:
        return Measured[float].missing(NO_FILES)
    return Measured[float](value=len(sole_authors(authors, files)) / len(files), sample=len(files))


@measure("Knowledge at risk", unit="share", better=Better.LOWER, source="our own, on the authors of " + AVELINO)
def knowledge_at_risk(authors: pd.DataFrame, files: pd.DataFrame) -> Measured[float]:
    """The largest share of lines that would be left without an author if one person left.

    Lines of the files whose only author is that person / lines of all files, for the person with most of them, who is
    not told. Lines as they are now; binary files have none. None without lines.
    """
    lines = float(files["lines"].sum())
    if not lines:
        return Measured[float].missing("no lines are known of these files" if len(files) else NO_FILES)
    sole = sole_authors(authors, files).merge(files, on="file_id").groupby("person_id")["lines"].sum()
    return Measured[float](value=float(sole.max()) / lines if len(sole) else 0.0, sample=len(files))


@measure("Knowledge lost", unit="share", better=Better.LOWER, source="Avelino et al. 2019, On the Abandonment …")
def knowledge_lost(authors: pd.DataFrame, files: pd.DataFrame, *, active: pd.Index) -> Measured[float]:
    """Lines of the files none of whose authors made a commit in the last 12 months / lines of all files.

    Files without any author count as lost too. None without lines, or where nobody made a commit in these months.
    """
    if active.empty:
        return Measured[float].missing("nobody made a commit in the last 12 months")
    lines = float(files["lines"].sum())
    if not lines:
        return Measured[float].missing("no lines are known of these files" if len(files) else NO_FILES)
    kept = authors.loc[authors["person_id"].isin(active), "file_id"]
    lost = float(files.loc[~files["file_id"].isin(kept), "lines"].sum())
    return Measured[float](value=lost / lines, sample=len(files))


@measure("Fragmentation", unit="share", better=Better.NEITHER, source="D'Ambros et al. 2010; Code Maat, fragmentation")
def fragmentation(summary: pd.DataFrame) -> Measured[float]:
    """1 − Σ(aᵢ/n)² of each file over the people who changed it, as the mean over changes.

    aᵢ: changes by one person, n: all changes of the file. 0: each file is changed by one person, who alone knows it;
    near 1: many people change each a little, and nobody answers for it. None without a change.
    """
    changes = float(summary["changes"].sum())
    if not changes:
        return Measured[float].missing("no change is known of these files")
    value = float((summary["fragmentation"] * summary["changes"]).sum()) / changes
    return Measured[float](value=value, sample=len(summary))


def sole_authors(authors: pd.DataFrame, files: pd.DataFrame) -> pd.DataFrame:
    """The files with exactly one author, and who that is: file_id, person_id."""
    known = authors.loc[authors["file_id"].isin(files["file_id"]), ["file_id", "person_id"]]
    return known.drop_duplicates("file_id", keep=False)


def _by_files(authors: pd.DataFrame) -> tuple[Integers, Integers]:
    """Files of each author, most first, and the place of each row's author in that order; ties by their keys."""
    person, people = pd.factorize(authors["person_id"], sort=True)
    counts = np.bincount(person, minlength=len(people))
    order = np.argsort(-counts, kind="stable")
    place = np.empty(len(people), dtype=np.int64)
    place[order] = np.arange(len(people))
    return counts[order], place[person]


def _removed(place: Integers, file: pd.Series, *, files: int) -> int:
    """How many are removed, in their order, until fewer than half of the files keep an author: at most all."""
    # A file keeps an author until the last of its authors is removed.
    last = pd.Series(place).groupby(file.to_numpy()).max().to_numpy()
    kept = len(last) - np.cumsum(np.bincount(last, minlength=int(place.max()) + 1))
    still = np.concatenate([[len(last)], kept]) >= ENOUGH_FILES * files
    return int(still[:-1].sum())
