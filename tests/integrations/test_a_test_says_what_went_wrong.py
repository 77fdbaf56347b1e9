"""Test, at every destination that misbehaves: the status, the words and the advice that people read."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.test import override_settings

from channels_app.contract import Kind
from channels_app.registry import kinds
from integrations import testing
from integrations.testing import attempt
from tests.channels_app.kinds import HTTP_KINDS
from tests.channels_app.samples import TEST, config_for
from tests.failings import apprise, http, mail, tcp
from tests.failings.rows import Row
from tests.failings.staging import LOOPBACK, leaks, mail_server, rows_of, said_by_test, servers
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


@pytest.mark.parametrize("kind", HTTP_KINDS)
def test_test_tells_of_each_failure_over_http(kind: str, authority: Authority) -> None:
    plain = [row for row in http.ROWS if not row.settings]
    special = [row for row in http.ROWS if row.settings]
    asked = override_settings(**LOOPBACK, BELLHOP_CALL_SECONDS=2.0, BELLHOP_CA_FILE=str(authority.file))
    with servers(http.ROWS, authority) as running, asked, ThreadPoolExecutor(16) as pool:
        results = pool.map(lambda row: attempt(kind, config_for(kind, running[row.name].url), TEST), plain)
        tried = list(zip(plain, results, strict=True))
        for row in special:
            with override_settings(**row.settings):
                tried.append((row, attempt(kind, config_for(kind, running[row.name].url), TEST)))
        sent = {row.name: running[row.name].sent for row in http.FLOODS}

    _compare(kind, tried)
    assert {name: count for name, count in sent.items() if count > ENOUGH} == {}


@pytest.mark.parametrize(("kind", "rows"), [("nagios", tcp.ROWS), ("apprise", apprise.ROWS)])
def test_test_tells_of_each_failure_of_other_ways(kind: str, rows: tuple[Row, ...], authority: Authority) -> None:
    asked = override_settings(**LOOPBACK, BELLHOP_CALL_SECONDS=2.0)
    with servers(rows, authority) as running, asked, ThreadPoolExecutor(16) as pool:
        plain = [row for row in rows if not row.settings]
        results = pool.map(lambda row: attempt(kind, config_for(kind, running[row.name].url), TEST), plain)
        tried = list(zip(plain, results, strict=True))
        for row in rows:
            if row.settings:
                with override_settings(**row.settings):
                    tried.append((row, attempt(kind, config_for(kind, running[row.name].url), TEST)))

    _compare(kind, tried)


@pytest.mark.parametrize("row", mail.ROWS, ids=lambda row: row.name)
def test_test_tells_of_each_failure_of_the_mail_server(row: Row, authority: Authority) -> None:
    with mail_server(row, authority) as server:
        result = attempt("email", config_for("email", ""), TEST)

    _compare("email", [(row, result)])
    assert len(server.mails) == int(row.fates["email"].end == "delivered" or "message" in server.steps)


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
