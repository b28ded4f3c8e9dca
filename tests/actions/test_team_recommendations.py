"""What is recommended to a team, dismissed, remembered, and told again when it is clearly worse."""

from __future__ import annotations

import pickle
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from maestro_core.actions.team_recommendations import dismiss_recommendation, restore_recommendation
from maestro_core.errors import InvalidInput, NotAllowed, NotFound
from maestro_core.models import AuditEvent
from maestro_core.reports.team_recommendations import TeamRecommendations, recommended, team_recommendations
from maestro_core.scoring.team_recommendations import Support
from maestro_core.scoring.team_rules import RULES
from maestro_core.terms import Period, Role
from maestro_core.workspace import Workspace, open_workspace
from tests.builders import a_project
from tests.conftest import NOW, House
from tests.reports.ci import DAY, a_tool
from tests.reports.test_reviews import HOUR, a_pull_request, a_review, an_account

PERIOD = Period(NOW - 28 * DAY, NOW + DAY)
WAIT = "review_wait"


def a_slow_team(ws: Workspace, *, hours: float = 60.0, number: int = 12, project_id: UUID | None = None) -> UUID:
    """A project whose pull requests wait so long for their first answer."""
    project_id = project_id or a_project(ws, "churn")
    tool, author, other = a_tool(ws, project_id), an_account(ws), an_account(ws)
    for place in range(number):
        at = NOW - 20 * DAY + place * HOUR
        request = a_pull_request(ws, tool, project_id, author, at=at)
        a_review(ws, request, other, at=at + hours * HOUR)
    return project_id


def asked(ws: Workspace, *projects: UUID) -> TeamRecommendations:
    return team_recommendations(ws, projects=projects, period=PERIOD)


def keys(answer: TeamRecommendations) -> tuple[list[str], list[str]]:
    """What is told, and what is away; only of how long reviews wait."""
    both = (answer.recommendations, answer.dismissed)
    told, away = ([one.told.key for one in part if one.told.key == WAIT] for part in both)
    return told, away


def dismiss(ws: Workspace, project_id: UUID, *, why: str = "", days: int | None = None) -> None:
    value = recommended(ws, project_id=project_id, rule=WAIT, period=PERIOD).told.value
    dismiss_recommendation(ws, project_id=project_id, rule=WAIT, value=value, why=why, days=days)


def test_a_slow_team_is_told_with_its_number_its_rows_and_how_sure_it_is(ws: Workspace) -> None:
    project = a_slow_team(ws)
    answer = asked(ws, project)
    one = next(one for one in answer.recommendations if one.told.key == WAIT)
    assert one.told.value == pytest.approx(60)
    assert "2.5 days" in one.told.sentence
    assert one.told.support is Support.WELL
    assert list(one.rows["response"]) == pytest.approx([60] * 12)
    assert (one.project, one.told.topic, one.outgrown_at) == ("churn", "reviews", pytest.approx(75))
    assert len(answer.looked_at) == len(RULES)
    pickle.loads(pickle.dumps(answer))
    assert answer.model_dump(mode="json")["recommendations"][0]["rows"]


def test_a_project_without_tools_gets_reasons_and_no_recommendation(ws: Workspace) -> None:
    answer = asked(ws, a_project(ws))
    assert (answer.recommendations, answer.dismissed) == ((), ())
    assert answer.looked_at["value"].isna().all()
    assert answer.looked_at["reason"].astype(bool).all()


def test_every_rule_is_looked_at_in_each_project_by_itself(ws: Workspace) -> None:
    slow, quick = a_slow_team(ws), a_slow_team(ws, hours=2, project_id=a_project(ws))
    answer = asked(ws, slow, quick)
    assert [one.project_id for one in answer.recommendations if one.told.key == WAIT] == [slow]
    assert len(answer.looked_at) == 2 * len(RULES)


