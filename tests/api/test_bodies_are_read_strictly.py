"""A body is one JSON object, or it is refused in words that say where."""

import io
import json
import math
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.exceptions import ParseError

from teams.api.parsing import CHUNK, BodyTooLarge, StrictJSONParser, parse_object
from tests.api.calls import ApiClient, key_of
from tests.conftest import Cast


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "Expecting value at line 1, column 1"),
        (b"{", "at line 1, column 2"),
        (b'{\n "a": 1,\n "b": }', "Expecting value at line 3, column 7"),
        (b"{'a': 1}", "at line 1, column 2"),
        (b'{"a": 1} x', "Extra data at line 1, column 10"),
        (b'{"a": 1, "a": 2}', 'the name "a" stands twice'),
        (b'{"a": [{"bc": 1, "bc": 1}]}', 'the name "bc" stands twice'),
        (b'{"a": "\xff"}', "not UTF-8: byte 7"),
        (b'{"a": "\\ud800"}', "half of a surrogate pair"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": ' + b"9" * 5000 + b"}", "cannot be read"),
        (b"[]", "must be a JSON object, not a list"),
        (b'"text"', "not a text"),
        (b"1", "not a number"),
        (b"true", "not true or false"),
        (b"null", "not null"),
        (b"NaN", "not a number"),
    ],
)
def test_what_is_no_object_is_refused_in_words(body: bytes, words: str) -> None:
    with pytest.raises(ParseError) as refusal:
        parse_object(body)
    assert words in str(refusal.value.detail)


def test_literals_that_are_no_numbers_are_read_so_that_items_can_be_refused_singly() -> None:
    values = parse_object(b'{"values": [NaN, Infinity, -Infinity, 1e999]}')["values"]

    assert math.isnan(values[0])
    assert values[1:] == [math.inf, -math.inf, math.inf]


def test_text_beyond_ascii_is_kept() -> None:
    assert parse_object('\ufeff{"a": "Größe 🔔", "b": "\\ud83d\\udd14"}'.encode()) == {"a": "Größe 🔔", "b": "🔔"}


class Upload(io.RawIOBase):
    """A body that is made while it is read, and remembers how much was asked for at once."""

    def __init__(self, size: int) -> None:
        self.left, self.largest_read = size, 0

    def read(self, size: int = -1) -> bytes:
        self.largest_read = max(self.largest_read, size)
        sent = min(self.left, size)
        self.left -= sent
        return b" " * sent


def parse(stream: Any, declared: str | None) -> dict[str, Any]:
    request = SimpleNamespace(META={} if declared is None else {"CONTENT_LENGTH": declared})
    return StrictJSONParser().parse(stream, "application/json", {"request": request})


@pytest.mark.parametrize("declared", ["104857600", None])
def test_a_huge_body_is_refused_by_its_limit_and_never_held_in_memory(settings: Settings, declared: str | None) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
    upload = Upload(100 * 1024 * 1024)

    with pytest.raises(BodyTooLarge, match="larger than 1,000,000 bytes"):
        parse(upload, declared)

    assert upload.left == 0
    assert upload.largest_read <= max(CHUNK, 1_000_001)


def test_a_body_of_exactly_the_limit_is_read(settings: Settings) -> None:
    body = b'{"a": 1}'
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = len(body)

    assert parse(io.BytesIO(body), str(len(body))) == {"a": 1}
    with pytest.raises(BodyTooLarge):
        parse(io.BytesIO(body + b" "), str(len(body) + 1))


def test_a_client_that_hangs_up_in_mid_body_ends_the_reading() -> None:
    class Gone(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise OSError("gone")

    with pytest.raises(BodyTooLarge):
        parse(Gone(), "104857600")


def test_a_body_that_nobody_wanted_is_read_all_the_same(cast: Cast) -> None:
    body = json.dumps({"name": "a" * 300_000})

    refused = [
        ApiClient("unknown").send("POST", "/api/v1/tests/", body),
        ApiClient(key_of(cast.team)).send("POST", "/api/v1/alerts/1/acknowledge/", body),
        ApiClient(key_of(cast.team, "viewer")).send("POST", "/api/v1/tests/", body),
        ApiClient(key_of(cast.team, "admin")).send("POST", "/api/v1/tests/", body, content_type="text/plain"),
    ]

    assert [answer.status_code for answer in refused] == [401, 404, 403, 415]
    assert [answer.wsgi_request.read() for answer in refused] == [b""] * 4
