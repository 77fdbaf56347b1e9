"""What is found is counted once, for as long as it is open, and costs as many statements whatever the rows."""

from collections.abc import Callable
from datetime import datetime, timedelta
from unittest import mock

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from alerts.models import AlertRule
from deliveries.auditing import checks, ledger, turn
from deliveries.auditing.found import Found
from deliveries.auditing.words import SENTENCES
from deliveries.models import Finding, FindingHour, FindingKind
from tests.deliveries.auditor.stage import HOUR, MINUTE, found, later
from tests.deliveries.stage import happen, opened, rule_for, send_all, trigger, without_bell

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_check_that_fails_is_a_finding_and_keeps_no_other(
    rule: AlertRule, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigger(rule, now)
    broken: dict[FindingKind, Callable[[datetime], Found]] = {
        **checks.CHECKS,
        FindingKind.LEASE_LEFT: mock.Mock(side_effect=DatabaseError("secret")),
    }
    monkeypatch.setattr(turn, "CHECKS", broken)

    with without_bell():
        assert found(later(now)) == {"overdue": (1, 0), "check_failed": (1, 0)}

    assert Finding.objects.get(pk="check_failed").examples == ["lease_left"]


def test_what_stays_wrong_is_counted_once_and_what_is_over_is_no_longer_open(rule: AlertRule, now: datetime) -> None:
    trigger(rule, now)
    with without_bell():
        for minutes in (2, 3, 63):
            turn.look(now + minutes * MINUTE)
    finding = Finding.objects.get()
    assert (finding.found, finding.repaired, finding.open) == (1, 0, 1)
    assert (finding.first_at, finding.last_at) == (now + 2 * MINUTE, now + 63 * MINUTE)

    send_all(now + 64 * MINUTE)
    turn.look(now + 65 * MINUTE)

    finding.refresh_from_db()
    assert (finding.found, finding.open) == (1, 0)
    hours = list(FindingHour.objects.values_list("hour", "found", "open").order_by("hour"))
    assert hours == [(now, 1, 1), (now + HOUR, 0, 0)]


def test_history_is_kept_for_thirty_days_and_totals_for_ever(now: datetime) -> None:
    ledger.write({FindingKind.OVERDUE: Found(3, 1, (1, 2, 3))}, now)

    turn.audit(now + timedelta(days=31))

    assert not FindingHour.objects.filter(hour=now).exists()
    assert Finding.objects.get().found == 3


def test_other_timers_count_what_they_mended(now: datetime) -> None:
    ledger.write({FindingKind.LANE_FORGOTTEN: Found(1, 0)}, now)
    ledger.note(FindingKind.LANE_FORGOTTEN, 2, now)
    ledger.note(FindingKind.LANE_FORGOTTEN, 0, now)

    finding = Finding.objects.get()
    assert (finding.found, finding.repaired, finding.open) == (3, 2, 1)


def test_more_rows_cost_a_turn_no_more_statements(rule: AlertRule, now: datetime) -> None:
    trigger(rule, now)
    few = _statements(later(now))

    for n in range(20):
        happen(rule, now, opened(rule, now + n * MINUTE))
    trigger(rule_for(rule.team, *rule.integrations.all(), test=rule.tests.get(), name="other"), now)

    assert _statements(later(now)) <= few


def _statements(now: datetime) -> int:
    with without_bell(), CaptureQueriesContext(connection) as asked:
        turn.audit(now)
    return len(asked)


def test_every_kind_has_a_sentence() -> None:
    assert set(SENTENCES) == set(FindingKind)
    assert set(checks.CHECKS) == set(FindingKind) - {FindingKind.CHECK_FAILED}