def test_dismissed_it_stands_apart_with_who_and_why_until_it_is_brought_back(ws: Workspace) -> None:
    project = a_slow_team(ws)
    dismiss(ws, project, why="  We work in three time zones. ")
    answer = asked(ws, project)
    assert keys(answer) == ([], [WAIT])
    gone = answer.dismissed[0].dismissal
    assert gone
    assert (gone.why, gone.until, gone.dismissed_at) == ("We work in three time zones.", None, NOW)
    assert (gone.value, gone.comes_back_at) == (pytest.approx(60), pytest.approx(75))
    restore_recommendation(ws, project_id=project, rule=WAIT)
    restore_recommendation(ws, project_id=project, rule=WAIT)
    assert keys(asked(ws, project)) == ([WAIT], [])
    deeds = [deed.partition(".")[2] for deed in ws.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id))]
    assert deeds == ["dismiss_recommendation", *["restore_recommendation"] * 2]


def test_clearly_worse_it_is_told_again_and_dismissed_again_the_new_number_counts(ws: Workspace) -> None:
    project = a_slow_team(ws)
    dismiss(ws, project)
    a_slow_team(ws, hours=70, number=40, project_id=project)
    assert keys(asked(ws, project)) == ([], [WAIT])
    a_slow_team(ws, hours=90, number=120, project_id=project)
    answer = asked(ws, project)
    assert keys(answer) == ([WAIT], [])
    again = next(one for one in answer.recommendations if one.told.key == WAIT).dismissal
    assert again
    assert (again.is_outgrown, again.is_over) == (True, False)
    dismiss(ws, project)
    assert keys(asked(ws, project)) == ([], [WAIT])


def test_dismissed_for_some_days_it_is_told_again_after_them(house: House) -> None:
    with house.open() as ws:
        project = a_slow_team(ws)
        dismiss(ws, project, days=3)
    for later, told in ((2, []), (3, [WAIT])):
        with house.open(now=NOW + timedelta(days=later), reading=True) as ws:
            assert keys(asked(ws, project))[0] == told


def test_it_is_dismissed_for_one_project_only(ws: Workspace) -> None:
    project, other = a_slow_team(ws), a_slow_team(ws, project_id=a_project(ws))
    dismiss(ws, project)
    assert keys(asked(ws, project, other)) == ([WAIT], [WAIT])


def test_what_is_not_recommended_cannot_be_dismissed(ws: Workspace) -> None:
    project = a_slow_team(ws, hours=2)
    with pytest.raises(NotFound, match="not recommended to churn"):
        dismiss(ws, project)
    with pytest.raises(NotFound, match="no rule"):
        recommended(ws, project_id=project, rule="more_coffee", period=PERIOD)
    with pytest.raises(NotFound, match="no rule"):
        dismiss_recommendation(ws, project_id=project, rule="more_coffee", value=60.0)
    with pytest.raises(NotFound, match="no rule"):
        restore_recommendation(ws, project_id=project, rule="\x00")
    for act in (dismiss, lambda ws, key: restore_recommendation(ws, project_id=key, rule=WAIT)):
        with pytest.raises(NotFound):
            act(ws, uuid4())


@pytest.mark.parametrize("wrong", [{"days": 0}, {"days": 731}, {"why": "x" * 5001}, {"why": "\x00"}])
def test_a_dismissal_that_cannot_be_is_refused(ws: Workspace, wrong: dict[str, object]) -> None:
    project = a_slow_team(ws)
    with pytest.raises(InvalidInput):
        dismiss_recommendation(ws, project_id=project, rule=WAIT, value=60.0, **wrong)  # type: ignore[arg-type]


def test_a_viewer_reads_and_dismisses_nothing(house: House) -> None:
    with house.open() as ws:
        project = a_slow_team(ws)
    viewer = house.member(Role.VIEWER)
    with open_workspace(house.portfolio.engine, viewer, reading=True, now=NOW) as ws:
        assert keys(asked(ws, project)) == ([WAIT], [])
    for act in (dismiss, lambda ws, key: restore_recommendation(ws, project_id=key, rule=WAIT)):
        with pytest.raises(NotAllowed), open_workspace(house.portfolio.engine, viewer, now=NOW) as ws:
            act(ws, project)
