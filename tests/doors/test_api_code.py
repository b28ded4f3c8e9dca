"""What the REST interface answers about the code of a team."""

from __future__ import annotations

from maestro_core.actions.file_knowledge import know_files
from tests.builders import a_project
from tests.conftest import House
from tests.doors.serving import served
from tests.reports.test_code import a_team


def test_a_teams_code_is_told_without_names(house: House) -> None:
    with house.open() as ws:
        project = a_project(ws)
        a_team(ws, project)
        know_files(ws, project)
    client = served(house.portfolio)
    days = {"first": "2026-04-01", "last": "2026-06-30"}
    told = client.get(f"/api/v1/teams/{project}/code", params=days).json()
    assert (told["truck_factor"]["value"], told["lines"]["value"]) == (3, 400)
    assert {row["path"] for row in told["hotspots"]} == {"src/ann.py", "src/bob.py"}
    assert [row["place"] for row in told["places"][:2]] == ["", "src"]
    assert not {"person_id", "name"} & set(told["hotspots"][0])
    one = client.get(f"/api/v1/teams/{project}/code", params=days | {"path": "ann"}).json()
    assert one["lines"]["value"] == 100
    known = client.get(f"/api/v1/teams/{project}/code/knowledge").json()
    assert known == {name: told[name] for name in ("truck_factor", "one_author_share", "knowledge_at_risk")}
