"""A Jenkins that is slow, broken, hostile, or not one at all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from maestro_core.collectors import jenkins_answers as answers
from maestro_core.collectors.delivery import DeliveryBatch
from maestro_core.collectors.jenkins import Jenkins, jenkins_location
from maestro_core.collectors.jenkins_answers import Job
from maestro_core.errors import AskedToWait, InvalidInput, SourceUnavailable
from tests.collectors.jenkins_answering import START, PretendJenkins, a_build, a_stage
from tests.collectors.replay_json import NOTHING, Answer, Question, replaying
from tests.collectors.test_jenkins import APP, CLOCK

HTML = "text/html;charset=utf-8"
TRUNCATED = Answer(b'{"_class": "hudson.model.FreeSt')


def two_builds() -> PretendJenkins:
    return PretendJenkins({APP: [a_build(1), a_build(2)]}, stages={(APP, 1): [a_stage("6", "Build")]})


def read(location: str) -> list[DeliveryBatch]:
    return list(Jenkins(location=location, token=SecretStr("ada:s3cret"), clock=CLOCK).collect({}))


@pytest.mark.parametrize("mishap", [Answer("down", 500), Answer(b"", 502, kind=HTML), TRUNCATED, Answer([1])])
def test_an_answer_that_came_broken_is_asked_for_again(mishap: Answer) -> None:
    with replaying(two_builds().answer) as replay:
        replay.mishaps = [mishap, mishap]
        assert len(read(replay.url + APP)[-1].runs) == 2


@pytest.mark.parametrize(
    ("mishap", "said"),
    [
        (Answer("down", 503), "answered 503"),
        (TRUNCATED, "not with whole JSON"),
        (Answer({}, 401), "refuses Maestro (401)"),
        (Answer(b"<html>", 403, kind=HTML), "refuses Maestro (403)"),
        (Answer(b"<html>Sign in</html>", kind=HTML), "is no Jenkins, or asks to sign in"),
        (Answer(b"", 302, {"Location": "http://169.254.169.254/"}), "leads to another place"),
        (Answer({"message": "tree is wrong"}, 400), "answered 400: tree is wrong"),
        (NOTHING, "has no job or folder /job/app"),
    ],
)
def test_what_does_not_get_better_is_said_with_advice_and_without_the_token(mishap: Answer, said: str) -> None:
    with replaying(two_builds().answer) as replay:
        replay.mishaps = [mishap] * 3
        with pytest.raises(SourceUnavailable) as problem:
            read(replay.url + APP)
    assert said in problem.value.message
    assert problem.value.advice
    assert "s3cret" not in problem.value.message + problem.value.advice + repr(problem.value)


def test_a_server_that_does_not_run_is_unavailable() -> None:
    with replaying(lambda _question: NOTHING) as replay:
        pass
    with pytest.raises(SourceUnavailable, match="does not answer"):
        Jenkins(location=replay.url + APP, clock=CLOCK).check()


def test_an_answer_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maestro_core.collectors.json_server.LARGEST_ANSWER", 1000)
    with replaying(lambda _question: Answer(b" " * 5000)) as replay, pytest.raises(SourceUnavailable, match="64 MB"):
        read(replay.url + APP)


def test_a_short_wait_is_seen_and_a_long_one_left_for_later() -> None:
    with replaying(two_builds().answer) as replay:
        replay.mishaps = [Answer({}, 429, {"Retry-After": "20"})]
        batches = read(replay.url + APP)
        assert [batch.message for batch in batches[:2]] == [
            "Jenkins asked to wait: 20 s left",
            "Jenkins asked to wait: 10 s left",
        ]
        assert len(batches[-1].runs) == 2
        replay.mishaps = [Answer({}, 429, {"Retry-After": "900"})]
        with pytest.raises(AskedToWait):
            read(replay.url + APP)


def test_a_pipeline_whose_stages_are_broken_for_ever_is_told_as_a_whole() -> None:
    jenkins = two_builds()

    def broken(question: Question) -> Answer:
        return Answer(b"", 500) if question.path == f"{APP}/2/wfapi/describe" else jenkins.answer(question)

    with replaying(broken) as replay:
        (batch,) = read(replay.url + APP)
    assert [(job.run, job.name) for job in batch.jobs] == [("app#2", "app"), ("app#1", "Build")]


def test_the_newest_pipelines_without_stages_do_not_hide_those_of_the_others() -> None:
    jenkins = two_builds()
    jenkins.jobs[APP] += [a_build(3), a_build(4)]

    def broken(question: Question) -> Answer:
        newest = (f"{APP}/{number}/wfapi/describe" for number in (3, 4))
        return Answer(b"", 500) if question.path in newest else jenkins.answer(question)

    with replaying(broken) as replay:
        (batch,) = read(replay.url + APP)
    assert ("app#1", "Build") in [(job.run, job.name) for job in batch.jobs]


def test_a_job_that_vanishes_while_it_is_read_stops_nothing() -> None:
    jenkins = PretendJenkins({"/job/a": [a_build(1)], "/job/b": [a_build(1)]}, {"": "hudson.model.Hudson"})

    def vanishing(question: Question) -> Answer:
        gone = question.path == "/job/a/api/json" and question.query["tree"].startswith("allBuilds")
        return NOTHING if gone else jenkins.answer(question)

    with replaying(vanishing) as replay:
        told = [run.external_id for batch in read(replay.url) for run in batch.runs]
    assert told == ["b#1"]


def test_builds_without_a_number_or_a_time_are_passed_over() -> None:
    odd = [{}, a_build(1) | {"timestamp": None}, a_build(2) | {"number": "2"}, a_build(3) | {"timestamp": 10**30}]
    assert answers.builds_of({"allBuilds": [*odd, None, a_build(4)]}) == [a_build(4)]


def test_a_build_that_hangs_is_not_asked_for_after_a_month() -> None:
    hanging = PretendJenkins({APP: [a_build(1, None, timestamp=(START - timedelta(days=60)).timestamp() * 1000 // 1)]})
    hanging.jobs[APP][0]["timestamp"] = int(hanging.jobs[APP][0]["timestamp"])
    with replaying(hanging.answer) as replay:
        cursor = read(replay.url + APP)[-1].cursor
    assert cursor["jobs"][APP]["unfinished"] == []


USER = {"_class": "hudson.model.Cause$UserIdCause", "shortDescription": "Started by user Ada", "userId": "ada"}
PUSHED = {"_class": "hudson.triggers.SCMTrigger$SCMTriggerCause", "shortDescription": "Started by an SCM change"}
REPLAY = {"_class": "org.jenkinsci.plugins.workflow.cps.replay.ReplayCause", "shortDescription": "Replayed #1"}
REBUILD = {"_class": "com.sonyericsson.rebuild.RebuildCause", "upstreamBuild": 1, "upstreamProject": "app"}
RESTART = {"_class": "org.jenkinsci.plugins.pipeline.modeldefinition.causes.RestartDeclarativePipelineCause"}
NAGINATOR = {"_class": "com.chikli.hudson.plugin.naginator.NaginatorCause", "shortDescription": "Started by Naginator"}


@pytest.mark.parametrize(
    ("causes", "trigger"),
    [
        ([[USER, REPLAY]], "replay"),
        ([[PUSHED, USER, REBUILD]], "rebuild"),
        ([[PUSHED], [USER], [REBUILD]], "rebuild"),
        ([[REPLAY, USER, REBUILD]], "rebuild"),
        ([[USER, RESTART]], "restart"),
        ([[PUSHED, NAGINATOR]], "retry"),
        ([[PUSHED, USER]], "push"),
        ([[{"_class": "org.example.CoffeeCause"}, PUSHED]], "Coffee"),
        ([], ""),
    ],
)
@pytest.mark.parametrize("kept", [("_class",), ("_class", "shortDescription", "userId", "upstreamBuild")])
def test_what_made_a_build_run_again_stands_behind_who_did_and_what_is_copied_from_the_first(
    causes: list[list[dict[str, object]]], trigger: str, kept: tuple[str, ...]
) -> None:
    told = [[{name: value for name, value in cause.items() if name in kept} for cause in some] for some in causes]
    actions = [{"_class": "hudson.model.CauseAction", "causes": some} for some in told]
    build = a_build(2) | {"actions": [{"_class": "hudson.model.ParametersAction"}, *actions, {}, {}]}
    assert answers.parse_build(build, Job(APP, "app", "app"), address="http://x").trigger == trigger


@given(
    st.dictionaries(
        st.sampled_from(["result", "building", "duration", "actions", "stages", "_class"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["causes", "_class", "SHA1"]), inner),
            max_leaves=8,
        ),
    )
)
def test_whatever_else_a_build_says_it_is_a_run(odd: dict[str, object]) -> None:
    build = a_build(1) | odd
    run = answers.parse_build(build, Job(APP, "app", "app"), address="http://x")
    assert run.external_id == "app#1"
    assert answers.jobs_of(build | {"stages": None}, run)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("https://ci.example.org/job/app/", ("https://ci.example.org", "/job/app")),
        ("https://CI.example.org:8443/jenkins/", ("https://ci.example.org:8443/jenkins", "")),
        ("http://ci/view/All/job/a%20b/12/console", ("http://ci", "/job/a%20b")),
        ("http://ci/job/team/view/x/job/app?tree=1#top", ("http://ci", "/job/team/job/app")),
    ],
)
def test_an_address_as_it_is_pasted_names_a_job(location: str, expected: tuple[str, str]) -> None:
    assert jenkins_location(location) == expected


@pytest.mark.parametrize(
    "location",
    [
        "ci.example.org",
        "ftp://ci/job/a",
        "https://ada:pw@ci/job/a",
        "https://ci/job/",
        "https://ci/blue/organizations/jenkins/app/activity",
    ],
)
def test_what_is_no_address_of_a_job_is_refused(location: str) -> None:
    with pytest.raises(InvalidInput):
        jenkins_location(location)


def test_a_check_names_what_is_connected() -> None:
    with replaying(two_builds().answer) as replay:
        said = Jenkins(location=replay.url + APP, clock=CLOCK).check()
        assert said == f"Jenkins at {replay.url} answers; it has the job app."
        replay.mishaps = [Answer({}, 429, {"Retry-After": "20"})]
        with pytest.raises(AskedToWait):
            Jenkins(location=replay.url + APP, clock=CLOCK).check()


@pytest.mark.parametrize("broken", [1, 5])
def test_a_job_that_is_out_of_order_hides_no_others_unless_many_are(broken: int) -> None:
    paths = [f"/job/team/job/app-{number}" for number in range(1, 8)]
    jenkins = PretendJenkins({path: [a_build(1)] for path in paths}, classes={"/job/team": "com.cloudbees.Folder"})

    def answer(question: Question) -> Answer:
        is_broken = question.path in {f"{path}/api/json" for path in paths[:broken]}
        return Answer("Oops", 500) if is_broken else jenkins.answer(question)

    with replaying(answer) as replay:
        if broken > 1:
            with pytest.raises(SourceUnavailable, match="answered 500"):
                read(f"{replay.url}/job/team")
            return
        told = read(f"{replay.url}/job/team")
    assert sum(len(batch.runs) for batch in told) == 6
    assert [odd[:2] for batch in told for odd in batch.oddities if "app-1" in odd[1]] == [
        ("cannot be read", "team/app-1")
    ]
