"""The parser gives back what was written, whatever it is and however the stream is cut."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_core.collectors import git_log
from maestro_core.collectors.git_columns import Columns, Window
from maestro_core.collectors.git_log import ParsedCommit, RawChange, parse, parse_changes, parse_co_authors, path_text
from maestro_core.collectors.git_pairs import absent
from maestro_core.errors import SourceUnavailable

MARK = b"0123456789abcdef"
LATEST = datetime(2030, 1, 1, tzinfo=UTC)
CHANGE = (b"100644", b"100644", b"a" * 40, b"b" * 40, b"", b"x" * 100)

characters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
words = st.text(characters, max_size=40).map(str.strip)
paths = st.text(characters, min_size=1, max_size=30).map(str.encode)
blobs = st.integers(1, 16**40 - 1).map(lambda number: b"%040x" % number)
modes = st.sampled_from([b"100644", b"100755", b"120000", b"160000"])
names = st.text(st.characters(categories=["L", "N"]), max_size=20)
emails = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20)
changes = st.one_of(
    st.tuples(modes, modes, blobs, blobs, st.just(b""), paths),
    st.tuples(modes, modes, blobs, blobs, paths, paths),
    st.tuples(st.just(b"000000"), modes, st.just(b"0" * 40), blobs, st.just(b""), paths),
    st.tuples(modes, st.just(b"000000"), blobs, st.just(b"0" * 40), st.just(b""), paths),
)
moments = st.integers(0, int(LATEST.timestamp())).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
commits = st.builds(
    ParsedCommit,
    st.integers(0, 16**40 - 1).map(lambda number: f"{number:040x}"),
    st.sampled_from(["", "1" * 40, f"{'1' * 40} {'2' * 40}"]),
    words,
    words,
    moments,
    st.integers(-14 * 60, 14 * 60),
    moments,
    words,
    st.just(value=False),
    st.lists(st.tuples(names, emails), max_size=3, unique=True).map(tuple),
    st.lists(changes, max_size=5),
    st.just(()),
).map(lambda commit: commit._replace(is_merge=" " in commit.parents))


def written(commit: ParsedCommit) -> bytes:
    """The commit as git prints it."""
    zone = f"{'-' if commit.utc_offset_minutes < 0 else '+'}{abs(commit.utc_offset_minutes) // 60:02}"
    seconds = f"{commit.authored_at.timestamp():.0f}"
    fields = (
        commit.sha,
        commit.parents,
        seconds,
        f"{commit.committed_at.timestamp():.0f}",
        f"{seconds} {zone}{abs(commit.utc_offset_minutes) % 60:02}",
        commit.author_name,
        commit.author_email,
        "\x01".join(f"{name} <{email}>" for name, email in commit.co_authors),
        commit.subject,
    )
    header = "\0".join(fields) + "\0"
    lines = b"".join(map(_line, commit.changes))
    return MARK + header.encode() + MARK + b"\0" + (b"\n" + lines if lines else b"")


def _line(change: RawChange) -> bytes:
    *names, came_from, path = change
    how = b"R095\0%s" % came_from if came_from else b"M"
    return b":" + b" ".join(names) + b" " + how + b"\0" + path + b"\0"


def read_in_pieces(content: bytes, size: int) -> list[ParsedCommit]:
    stream = io.BytesIO(content)
    return list(parse(lambda _: stream.read(size), mark=MARK, latest=LATEST))


@given(st.lists(commits, max_size=6), st.integers(1, 200))
def test_what_was_written_is_read(history: list[ParsedCommit], size: int) -> None:
    content = b"".join(map(written, history))
    assert read_in_pieces(content, size) == history


@given(st.binary(max_size=300))
def test_any_bytes_as_changes_are_read_without_an_error(content: bytes) -> None:
    for change in parse_changes(content):
        assert path_text(change[-1]).encode()


@given(st.binary(max_size=300))
def test_any_bytes_as_co_authors_are_read_without_an_error(content: bytes) -> None:
    for name, email in parse_co_authors(content):
        assert email
        assert not set("<>\n\0") & set(name + email)


@given(st.lists(commits, max_size=6), st.integers(0, 10**6))
def test_columns_add_up(history: list[ParsedCommit], lines: int) -> None:
    window = Window()
    for commit in history:
        window.add(commit)
    columns = window.columns(dict.fromkeys(window.pairs(), (lines, 1, False)), {})
    assert columns.commits["sha"] == [commit.sha for commit in history]
    assert sum(columns.commits["files"]) == len(columns.changes["sha"])
    assert sum(columns.commits["added"]) == sum(columns.changes["added"])
    for told in (columns.commits, columns.changes, columns.renames, columns.co_authors):
        assert len({len(column) for column in told.values()}) == 1


def test_a_renamed_file_counts_what_changed_and_keeps_the_rest() -> None:
    change = (b"100644", b"100644", b"a" * 40, b"b" * 40, b"old.py", b"new.py")
    commit = ParsedCommit("c", "", "A", "a@b", LATEST, 0, LATEST, "s", False, (), [change], ())
    columns = Columns()
    columns.add(
        [commit],
        {(change[2], change[3]): (3, 1, False), (absent(change[3]), change[3]): (10, 0, False)},
        {},
    )
    assert list(columns.changes.values()) == [["c"], ["new.py"], [3], [1], [False]]
    assert list(columns.renames.values()) == [["c"], ["new.py"], ["old.py"], [7]]


def test_a_change_of_mode_alone_changes_no_line_and_a_binary_file_stays_one() -> None:
    changes = [(b"100644", b"100755", blob * 40, blob * 40, b"", blob) for blob in (b"a", b"b")]
    counts = {(b"0" * 40, b"a" * 40): (9, 0, False), (b"0" * 40, b"b" * 40): (0, 0, True)}
    columns = Columns()
    columns.add([ParsedCommit("c", "", "A", "a@b", LATEST, 0, LATEST, "s", False, (), changes, ())], counts, {})
    assert list(columns.changes.values())[2:] == [[0, 0], [0, 0], [False, True]]


@given(commits, st.integers(1, 200))
def test_a_stream_that_breaks_off_gives_no_half_commit(commit: ParsedCommit, cut: int) -> None:
    content = written(commit)
    header = content[: content.index(MARK, 1)]
    assert read_in_pieces(header[: max(1, len(header) - cut)], 64) == []


def test_a_commit_too_large_to_hold_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_log, "LONGEST_RECORD", 1_000)
    moment = LATEST - timedelta(days=1)
    commit = ParsedCommit("0" * 40, "", "A", "a", moment, 0, moment, "s", False, (), [CHANGE] * 50, ())
    with pytest.raises(SourceUnavailable) as failure:
        read_in_pieces(written(commit), 64)
    assert failure.value.advice
