"""Which locations are read, and which are refused."""

from pathlib import Path

import pytest

from maestro_core.collectors.git_location import checked_location, repositories_in
from maestro_core.errors import InvalidInput
from tests.repositories import a_repository


@pytest.mark.parametrize(
    "location",
    [
        "https://github.com/pallets/flask",
        "https://git.example.org:8443/team/app.git",
        "https://[::1]:8443/app.git",
        "ssh://git@example.org:2222/team/app.git",
        "git@github.com:pallets/flask.git",
        "host.example:srv/app.git",
        "file:///srv/git/app.git",
        "/srv/git/my app",
    ],
)
def test_these_are_read(location: str) -> None:
    assert checked_location(f" {location}\n", local_allowed=True) == location


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("", "No location"),
        ("--upload-pack=touch /tmp/x", "option"),
        ("-oProxyCommand=x", "option"),
        ("ext::sh -c touch% /tmp/x", "helper"),
        ("fd::17", "helper"),
        ("https::https://example.org/x", "helper"),
        ("https://user:secret@example.org/app.git", "password"),
        ("https://ghp_token@example.org/app.git", "password"),
        ("https://@example.org/app.git", "password"),
        ("ssh://git:secret@example.org/app.git", "password"),
        ("ssh://-oProxyCommand=x/app.git", "host"),
        ("https:///app.git", "host"),
        ("https://[::1/app.git", "no location"),
        ("https://example.org:port/app.git", "no location"),
        ("git@-oProxyCommand=x:app", "no location"),
        ("git@example.org:-x", "no location"),
        ("http://example.org/app.git", "http:"),
        ("git://example.org/app.git", "git:"),
        ("https://example.org/\nx", "control"),
        ("https://example.org/\0x", "control"),
        ("/srv/\x1b[31mapp", "control"),
        ("file://elsewhere/app.git", "absolute"),
        ("relative/path", "no location"),
        ("./app:x", "no location"),
    ],
)
def test_these_are_refused_with_the_reason(location: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason) as refusal:
        checked_location(location, local_allowed=True)
    assert refusal.value.advice
    assert "secret" not in refusal.value.message
    assert "ghp_token" not in refusal.value.message


@pytest.mark.parametrize("location", ["/srv/git/app.git", "file:///srv/git/app.git"])
def test_paths_are_read_only_where_that_is_allowed(location: str) -> None:
    with pytest.raises(InvalidInput, match="one user"):
        checked_location(location, local_allowed=False)


def test_a_folder_is_expanded_to_the_repositories_in_it(tmp_path: Path) -> None:
    for name in ("b", "a", "group/c"):
        a_repository(tmp_path / name)
    a_repository(tmp_path / "a" / "nested")
    (tmp_path / "bare.git").mkdir()
    a_repository(tmp_path / "seed").git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    (tmp_path / "empty").mkdir()
    found = [str(path.relative_to(tmp_path)) for path in repositories_in(tmp_path)]
    assert found == ["a", "b", "bare.git", "group/c", "seed"]


def test_a_repository_is_the_only_one_in_itself(tmp_path: Path) -> None:
    a_repository(tmp_path / "app")
    assert repositories_in(tmp_path / "app") == [tmp_path / "app"]


@pytest.mark.parametrize("name", ["empty", "missing"])
def test_a_folder_without_repositories_is_refused_with_advice(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInput) as refusal:
        repositories_in(tmp_path / name)
    assert refusal.value.advice
