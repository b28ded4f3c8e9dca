"""Who works on the same files: person-days, the co-editing network and how well it connects."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from maestro_core.scoring.git_activity import local_times

MOST_AUTHORS = 30  # what more people change, a change log or a list of versions, joins nobody

MOST_SOURCES = 256

Integers = NDArray[np.int64]
Numbers = NDArray[np.float64]
Words = NDArray[np.uint64]


@dataclass(frozen=True)
class PersonDays:
    """Days on which people changed files, as codes.

    `pair`, `day`, `week`: one entry per person, file and local day; `week` is the block it is resampled with.
    `person`, `file`: one entry per pair, that is per person and file.
    """

    pair: Integers
    day: Integers
    week: Integers
    person: Integers
    file: Integers
    people: pd.Index
    files: int

    def __len__(self) -> int:
        return len(self.pair)

    def counted(self, times: Numbers) -> Numbers:
        """Days of each pair, when every row counts so many times."""
        return np.bincount(self.pair, weights=times, minlength=len(self.person)).astype(np.float64)

    def authors(self, pairs: NDArray[np.bool_]) -> Integers:
        """People per file, over the pairs that are true."""
        return np.bincount(self.file[pairs], minlength=self.files).astype(np.int64)

    @cached_property
    def by_person(self) -> Integers:
        """The pairs, person by person: asked for again in each draw."""
        return np.argsort(self.person, kind="stable").astype(np.int64)

    def rows_of_person_days(self) -> Integers:
        """One row for each person and day, whatever the number of files."""
        keyed = pd.DataFrame({"person": self.person[self.pair], "day": self.day})
        return np.flatnonzero(~keyed.duplicated()).astype(np.int64)


def person_days(changes: pd.DataFrame, commits: pd.DataFrame, *, week: Integers | None = None) -> PersonDays:
    """Who changed which file on which day of their own clock; changes of commits that are not given are out.

    A day counts once however many commits it has, and a commit without a change does not count at all.
    """
    row = pd.Index(commits["commit_id"]).get_indexer(pd.Index(changes["commit_id"]))
    known = row >= 0
    row = row[known]
    person, people = pd.factorize(commits["person_id"].to_numpy()[row], sort=True)
    file, files = pd.factorize(changes["file_id"].to_numpy()[known])
    day = local_times(commits).dt.floor("D").astype("datetime64[s]").astype("int64").to_numpy() // 86_400
    block = np.zeros(len(commits), dtype=np.int64) if week is None else week
    keys, pair = np.unique(file.astype(np.int64) * len(people) + person, return_inverse=True)
    rows = pd.DataFrame({"pair": pair, "day": day[row], "week": block[row]})
    once = rows.sort_values("week", kind="stable").drop_duplicates(["pair", "day"])
    codes = {name: once[name].to_numpy(np.int64) for name in ("pair", "day", "week")}
    people_or_one = max(len(people), 1)
    return PersonDays(
        **codes, person=keys % people_or_one, file=keys // people_or_one, people=pd.Index(people), files=len(files)
    )


def co_editing(changes: pd.DataFrame, commits: pd.DataFrame) -> pd.DataFrame:
    """Pairs of people who changed the same files, strongest first: person_a, person_b, files, weight.

    files = files both changed; weight = Σ 1 / (authors of the file − 1) over them, so that a file of two joins them
    more than a file of twenty (Newman 2001). Files with more than 30 authors are out. Each pair stands once; nobody is
    paired with themselves. Without a shared file the frame is empty.
    """
    return partners(person_days(changes, commits))


def partners(days: PersonDays) -> pd.DataFrame:
    """The same, of days of work that are known already."""
    matrix, authors = _joining(days, np.ones(len(days.person), dtype=bool))
    files = _above_diagonal(matrix @ matrix.T)
    weights = _above_diagonal(matrix @ sparse.diags_array(1.0 / (authors - 1)) @ matrix.T)
    pairs = pd.DataFrame(
        {
            "person_a": days.people.take(files.row),
            "person_b": days.people.take(files.col),
            "files": files.data.astype(np.int64),
            "weight": weights.data,
        }
    )
    return pairs.sort_values(["weight", "person_a", "person_b"], ascending=[False, True, True], ignore_index=True)


def connectivity(days: PersonDays, times: Numbers) -> tuple[float, float]:
    """Σ 1/distance over the ordered pairs of people in the co-editing network, and the number of these pairs.

    `times`: how often each row counts. The ratio is the global efficiency (Latora and Marchiori 2001): 1 when everybody
    shares a file with everybody, 0 when nobody does. People without a shared file are part of the network. Of more than
    256 people, distances are taken from 256 of them, evenly spread over how many partners they have.
    """
    active = days.counted(times) > 0
    people = np.flatnonzero(np.bincount(days.person[active], minlength=len(days.people)))
    sources = people if len(people) <= MOST_SOURCES else _spread_sources(days, active, people)
    nearness = _nearness(_ways(days, active), sources, len(people)) * len(people) / max(len(sources), 1)
    return nearness, float(len(people) * (len(people) - 1))


def shared_files(days: PersonDays, times: Numbers) -> tuple[float, float]:
    """Person-days on files with two or more authors, and on all files; `times`: how often each row counts."""
    counted = days.counted(times)
    authors = days.authors(counted > 0)
    return float(counted[authors[days.file] >= 2].sum()), float(counted.sum())


@dataclass(frozen=True)
class _Ways:
    """From people to the files that join them and back: who is on each file, file by file, and the other way round."""

    person: Integers
    first_of_file: Integers
    file: Integers
    first_of_person: Integers
    people: Integers
    everybody: int

    def further(self, reached: Words) -> Words:
        """Whom people on the same file have reached, for each of `people`."""
        on_file = np.bitwise_or.reduceat(reached[self.person], self.first_of_file, axis=0)
        met: Words = np.bitwise_or.reduceat(on_file[self.file], self.first_of_person, axis=0)
        return met


def _ways(days: PersonDays, active: NDArray[np.bool_]) -> _Ways:
    joining, authors = _joining_files(days, active)
    cells = active & joining[days.file]
    person, place = days.person[cells], np.cumsum(joining) - 1
    files_of = np.bincount(person, minlength=len(days.people))
    people = np.flatnonzero(files_of)
    return _Ways(
        person=person,
        first_of_file=_firsts(authors[joining]),
        file=place[days.file[days.by_person[cells[days.by_person]]]],
        first_of_person=_firsts(files_of[people]),
        people=people,
        everybody=len(days.people),
    )


def _firsts(counts: Integers) -> Integers:
    """Where each of the runs of so many begins."""
    return np.cumsum(counts) - counts


def _spread_sources(days: PersonDays, active: NDArray[np.bool_], people: Integers) -> Integers:
    """So many of the people as distances are taken from, evenly spread over how many partners they have."""
    matrix, _ = _joining(days, active)
    joined = (matrix @ matrix.T).tocsr()[people][:, people] + sparse.eye_array(len(people), format="csr")
    ordered = np.argsort(np.diff(joined.indptr), kind="stable")
    return people[ordered[np.linspace(0, len(people) - 1, MOST_SOURCES).astype(np.int64)]]


def _nearness(ways: _Ways, sources: Integers, people: int) -> float:
    """Σ 1/distance from the sources to everybody else, all sources at once: whom each reached is a bit of a word."""
    place = np.arange(len(sources))
    reached = np.zeros((ways.everybody, -(-len(sources) // 64)), dtype=np.uint64)
    reached[sources, place // 64] = np.uint64(1) << (place % 64).astype(np.uint64)
    nearness, steps, seen = 0.0, 0, len(sources)
    while len(ways.people) and seen < len(sources) * people:
        steps += 1
        reached[ways.people] |= ways.further(reached)
        now = int(np.bitwise_count(reached).sum())
        if now == seen:
            break
        nearness, seen = nearness + (now - seen) / steps, now
    return nearness


def _joining(days: PersonDays, active: NDArray[np.bool_]) -> tuple[sparse.csr_array, Integers]:
    """People × files that two to thirty of them changed, over the active pairs; and how many changed each."""
    joining, authors = _joining_files(days, active)
    cells = active & joining[days.file]
    column = np.cumsum(joining) - 1
    matrix = sparse.csr_array(
        (np.ones(int(cells.sum())), (days.person[cells], column[days.file[cells]])),
        shape=(len(days.people), int(joining.sum())),
    )
    return matrix, authors[joining]


def _joining_files(days: PersonDays, active: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], Integers]:
    """Which files join people: those of two to thirty of them; and of how many each is."""
    authors = days.authors(active)
    return (authors >= 2) & (authors <= MOST_AUTHORS), authors


def _above_diagonal(product: sparse.csr_array) -> sparse.coo_array:
    """The cells above the diagonal, by row and column: the same cells in the same order for every weighting."""
    above = sparse.triu(product, k=1).tocsr()
    above.sort_indices()
    return above.tocoo()
