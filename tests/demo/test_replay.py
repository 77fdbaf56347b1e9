"""`manage.py replay` feeds a recorded series, and says what is wrong with one that it cannot read."""

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from demo.client import Client, Refused
from demo.management.commands import replay
from tests.servers.http import Answer, Receiver

GOOD = "timestamp,value\n2014-03-07 03:41:00,45.868\n2014-03-07T03:46:00+01:00,47.6\n"


@pytest.fixture
def api() -> Iterator[Receiver]:
    with Receiver() as receiver:
        receiver.decide = lambda request: Answer(202, accepted(len(json.loads(request.body)["measurements"])))
        yield receiver


def accepted(count: int, *rejected: Any) -> bytes:
    return json.dumps({"accepted": count, "rejected": rejected}).encode()


def series(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "series.csv"
    path.write_text(text)
    return path


def feed(api: Receiver, path: Path, **options: Any) -> str:
    out = io.StringIO()
    call_command("replay", path, test="web", metric="cpu", url=api.url, key="bh_k", stdout=out, **options)
    return out.getvalue()


def test_rows_become_measurements_in_utc(api: Receiver, tmp_path: Path) -> None:
    assert feed(api, series(tmp_path, GOOD), notify="never") == "2 of 2 points accepted.\n"

    request = api.received[0]
    assert request.path == "/api/v1/measurements/"
    assert request.headers["authorization"] == "Bearer bh_k"
    named = {"test": "web", "metric": "cpu", "source": "replay"}
    assert json.loads(request.body) == {
        "notify": "never",
        "measurements": [
            {**named, "observed_at": "2014-03-07T03:41:00+00:00", "value": 45.868},
            {**named, "observed_at": "2014-03-07T03:46:00+01:00", "value": 47.6},
        ],
    }


def test_long_series_go_in_batches(api: Receiver, tmp_path: Path) -> None:
    rows = "".join(f"2014-03-07 03:{n // 60 % 60:02}:{n % 60:02},{n}\n" for n in range(replay.BATCH + 1))

    feed(api, series(tmp_path, "timestamp,value\n" + rows))

    assert [len(json.loads(request.body)["measurements"]) for request in api.received] == [replay.BATCH, 1]


@pytest.mark.clock_goes
def test_with_a_speed_each_point_waits_for_its_time(api: Receiver, tmp_path: Path) -> None:
    rows = "timestamp,value\n" + "".join(f"2014-03-07 03:41:{n:02},{n}\n" for n in range(3))

    began = time.time()
    feed(api, series(tmp_path, rows), speed=20.0)

    sent = [
        (point["value"], request.at - began)
        for request in api.received
        for point in json.loads(request.body)["measurements"]
    ]
    # On a slow machine two of them may be due, and go, together.
    assert [value for value, _ in sent] == [0, 1, 2]
    assert all(waited >= value * 0.05 for value, waited in sent)


def test_refused_points_are_named(api: Receiver, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refusal = {"index": 1, "errors": {"value": ["is no number"]}}
    api.decide = lambda request: Answer(202, accepted(1, refusal))

    assert feed(api, series(tmp_path, GOOD)) == "1 of 2 points accepted.\n"

    assert "is no number" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("at,value\n1,2\n", "timestamp and value"),
        ("", "timestamp and value"),
        ("timestamp,value\nyesterday,1\n", "line 2: 'yesterday,1'"),
        ("timestamp,value\n2014-03-07 03:41:00,much\n", "line 2: '2014-03-07 03:41:00,much'"),
        ("timestamp,value\n2014-03-07 03:41:00\n", "line 2"),
    ],
)
def test_unreadable_files_are_explained(api: Receiver, tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        feed(api, series(tmp_path, text))
    assert not api.received


def test_a_missing_file_is_explained(api: Receiver, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"Cannot read .*nowhere\.csv: No such file"):
        feed(api, tmp_path / "nowhere.csv")


def test_a_refusal_says_why_in_the_api_s_words(api: Receiver, tmp_path: Path) -> None:
    problem = {"title": "Bad Request", "detail": "No test web.", "errors": {}}
    api.decide = lambda request: Answer(400, json.dumps(problem).encode())
    with pytest.raises(CommandError, match=r"Stopped after 0 of 2 points\. HTTP 400: No test web\."):
        feed(api, series(tmp_path, GOOD))


def test_the_client_waits_as_long_as_it_is_told(api: Receiver) -> None:
    api.decide = None
    api.script(Answer(429, b"{}", {"Retry-After": "7"}), Answer(503, b"busy"), Answer(202, accepted(0)))
    waits: list[float] = []

    assert Client(api.url, "k", waits.append).measure([]) == {"accepted": 0, "rejected": []}

    assert waits == [7.0, 1.0]


def test_the_client_gives_up_in_the_end(api: Receiver) -> None:
    api.decide = lambda request: Answer(500, b"oops")
    with pytest.raises(Refused, match="HTTP 500"):
        Client(api.url, "k", lambda seconds: None).measure([])
