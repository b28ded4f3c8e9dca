"""The runs of an MLflow server: one pass over the chosen experiments; `mlflow` tells how it finds what is new."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import Any, TypeVar

from maestro_core.collectors import mlflow_answers as answers
from maestro_core.collectors.mlflow_answers import run_id, time_of
from maestro_core.collectors.mlflow_batches import Census, MlflowBatch, Oddity, Position
from maestro_core.collectors.mlflow_server import Server

Run = Mapping[str, Any]
Item = TypeVar("Item")

UNFINISHED = {"RUNNING", "SCHEDULED"}
LONGEST_WATCH = 30 * 24 * 3600 * 1000
THREADS = 4
MOST_DELETED = 1000
"""More deleted runs than this are not compared at each refresh, only in the daily count."""


class Reading:
    """One pass over a server. Its cursor grows with it, and each batch carries the cursor behind it."""

    def __init__(
        self,
        server: Server,
        cursor: Mapping[str, Any],
        *,
        metrics: Mapping[str, str | None],
        now: datetime,
        page_size: int,
        count_every: timedelta,
    ) -> None:
        self.server, self.cursor, self.metrics = server, dict(cursor), metrics
        self.moment, self.now, self.page_size = now, answers.milliseconds(now), page_size
        self.count_every = answers.milliseconds(answers.EPOCH + count_every)
        self.has_models: bool = cursor["registry"]["has_models"]
        self.done = 0

    def experiment(self, experiment: str) -> Iterator[MlflowBatch]:
        """What is new in one experiment, or all of it where a count is due."""
        if self.server.get("experiments/get", experiment_id=experiment) is None:
            yield self._gone(experiment)
            return
        position = self._position(experiment)
        if not position.counting and self.now - position.counted >= self.count_every:
            position = Position(counted=position.counted)
        yield from (self._count if position.counting else self._follow)(experiment, position)

    def _gone(self, experiment: str) -> MlflowBatch:
        oddity = Oddity(
            kind="experiment is gone",
            subject=f"experiment {experiment}",
            detail="The server does not know it any more; what was collected is kept.",
        )
        return self._batch(message=f"Experiment {experiment} is gone", oddities=(oddity,))

    def _count(self, experiment: str, position: Position) -> Iterator[MlflowBatch]:
        """All runs by start time; a count that was interrupted goes on where it stopped."""
        # Inputs of old runs were asked for by the count before.
        asked_from = self.now - LONGEST_WATCH if position.counted else 0
        if position.started is None:
            position = replace(position, ended=self._newest_end(experiment), deleted=self._deleted(experiment) or ())
        for runs, is_last in _marking_last(self._new_by_start(experiment, position)):
            before, position = position, self._started(position, runs)
            if is_last:
                position = replace(position, counting=False, counted=self.now)
            census = Census(
                experiment=experiment,
                after=answers.moment(before.started),
                before=None if is_last else answers.moment(position.started),
                runs=frozenset(map(run_id, runs)) | set(before.started_ids),
            )
            yield self._runs(experiment, position, runs, census=census, asked_from=asked_from)

    def _follow(self, experiment: str, position: Position) -> Iterator[MlflowBatch]:
        """What is new by start and by end, and what became of unfinished and deleted runs."""
        newest_end = self._newest_end(experiment)
        seen: set[str] = set()
        for batch in chain(
            self._compare_deleted(experiment),
            self._follow_starts(experiment),
            self._follow_ends(experiment),
        ):
            seen.update(run.external_id for run in batch.runs)
            yield batch
        yield from self._ask_again(experiment, seen)
        position = _settled(self._position(experiment), newest_end)
        if position != self._position(experiment):
            yield self._runs(experiment, position, [])

    def _compare_deleted(self, experiment: str) -> Iterator[MlflowBatch]:
        position, deleted = self._position(experiment), self._deleted(experiment)
        if deleted is None or set(deleted) == set(position.deleted):
            return
        restored = self._each(sorted(set(position.deleted) - set(deleted)))
        present = [run for run in restored.values() if run]
        gone = frozenset(deleted) - set(position.deleted)
        position = _seen(replace(position, deleted=deleted), present, self._is_unfinished, gone)
        yield self._runs(experiment, position, present, deleted=gone, asked_from=None)

    def _follow_starts(self, experiment: str) -> Iterator[MlflowBatch]:
        position = self._position(experiment)
        for runs in self._new_by_start(experiment, position):
            position = self._started(position, runs)
            yield self._runs(experiment, position, runs)

    def _follow_ends(self, experiment: str) -> Iterator[MlflowBatch]:
        position = self._position(experiment)
        for runs in self._pages(experiment, "end_time", position.ended, position.ended_ids):
            position = _seen(position, runs, self._is_unfinished)
            yield self._runs(experiment, position, runs)

    def _ask_again(self, experiment: str, seen: Collection[str]) -> Iterator[MlflowBatch]:
        position = self._position(experiment)
        waiting = [run for run in position.unfinished if run not in seen]
        for start in range(0, len(waiting), self.page_size):
            asked = self._each(waiting[start : start + self.page_size])
            present = [run for run in asked.values() if run and not answers.is_deleted(run)]
            gone = frozenset(asked) - set(map(run_id, present))
            position = _seen(position, present, self._is_unfinished, gone)
            yield self._runs(experiment, position, present, deleted=gone, asked_from=None)

    def _new_by_start(self, experiment: str, position: Position) -> Iterator[list[Run]]:
        return self._pages(experiment, "start_time", position.started, position.started_ids)

    def _pages(self, experiment: str, attribute: str, since: int | None, read: Collection[str]) -> Iterator[list[Run]]:
        """Unread runs in the order of a time. Each page starts at the last time, so that deleting shifts nothing."""
        known, token = set(read), None
        while True:
            page, token = self._search(experiment, f"{attribute} ASC", since=since, page_token=token)
            runs: list[Run] = [run for run in page if run_id(run) not in known]
            known.update(map(run_id, runs))
            if runs:
                yield runs
            if token is None:
                return
            if page and time_of(page[-1], attribute) > (since or 0):
                since, token = time_of(page[-1], attribute), None

    def _started(self, position: Position, runs: Sequence[Run]) -> Position:
        """The position behind these runs by start; never in the future, where a wrong clock would hide what follows."""
        times = {run_id(run): time_of(run, "start_time") for run in runs}
        last = min(self.now, max([position.started or 0, *times.values()]))
        kept = {run: time for run, time in {**position.started_ids, **times}.items() if time >= last}
        moved = replace(position, started=last, started_ids=kept)
        return _seen(moved, runs, self._is_unfinished)

    def _is_unfinished(self, run: Run) -> bool:
        is_recent = time_of(run, "start_time") > self.now - LONGEST_WATCH
        return run.get("info", {}).get("status") in UNFINISHED and is_recent and not answers.is_deleted(run)

    def _runs(
        self,
        experiment: str,
        position: Position,
        runs: Sequence[Run],
        *,
        deleted: frozenset[str] = frozenset(),
        census: Census | None = None,
        asked_from: int | None = 0,
    ) -> MlflowBatch:
        """A batch of these runs, each asked for its model inputs that started from a time on; None: all have them."""
        self._move(experiment, position)
        present = [run for run in runs if not answers.is_deleted(run)]
        whole = present if asked_from is None or not self.has_models else self._with_inputs(present, asked_from)
        self.done += len(present)
        return self._batch(
            message=f"{self.done} runs read",
            experiment=experiment,
            runs=tuple(run for run in map(answers.parse_run, whole) if run),
            deleted=deleted | {run_id(run) for run in runs if answers.is_deleted(run)},
            census=census,
            artifacts=_all(partial(answers.parse_datasets, address=self.server.address), whole),
            versions=_all(answers.parse_dataset_versions, whole),
            uses=_all(answers.parse_uses, whole),
            oddities=_all(
                partial(answers.parse_oddities, performance_metric=self.metrics[experiment], now=self.moment), whole
            ),
        )

    def _with_inputs(self, runs: Sequence[Run], asked_from: int) -> list[Run]:
        asked = self._each([run_id(run) for run in runs if time_of(run, "start_time") >= asked_from])
        return [asked.get(run_id(run)) or run for run in runs]

    def _each(self, runs: Sequence[str]) -> dict[str, Run | None]:
        """Runs asked for one by one, some at a time; None for one that is gone."""
        with ThreadPoolExecutor(THREADS) as threads:
            found = threads.map(lambda run: (self.server.get("runs/get", run_id=run) or {}).get("run"), runs)
            return dict(zip(runs, found, strict=True))

    def _deleted(self, experiment: str) -> tuple[str, ...] | None:
        listing: dict[str, Any] = {"run_view_type": "DELETED_ONLY", "max_results": MOST_DELETED}
        runs, more = self._search(experiment, "start_time DESC", **listing)
        return None if more else tuple(sorted(map(run_id, runs)))

    def _newest_end(self, experiment: str) -> int:
        newest: dict[str, Any] = {"filter": "attributes.end_time > 0", "max_results": 1}
        runs, _ = self._search(experiment, "end_time DESC", **newest)
        return min(self.now, max([0, *(time_of(run, "end_time") for run in runs)]))

    def _search(
        self, experiment: str, order: str, *, since: int | None = None, **more: Any
    ) -> tuple[list[dict[str, Any]], str | None]:
        question = {
            "experiment_ids": [experiment],
            "run_view_type": "ALL",
            "order_by": [f"attributes.{order}"],
            "max_results": self.page_size,
        }
        if since is not None:
            question["filter"] = f"attributes.{order.partition(' ')[0]} >= {since}"
        return self.server.search_runs(question | more)

    def _position(self, experiment: str) -> Position:
        kept: dict[str, Any] = self.cursor.get("experiments", {}).get(experiment, {})
        # JSON has no tuples.
        values: dict[str, Any] = {name: tuple(each) if isinstance(each, list) else each for name, each in kept.items()}
        return Position(**values)

    def _move(self, experiment: str, position: Position) -> None:
        moved = {**self.cursor.get("experiments", {}), experiment: asdict(position)}
        self.cursor = {**self.cursor, "experiments": moved}

    def _batch(self, *, message: str, **rows: Any) -> MlflowBatch:
        return MlflowBatch(
            cursor=self.cursor, message=message, done=self.done, total=None, address=self.server.address, **rows
        )


def _seen(
    position: Position,
    runs: Sequence[Run],
    is_unfinished: Callable[[Run], bool],
    gone: Collection[str] = (),
) -> Position:
    """The position with these runs known: which of them are unfinished, and which ended lately."""
    waiting = {run_id(run) for run in runs if is_unfinished(run)}
    others = {run_id(run) for run in runs} - waiting
    unfinished = ({*position.unfinished} | waiting) - others - set(gone)
    ended = {run_id(run): time_of(run, "end_time") for run in runs if time_of(run, "end_time") >= position.ended}
    return replace(position, unfinished=tuple(sorted(unfinished)), ended_ids={**position.ended_ids, **ended})


def _settled(position: Position, newest_end: int) -> Position:
    """All that had ended up to this moment is read: what ended earlier need not be remembered."""
    ended = max(position.ended, newest_end)
    kept = {run: time for run, time in position.ended_ids.items() if time >= ended}
    return replace(position, ended=ended, ended_ids=kept)


def _all(parse: Callable[[Run], list[Item]], runs: Sequence[Run]) -> tuple[Item, ...]:
    return tuple(chain.from_iterable(map(parse, runs)))


def _marking_last(pages: Iterator[list[Run]]) -> Iterator[tuple[list[Run], bool]]:
    """Each page with whether it is the last; one empty page where there is none."""
    page = next(pages, [])
    for following in pages:
        yield page, False
        page = following
    yield page, True
