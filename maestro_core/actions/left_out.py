"""Vendored and generated files, which nobody of the team wrote: which paths they are, and counting without them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import lru_cache
from uuid import UUID

import numpy as np
from sqlalchemy import func, select, true, update

from maestro_core.access import Permission
from maestro_core.actions import action
from maestro_core.actions.derived import derive_project
from maestro_core.actions.git_metrics import recount_days
from maestro_core.database import chunks
from maestro_core.errors import InvalidInput
from maestro_core.models import CodeFile, Commit, FileChange, Project, Repository, Tenant
from maestro_core.reports import Frame, Report, report
from maestro_core.workspace import Workspace

USUALLY_LEFT_OUT = (
    # Copied from others.
    *("vendor/", "vendored/", "_vendor/", "third_party/", "third-party/", "3rdparty/", "node_modules/"),
    *("bower_components/", "site-packages/", "Pods/", "Carthage/"),
    # Written by programs.
    *("dist/", "__generated__/", "__snapshots__/", "*.min.js", "*.min.css", "*.js.map", "*.css.map", "*.snap"),
    *("*.pb.go", "*.pb.cc", "*.pb.h", "*_pb2.py", "*_pb2.pyi", "*_pb2_grpc.py", "*.g.dart", "*.Designer.cs"),
    *("*.generated.*", "*_generated.*"),
    # Resolved by package managers.
    *("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lockb", "poetry.lock"),
    *("Pipfile.lock", "pdm.lock", "uv.lock", "Cargo.lock", "composer.lock", "Gemfile.lock", "go.sum", "flake.lock"),
)
MOST_PATTERNS = 200
MOST_SHOWN = 8
LONGEST_PATTERN = 200
MOST_STARS = 8  # what stands for anything several times takes long to be found nowhere
_PARTS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
_PART = re.compile(r"\*\*/|\*\*|\*|\?")


def is_left_out(path: str, patterns: Sequence[str]) -> bool:
    """Whether one of these globs names the file, or a folder that it lies in.

    As in .gitignore: one without a slash, or with one at its end only, is found at any depth; another is meant from the
    top. `*` stands for anything within a name, `**` for any folders; a slash at the end means folders only.

    >>> [is_left_out(path, ["vendor/", "*.min.js", "docs/*.rst"]) for path in ("a/vendor/x.c", "b/x.min.js", "vendor")]
    [True, True, False]
    >>> [is_left_out(path, ["docs/*.rst", "lib/**/made"]) for path in ("docs/a.rst", "x/docs/a.rst", "lib/a/b/made/c")]
    [True, False, True]
    """
    return _matcher(tuple(patterns)).match(path) is not None


def left_out_patterns(tenant: Tenant) -> tuple[str, ...]:
    """The globs of an organisation: its own, or the usual ones."""
    return USUALLY_LEFT_OUT if tenant.left_out_paths is None else tuple(tenant.left_out_paths)


class LeftOut(Report):
    """What some globs would leave out: how many of the files that exist now, with their lines, and the largest."""

    files: int
    left_out: int
    lines_left_out: int
    largest: Frame
    """project, path, lines."""


@report(Permission.VIEW)
def preview(ws: Workspace, *, patterns: Sequence[str] | None) -> LeftOut:
    """What `set_left_out_paths` would do; raises `InvalidInput` as it does."""
    chosen = USUALLY_LEFT_OUT if patterns is None else tuple(_valid(patterns))
    columns = select(Project.name.label("project"), CodeFile.path, CodeFile.lines)
    joined = columns.join(Repository, Repository.id == CodeFile.repository_id).join(Project)
    files = ws.frame(joined.where(CodeFile.is_present == true()))
    named = [is_left_out(path, chosen) for path in files["path"]]
    out = files.loc[np.array(named, dtype=bool)].fillna({"lines": 0})
    return LeftOut(
        files=len(files),
        left_out=len(out),
        lines_left_out=int(out["lines"].sum()),
        largest=out.nlargest(MOST_SHOWN, "lines").astype({"lines": "int64"}).reset_index(drop=True),
    )


@action(Permission.EDIT_SETTINGS)
def set_left_out_paths(ws: Workspace, *, patterns: Sequence[str] | None) -> int:
    """Leave files with these paths out of every measure of lines, None being the usual ones; how many files changed.

    What rests on lines is counted anew at once.
    """
    ws.tenant.left_out_paths = None if patterns is None else _valid(patterns)
    ws.session.flush()
    changed = _mark(ws)
    for part in chunks(sorted(changed)):
        recount_left_out(ws, select(FileChange.commit_id).where(FileChange.file_id.in_(part)))
    _recount(ws, changed)
    return len(changed)


def recount_left_out(ws: Workspace, commits: object) -> None:
    """Sum anew the left out lines of the commits that a query names."""
    for name, lines in (("left_out_added", FileChange.added), ("left_out_deleted", FileChange.deleted)):
        of_it = select(func.coalesce(func.sum(lines), 0)).join(CodeFile, CodeFile.id == FileChange.file_id)
        summed = of_it.where(FileChange.commit_id == Commit.id, CodeFile.is_left_out == true()).scalar_subquery()
        ws.session.execute(update(Commit).where(Commit.id.in_(commits)).values({name: summed}))  # type: ignore[arg-type]


def _valid(patterns: Iterable[str]) -> list[str]:
    kept = list(dict.fromkeys(text for pattern in patterns if (text := pattern.strip())))
    if len(kept) > MOST_PATTERNS or not all(map(_is_usable, kept)):
        advice = f"Enter at most {MOST_PATTERNS}, each of up to {LONGEST_PATTERN} letters and {MOST_STARS} stars."
        raise InvalidInput("These paths cannot be used.", advice=advice)
    return kept


def _is_usable(pattern: str) -> bool:
    return len(pattern) <= LONGEST_PATTERN and pattern.count("*") <= MOST_STARS and "\0" not in pattern


def _mark(ws: Workspace) -> set[UUID]:
    """Write down of each file whether it is left out now; those of which that has changed."""
    patterns = left_out_patterns(ws.tenant)
    changed: set[UUID] = set()
    files = ws.session.execute(select(CodeFile.id, CodeFile.path, CodeFile.is_left_out)).all()
    for is_out in (True, False):
        keys = [row.id for row in files if row.is_left_out != is_out and is_left_out(row.path, patterns) == is_out]
        for part in chunks(keys):
            ws.session.execute(update(CodeFile).where(CodeFile.id.in_(part)).values(is_left_out=is_out))
        changed.update(keys)
    return changed


def _recount(ws: Workspace, files: Collection[UUID]) -> None:
    """Count the days anew on which these files changed, and what is made of their project."""
    days: dict[UUID, set[date]] = {}
    told = (
        select(Repository.project_id, Commit.committed_at)
        .join(Commit, Commit.repository_id == Repository.id)
        .join(FileChange, FileChange.commit_id == Commit.id)
    )
    for part in chunks(sorted(files)):
        for project_id, moment in ws.session.execute(told.where(FileChange.file_id.in_(part)).distinct()):
            days.setdefault(project_id, set()).add(moment.date())
    for project_id, touched in days.items():
        recount_days(ws, project_id=project_id, days=touched)
        derive_project(ws, project_id)


@lru_cache(maxsize=16)
def _matcher(patterns: tuple[str, ...]) -> re.Pattern[str]:
    anywhere = "|".join(_expression(pattern) for pattern in patterns if _is_name(pattern))
    from_top = [_expression(pattern) for pattern in patterns if not _is_name(pattern)]
    alternatives = [f"(?:.*/)?(?:{anywhere})"] * bool(anywhere) + from_top
    return re.compile("|".join(alternatives) or r"(?!)", re.DOTALL)


def _is_name(pattern: str) -> bool:
    return "/" not in pattern.rstrip("/")


def _expression(pattern: str) -> str:
    parts = _PART.split(pattern.strip("/"))
    wild = [_PARTS[each] for each in _PART.findall(pattern.strip("/"))]
    body = "".join(re.escape(part) + between for part, between in zip(parts, [*wild, ""], strict=True))
    return body + ("/" if pattern.endswith("/") else r"(?:/|\Z)")
