"""Tools of delivery in a browser: what a form says, a token that is refused, and a repository that is connected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.served import Served, open_page
from tests.replay.github import BOB, GitHubRepository
from tests.replay.server import Replay, replaying

OWN = "portfolio=My+organisation"
LATELY = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
REFRESH = 60_000


@pytest.fixture(scope="module")
def github() -> Iterator[Replay]:
    """A repository on a GitHub of our own."""
    repository = GitHubRepository(token="ghp_s3cret")
    pull = repository.a_pull(at=LATELY)
    repository.answer_pull(pull, BOB, "APPROVED", LATELY + timedelta(hours=1))
    repository.a_run(at=LATELY)
    with replaying(repository.answer) as replay:
        yield replay


@pytest.mark.parametrize("tool", ["GitHub", "GitLab", "Jenkins", "CircleCI"])
def test_each_tool_says_what_to_paste_and_what_its_token_needs(own: Served, page: Page, tool: str) -> None:
    open_page(page, f"{own.url}/sources?{OWN}")
    page.get_by_role("button", name=f"Connect {tool}").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_placeholder("https://")).to_be_visible()
    expect(dialog.get_by_text("Token:")).to_be_visible()


def test_a_repository_is_tested_connected_and_read(own: Served, page: Page, github: Replay) -> None:
    open_page(page, f"{own.url}/sources?{OWN}")
    page.get_by_role("button", name="Connect GitHub").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="URL").fill(f"{github.url}/team/churn")
    dialog.get_by_role("textbox", name="Token").fill("wrong")
    dialog.get_by_role("button", name="Test the connection").click()
    expect(dialog.get_by_text("GitHub does not accept the token.")).to_be_visible()
    expect(dialog.get_by_text("Read access to Actions").last).to_be_visible()
    dialog.get_by_role("textbox", name="Token").fill("ghp_s3cret")
    dialog.get_by_role("button", name="Test the connection").click()
    expect(dialog.get_by_text("team/churn (public) has pull requests and workflow runs.")).to_be_visible()
    dialog.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_text("Connected GitHub: the first refresh is queued.")).to_be_visible()
    expect(page.get_by_text("tells about churn")).to_be_visible(timeout=REFRESH)
    expect(page.get_by_text("refreshed just now").first).to_be_visible(timeout=REFRESH)
