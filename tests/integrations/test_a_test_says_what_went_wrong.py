"""Test, at every destination that misbehaves: the status, the words and the advice that people read."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import override_settings

from channels_app.contract import Kind
from channels_app.registry import kinds
from integrations import testing
from integrations.testing import attempt
from tests.channels_app.kinds import HTTP_KINDS, slack
from tests.channels_app.samples import TEST, config_for
from tests.failings import apprise, http, mail, slack_app, tcp
from tests.failings.rows import Row
from tests.failings.staging import leaks, mail_server, rows_of, said_by_test, servers, together
from tests.servers.tls import Authority

LONGEST = 200
ENOUGH = 4_000_000  # bytes: what lies in the buffers of both sides before the other side learns that we have enough


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.spec.kind)
def test_every_kind_states_what_becomes_of_each_failure(kind: Kind) -> None:
    missing = [row.name for row in rows_of(kind) if kind.spec.kind not in row.fates]
    assert missing == []


def tried(
    kind: str, rows: Iterable[Row], running: Mapping[str, Any], config: Callable[[str, str], Any] = config_for
) -> list[tuple[Row, testing.TestResult]]:
    """What Test says of each row, with the running servers by the rows' names."""
    found: list[tuple[Row, testing.TestResult]] = []
    with ThreadPoolExecutor(16) as pool:
        for group in together(rows):
            results = pool.map(lambda row: attempt(kind, config(kind, running[row.name].url), TEST), group)
            found += zip(group, results, strict=True)
    return found


@pytest.mark.parametrize("kind", HTTP_KINDS)
def test_test_tells_of_each_failure_over_http(kind: str, authority: Authority) -> None:
    with servers(http.ROWS, authority) as running, override_settings(BELLHOP_CA_FILE=str(authority.file)):
        found = tried(kind, http.ROWS, running)
        sent = {row.name: running[row.name].sent for row in http.FLOODS}

    _compare(kind, found)
    assert {name: count for name, count in sent.items() if count > ENOUGH} == {}


@pytest.mark.parametrize(("kind", "rows"), [("nagios", tcp.ROWS), ("apprise", apprise.ROWS)])
def test_test_tells_of_each_failure_of_other_ways(kind: str, rows: tuple[Row, ...], authority: Authority) -> None:
    with servers(rows, authority) as running:
        _compare(kind, tried(kind, rows, running))


@pytest.mark.parametrize("row", mail.ROWS, ids=lambda row: row.name)
def test_test_tells_of_each_failure_of_the_mail_server(row: Row, authority: Authority) -> None:
    with mail_server(row, authority) as server:
        result = attempt("email", config_for("email", ""), TEST)

    _compare("email", [(row, result)])
    assert len(server.mails) == int(row.fates["email"].end == "delivered" or "message" in server.steps)


def test_test_tells_of_each_failure_of_slacks_web_api(authority: Authority) -> None:
    rows = [row for row in slack_app.ROWS if not row.settings]
    with servers(rows, authority) as running, override_settings(BELLHOP_CA_FILE=str(authority.file)):
        _compare("slack", tried("slack", rows, running, lambda kind, url: slack.APP.config(url)))


def _compare(kind: str, tried: list[tuple[Row, testing.TestResult]]) -> None:
    assert {row.name: result for row, result in tried} == {
        row.name: said_by_test(kind, row.fates[kind]) for row, _ in tried
    }
    for _, result in tried:
        assert max(len(result.detail), len(result.advice)) <= LONGEST
        assert leaks(repr(result)) == []


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (testing.TestResult(True, 200, "ok"), "The test message was accepted: status 200."),
        (testing.TestResult(True, None, "Sent."), "The test message was sent."),
        (testing.TestResult(False, None, "no"), "The test message was not accepted."),
    ],
)
def test_nothing_is_called_accepted_that_nobody_answered(result: testing.TestResult, words: str) -> None:
    page = render_to_string("integrations/pages/_result.html", {"result": result})
    assert f"<strong>{words}</strong>" in page
