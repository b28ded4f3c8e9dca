"""Addresses, refusals and strangers: what the MLflow collector says when the server is not as hoped."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from maestro_core.collectors import mlflow_answers as answers
from maestro_core.collectors.mlflow import MLflow
from maestro_core.collectors.mlflow_preview import preview
from maestro_core.collectors.mlflow_server import Server, server_address
from maestro_core.errors import InvalidInput, SourceUnavailable
from tests.mlflow_server import Laboratory, a_free_port, now


@contextmanager
def a_web_server(status: int, body: str, kind: str = "application/json") -> Iterator[tuple[str, list[str | None]]]:
    """A server that answers everything alike, and the Authorization headers that it was sent."""
    asked: list[str | None] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers.get("Authorization"))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Location", "http://elsewhere.example/")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def check(url: str, token: str | None = None) -> str:
    secret = SecretStr(token) if token else None
    return MLflow(url=url, experiments={}, now=datetime.now(UTC), token=secret).check()


def test_a_server_that_is_down_is_unavailable_with_advice() -> None:
    with pytest.raises(SourceUnavailable) as told:
        check(f"http://127.0.0.1:{a_free_port()}")
    assert "does not answer" in told.value.message
    assert "Check that the server runs" in told.value.advice


def test_a_page_for_people_is_no_mlflow_server() -> None:
    with a_web_server(200, "<html>Welcome</html>", "text/html") as (url, _), pytest.raises(SourceUnavailable) as told:
        check(url)
    assert "is not an MLflow server (it answered 200 text/html)" in told.value.message
    assert "address of the tracking server" in told.value.advice


def test_the_wrong_path_of_a_real_server_is_no_mlflow_server(mlflow_url: str) -> None:
    with pytest.raises(SourceUnavailable, match="is not an MLflow server"):
        check(f"{mlflow_url}/experiments")


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_gives_advice_about_the_token(status: int) -> None:
    with a_web_server(status, "You are not authenticated") as (url, _), pytest.raises(SourceUnavailable) as told:
        check(url)
    assert "token" in told.value.advice


def test_a_token_is_sent_as_bearer_and_a_pair_as_basic() -> None:
    with a_web_server(200, '{"experiments": []}') as (url, asked):
        check(url, "s3cret")
        check(url, "ada:s3cret")
        check(url)
    assert asked == ["Bearer s3cret", "Basic YWRhOnMzY3JldA==", None]


def test_a_redirect_is_not_followed_so_the_token_goes_nowhere_else() -> None:
    with a_web_server(302, "") as (url, asked), pytest.raises(SourceUnavailable, match="is not an MLflow server"):
        check(url, "s3cret")
    assert len(asked) == 1


def test_a_busy_server_is_asked_three_times_with_growing_pauses() -> None:
    pauses: list[float] = []
    busy = a_web_server(503, "<html>busy</html>", "text/html")
    with busy as (url, asked), pytest.raises(SourceUnavailable, match="answered 503"):
        Server(address=url, pause=pauses.append).get("experiments/get")
    assert (len(asked), pauses) == (3, [0.3, 0.6])


def test_a_token_shows_nowhere() -> None:
    collector = MLflow(url="http://mlflow", experiments={}, now=datetime.now(UTC), token=SecretStr("s3cret"))
    assert "s3cret" not in repr(collector)


@pytest.mark.parametrize(
    "url", ["", "mlflow.example.org", "ftp://mlflow", "file:///etc/passwd", "http://", "http://[", "http://host:port"]
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        server_address(url)


def test_an_address_with_credentials_is_refused_without_repeating_them() -> None:
    with pytest.raises(InvalidInput) as told:
        server_address("https://ada:s3cret@mlflow.example.org")
    assert "s3cret" not in told.value.message + told.value.advice


@given(st.text())
def test_cleaned_text_is_taken_by_every_database(text: str) -> None:
    cleaned = answers.clean(text)
    assert "\x00" not in cleaned
    assert cleaned.encode().decode() == cleaned
    assert len(cleaned) <= answers.LONGEST_TEXT


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)


@given(start=anything, end=anything, value=anything, name=st.text())
def test_no_answer_about_a_run_breaks_the_parser(start: object, end: object, value: object, name: str) -> None:
    info = {"run_id": name, "experiment_id": name, "start_time": start, "end_time": end}
    run = {"info": info, "data": {"metrics": [{"key": "accuracy", "value": value}], "tags": [{"key": name}]}}
    seen = answers.parse_run(run)
    assert seen is None or all(isinstance(number, float) for number in seen.metrics.values())
    answers.parse_oddities(run, "accuracy", datetime.now(UTC))


def test_the_preview_tells_runs_metrics_and_what_could_be_the_performance(laboratory: Laboratory) -> None:
    laboratory.run(accuracy=0.7, metrics={"log_loss": 0.3, "steps": 100.0}, start=now() - 1000)
    laboratory.run(accuracy=0.9, metrics={"log_loss": 0.2}, start=1_767_225_600_000)
    laboratory.client.delete_run(laboratory.run(accuracy=7.0))
    offered = preview(laboratory.url).set_index("experiment_id").loc[laboratory.experiment]
    assert offered["runs"] == 2
    assert not offered["has_more_runs"]
    assert offered["metrics"] == ["accuracy", "log_loss", "steps"]
    assert offered["performance_metrics"] == ["accuracy", "log_loss"]
    assert pd.Timestamp.now("UTC") - offered["last_run_at"] < pd.Timedelta("1 hour")


def test_an_experiment_without_runs_is_offered_too(laboratory: Laboratory) -> None:
    offered = preview(laboratory.url).set_index("experiment_id").loc[laboratory.experiment]
    assert offered["runs"] == 0
    assert pd.isna(offered["last_run_at"])
    assert offered["performance_metrics"] == []
