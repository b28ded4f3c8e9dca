"""From GitHub and GitLab onto the page: how long changes waited that were drafts for a while, or taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from maestro_core.actions.store_delivery import store_delivery
from maestro_core.collectors.github import GitHub
from maestro_core.collectors.gitlab import GitLab
from maestro_core.collectors.pacing import Clock
from maestro_core.reports.reviews import Reviews, reviews
from maestro_core.terms import Period, SourceKind
from maestro_core.workspace import Workspace
from tests.actions.stored_delivery import a_source
from tests.replay import github as of_github
from tests.replay import gitlab as of_gitlab
from tests.replay.server import replaying

START, HOUR = of_github.START, timedelta(hours=1)
PERIOD = Period(START - 24 * HOUR, START + 240 * HOUR)
Changes = list[tuple[str, float]]
"""What happened and when, in hours after the opening: ready, draft, answer, approval, revoked."""

READY_ONLY_ONCE: Changes = [("ready", 24), ("answer", 26)]
ANSWERED_BEFORE: Changes = [("answer", 1), ("draft", 2), ("ready", 48)]
ANSWERED_AFTER: Changes = [("draft", 1), ("ready", 24), ("answer", 26)]
BACK_AND_FORTH: Changes = [("ready", 3), ("answer", 7), ("draft", 8), ("ready", 30), ("answer", 31)]
ANSWERED_AS_DRAFT: Changes = [("answer", 1), ("ready", 24)]


def in_github(ws: Workspace, changes: Changes, **told: Any) -> Reviews:
    repository = of_github.GitHubRepository()
    pull = repository.a_pull(**told)
    for what, hours in changes:
        at = START + hours * HOUR
        if what in {"ready", "draft"}:
            pull["ready" if what == "ready" else "drafted"].append(of_github.stamp(at))
        else:
            repository.answer_pull(pull, of_github.BOB, "APPROVED" if what == "approval" else "COMMENTED", at)
    with replaying(repository.answer) as replay:
        place = f"{replay.url}/{repository.path}"
        clock = Clock(lambda: PERIOD.end, lambda _seconds: None)
        return read(ws, GitHub(location=place, token=SecretStr("t"), clock=clock, pause=0), SourceKind.GITHUB)


def in_gitlab(ws: Workspace, changes: Changes, **told: Any) -> Reviews:
    project = of_gitlab.GitLabProject()
    request = project.a_merge_request(**told)
    words = {
        "ready": "marked this merge request as **ready**",
        "draft": "marked this merge request as **draft**",
        "approval": "approved this merge request",
        "revoked": "unapproved this merge request",
    }
    for what, hours in changes:
        who = of_gitlab.ADA if what in {"ready", "draft"} else of_gitlab.BOB
        note = (words[what], True) if what in words else ("Why?", False)
        project.a_note(request, who, note[0], system=note[1], at=START + hours * HOUR)
    with replaying(project.answer) as replay:
        clock = Clock(lambda: PERIOD.end, lambda _seconds: None)
        return read(ws, GitLab(location=f"{replay.url}/{project.path}", clock=clock), SourceKind.GITLAB)


def read(ws: Workspace, collector: Any, kind: SourceKind) -> Reviews:
    source = a_source(ws, kind)
    for batch in collector.collect({}):
        store_delivery(ws, source, batch)
    assert source.project_id
    return reviews(ws, projects=[source.project_id], period=PERIOD)


@pytest.mark.parametrize("tool", [in_github, in_gitlab])
@pytest.mark.parametrize(
    ("changes", "response", "merge"),
    [
        (READY_ONLY_ONCE, 2, 76),
        (ANSWERED_BEFORE, 1, 100),
        (ANSWERED_AFTER, 2, 76),
        (BACK_AND_FORTH, 4, 97),
        (ANSWERED_AS_DRAFT, 0, 76),
    ],
)
def test_what_was_answered_before_it_became_a_draft_again_waited_until_then(
    ws: Workspace, tool: Callable[..., Reviews], changes: Changes, response: float, merge: float
) -> None:
    now = tool(ws, changes, merged_at=of_github.stamp(START + 100 * HOUR)).now
    assert (now.time_to_first_response.value, now.merge_time.value) == (response, merge)


def test_what_waits_for_its_merge_waits_for_a_review_once_its_approval_is_revoked(ws: Workspace) -> None:
    approved: Changes = [("approval", 1)]
    assert in_gitlab(ws, approved).waiting["wait"].tolist() == ["the merge"]
    assert in_gitlab(ws, [*approved, ("revoked", 2)]).waiting["wait"].tolist() == ["the next review"]
