"""The parser gives back what was written, whatever it is and however the stream is cut."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.collectors import git_log
from maestro_core.collectors.git_log import Change, Columns, ParsedCommit, parse, parse_changes
from maestro_core.errors import SourceUnavailable

MARK = b"0123456789abcdef"
LATEST = datetime(2030, 1, 1, tzinfo=UTC)

words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40).map(str.strip)
paths = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=30)
numbers = st.integers(0, 10**9)
text_changes = st.builds(Change, paths, numbers, numbers, st.just(value=False))
changes = st.one_of(text_changes, st.builds(Change, paths, st.just(0), st.just(0), st.just(value=True)))
moments = st.integers(0, int(LATEST.timestamp())).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
commits = st.builds(
    ParsedCommit,
    st.integers(0, 16**40 - 1).map(lambda number: f"{number:040x}"),
    words,
    words,
    moments,
    st.integers(-14 * 60, 14 * 60),
    moments,
    words,
    st.booleans(),
    st.lists(changes, max_size=5),
    st.just(()),
)


def written(commit: ParsedCommit, renamed_from: str | None = None) -> bytes:
    """The commit as git prints it."""
    zone = f"{'-' if commit.utc_offset_minutes < 0 else '+'}{abs(commit.utc_offset_minutes) // 60:02}"
    seconds = f"{commit.authored_at.timestamp():.0f}"
    fields = (
        commit.sha,
        "p1 p2" if commit.is_merge else "p1",
        seconds,
        f"{commit.committed_at.timestamp():.0f}",
        f"{seconds} {zone}{abs(commit.utc_offset_minutes) % 60:02}",
        commit.author_name,
        commit.author_email,
        commit.subject,
    )
    header = "\0".join(fields) + "\0"
    lines = "".join(_line(change, renamed_from) for change in commit.changes)
    return MARK + header.encode() + MARK + b"\0" + (f"\n{lines}".encode() if lines else b"")


def _line(change: Change, renamed_from: str | None) -> str:
    added, deleted = ("-", "-") if change.is_binary else (change.added, change.deleted)
    before = f"\0{renamed_from}\0" if renamed_from else ""
    return f"{added}\t{deleted}\t{before}{change.path}\0"


def read_in_pieces(content: bytes, size: int) -> list[ParsedCommit]:
    stream = io.BytesIO(content)
    return list(parse(lambda _: stream.read(size), mark=MARK, latest=LATEST))


@given(st.lists(commits, max_size=6), st.one_of(st.none(), paths), st.integers(1, 200))
def test_what_was_written_is_read(history: list[ParsedCommit], renamed_from: str | None, size: int) -> None:
    content = b"".join(written(commit, renamed_from) for commit in history)
    assert read_in_pieces(content, size) == history


@given(st.binary(max_size=300))
def test_any_bytes_as_numbers_are_read_without_an_error(content: bytes) -> None:
    for change in parse_changes(content):
        assert change.path
        change.path.encode()


@given(st.lists(commits, max_size=6))
def test_columns_add_up(history: list[ParsedCommit]) -> None:
    columns = Columns()
    for commit in history:
        columns.add(commit)
    assert columns.commits["sha"] == [commit.sha for commit in history]
    assert sum(columns.commits["files"]) == len(columns.changes["sha"])
    assert sum(columns.commits["added"]) == sum(columns.changes["added"])
    assert len({len(column) for column in columns.changes.values()}) == 1


@given(commits, st.integers(1, 200))
def test_a_stream_that_breaks_off_gives_no_half_commit(commit: ParsedCommit, cut: int) -> None:
    content = written(commit)
    header = content[: content.index(MARK, 1)]
    assert read_in_pieces(header[: max(1, len(header) - cut)], 64) == []


def test_a_commit_too_large_to_hold_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_log, "LONGEST_RECORD", 1_000)
    moment = LATEST - timedelta(days=1)
    commit = ParsedCommit("0" * 40, "A", "a", moment, 0, moment, "s", False, [Change("x" * 100, 1, 0, False)] * 50, ())
    with pytest.raises(SourceUnavailable) as failure:
        read_in_pieces(written(commit), 64)
    assert failure.value.advice
