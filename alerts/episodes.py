"""What judgement made of alerts, laid onto the open ones in memory; alerts.lifecycle has it written."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from alerts import nudging, sql
from alerts.happenings import Happening
from alerts.models import Alert, Announce, ClearedReason, EventType
from alerts.snapshots import snapshot_of
from alerts.transitions import Action, Transition, transition
from alerts.writing import Book
from channels_app.words import AlertState, Severity
from teams.access import Actor
from teams.rows import fresh


class Episodes:
    """The open alerts that a list of happenings concerns, changed in memory."""

    def __init__(self, actor: Actor, happenings: Sequence[Happening], book: Book) -> None:
        self._actor, self._book = actor, book
        self._rules = sql.read_rules(actor.team, {happening.rule_id for happening in happenings})
        self._tests = sql.read_tests(actor.team, {happening.test_id for happening in happenings})
        stored = sql.lock_open_alerts(actor.team, {happening.fingerprint for happening in happenings})
        self._open = {alert.fingerprint: self._with_all(alert) for alert in stored}

    def take(self, happening: Happening) -> None:
        """Apply one happening; what does not fit the alert as it stands changes nothing."""
        alert = self._open.get(happening.fingerprint)
        if alert is None:
            if happening.what in ("opened", "no_data"):
                self._start(happening)
        elif happening.what == "cleared":
            self._clear(alert, happening)
        elif happening.what == "no_data":
            step = transition(alert.number, alert.state, Action.LOSE_DATA)
            self._record(alert, step, happening.at, happening.detail)
        elif happening.severity != alert.severity:
            self._change_severity(alert, happening)

    def _start(self, happening: Happening) -> None:
        (rule, conditions), test = self._rules[happening.rule_id], self._tests[happening.test_id]
        alert = fresh(
            Alert,
            {"team": self._actor.team, "rule": rule, "test": test},
            fingerprint=happening.fingerprint,
            state=AlertState.TRIGGERED,
            severity=happening.severity,
            opened_by=happening.opened_by,
            started_at=happening.at,
            labels=test.labels,
            snapshot=snapshot_of(rule, test, conditions) | {"start": happening.detail},
        )
        self._open[happening.fingerprint] = alert
        self._book.open(alert)
        kind = EventType.NO_DATA if happening.what == "no_data" else EventType.TRIGGERED
        event = self._book.record(alert, kind, happening.at, happening.detail)
        if event.announce == Announce.YES:
            nudging.begin(alert, event.recorded_at, rule.first_step)

    def _with_all(self, alert: Alert) -> Alert:
        known = alert._state.fields_cache  # set as attributes they would cost as much as all the rest
        known["team"], known["rule"] = self._actor.team, self._rules[alert.rule_id][0]
        known["test"] = self._tests[alert.test_id] if alert.test_id else None
        return alert

    def _clear(self, alert: Alert, happening: Happening) -> None:
        step = transition(alert.number, alert.state, Action.RECOVER)
        reason = happening.reason or ClearedReason.RECOVERED
        end_alert(alert, happening.at, reason)
        alert.snapshot = alert.snapshot | {"end": happening.detail}
        del self._open[happening.fingerprint]
        self._record(alert, step, happening.at, {"reason": str(reason), "text": ""} | happening.detail)

    def _change_severity(self, alert: Alert, happening: Happening) -> None:
        step = transition(alert.number, alert.state, Action.CHANGE_SEVERITY)
        before, alert.severity = alert.severity, happening.severity
        detail = {"from": str(Severity(before)), "to": str(happening.severity)} | happening.detail
        if happening.detail.get("sources"):
            alert.snapshot = alert.snapshot | {"latest": happening.detail}
        self._record(alert, step, happening.at, detail)

    def _record(self, alert: Alert, step: Transition, at: datetime, detail: dict[str, Any]) -> None:
        alert.state = step.to
        self._book.change(alert)
        if step.event is not None:
            self._book.record(alert, step.event, at, detail)


def end_alert(alert: Alert, at: datetime, reason: ClearedReason, text: str = "") -> None:
    """Lay onto `alert` that it is over."""
    alert.state = AlertState.CLEARED
    nudging.end(alert)
    alert.cleared_at = max(at, alert.started_at)
    alert.cleared_reason, alert.cleared_text = reason, text
