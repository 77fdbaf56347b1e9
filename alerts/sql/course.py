"""Alerts and their events, with the rules and tests they are of: read and written many at once."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from alerts.models import Alert, AlertEvent, AlertNumber, AlertRule, Condition, Test
from channels_app.words import AlertState
from teams.bulk import Bulk
from teams.models import Team
from teams.rows import Rows
from teams.statements import among, execute, fetch, moment, postgresql

_ALERTS = Rows(Alert, "alert")
# What a snapshot and the outbox ask for.
_RULES = Rows(
    AlertRule,
    "rule",
    [
        *("id", "team", "name", "severity", "match", "rounds_required", "rounds_window", "rounds_mode"),
        *("minimum_sources", "minimum_sources_percent", "recipients", "notify_on_clear", "message", "runbook"),
        *("no_data_minutes", "only_these", "remind_minutes", "least_gap_minutes", "hours", "shadow"),
    ],
)
_TESTS = Rows(Test, "test", ["id", "team", "slug", "name", "interval", "labels"])
_CONDITIONS = Rows(Condition, "asks", ["id", "rule", "metric", "operator", "threshold", "severity"])
_NUMBER = AlertNumber._meta.db_table

RULES = f"""
SELECT {_RULES.columns}, {_CONDITIONS.columns},
    (SELECT MIN(step.after_minutes) FROM alerts_escalationstep AS step WHERE step.rule_id = rule.id)
FROM {_RULES.table} AS rule
LEFT JOIN {_CONDITIONS.table} AS asks ON asks.rule_id = rule.id
WHERE rule.team_id = %s AND {{rules}} ORDER BY rule.id, asks.position, asks.id
"""  # noqa: S608 - our own names
TESTS = f"SELECT {_TESTS.columns} FROM {_TESTS.table} AS test WHERE test.team_id = %s AND {{tests}}"  # noqa: S608 - as above
# In the words of the index of open alerts. `+`: or SQLite would read every alert of the team in the order of its id.
OPEN = f"""
SELECT {_ALERTS.columns} FROM {_ALERTS.table} AS alert
WHERE alert.team_id = %s AND {{fingerprints}} AND NOT (alert.state = '{AlertState.CLEARED}') ORDER BY +alert.id {{lock}}
"""  # noqa: S608 - as above
FIRST_NUMBER = f"INSERT INTO {_NUMBER} (team_id, last) VALUES (%s, 0) ON CONFLICT (team_id) DO NOTHING"  # noqa: S608 - as above
NUMBERS = f"UPDATE {_NUMBER} SET last = last + %s WHERE team_id = %s RETURNING last"  # noqa: S608 - as above

_NEW_ALERTS = Bulk(
    Alert,
    [
        *("team", "number", "rule", "test", "fingerprint", "state", "severity", "opened_by", "started_at"),
        *("acknowledged_at", "acknowledged_by", "acknowledged_by_text", "assigned_to"),
        *("cleared_at", "cleared_reason", "cleared_text", "still_violated", "labels", "annotations", "snapshot"),
        *("drill", "remind_at", "escalate_at", "escalated"),
    ],
)
_ALERT_CHANGES = Bulk(
    Alert,
    [
        *("state", "severity", "acknowledged_at", "acknowledged_by", "acknowledged_by_text", "assigned_to"),
        *("cleared_at", "cleared_reason", "cleared_text", "still_violated", "snapshot"),
        *("remind_at", "escalate_at", "escalated"),
    ],
)
_NEW_EVENTS = Bulk(
    AlertEvent,
    [
        *(
            "team",
            "alert",
            "type",
            "at",
            "recorded_at",
            "severity",
            "actor",
            "actor_text",
            "via",
            "origin",
            "detail",
            "announce",
        ),
    ],
)


def read_rules(team: Team, rule_ids: Collection[int]) -> dict[int, tuple[AlertRule, list[Condition]]]:
    """The team's rules by id, each with its conditions in their order."""
    rules, ids = among("rule.id", rule_ids)
    rows = fetch(RULES.format(rules=rules), [team.pk, *ids])
    found: dict[int, tuple[AlertRule, list[Condition]]] = {}
    of_rules = {row[0]: row for row in rows}
    for rule in _RULES.read_all(of_rules.values()):
        rule._state.fields_cache["team"] = team
        rule.first_step = of_rules[rule.pk][-1]
        found[rule.pk] = rule, []
    asked = [row[_RULES.width : -1] for row in rows if row[_RULES.width] is not None]
    for condition in _CONDITIONS.read_all(asked):
        found[condition.rule_id][1].append(condition)
    return found


def read_tests(team: Team, test_ids: Collection[int]) -> dict[int, Test]:
    """The team's tests by id."""
    tests, ids = among("test.id", test_ids)
    rows = fetch(TESTS.format(tests=tests), [team.pk, *ids])
    return {test.pk: test for test in _TESTS.read_all(rows)}


def lock_open_alerts(team: Team, fingerprints: Collection[str]) -> list[Alert]:
    """Those of the team that are not cleared, locked in the order of their ids.

    Not so hard that whoever only points to them has to wait: a sender does, with lanes locked that we want next.
    """
    chosen, names = among("alert.fingerprint", fingerprints)
    statement = OPEN.format(fingerprints=chosen, lock="FOR NO KEY UPDATE" if postgresql() else "")
    return _ALERTS.read_all(fetch(statement, [team.pk, *names]))


def take_numbers(team: Team, count: int) -> int:
    """Reserve `count` alert numbers of the team and return the first; the row stays locked until commit."""
    taken = fetch(NUMBERS, [count, team.pk])
    if not taken:
        execute(FIRST_NUMBER, [team.pk])
        taken = fetch(NUMBERS, [count, team.pk])
    return int(taken[0][0]) - count + 1


def add_alerts(alerts: Sequence[Alert]) -> None:
    """Insert them; each learns its id."""
    rows = []
    for a in alerts:
        of = (a.team_id, a.number, a.rule_id, a.test_id, a.fingerprint)
        begun = (a.state, a.severity, a.opened_by, moment(a.started_at))
        more = (a.labels, a.annotations, a.snapshot, a.drill, *_nudges(a))
        rows.append((*of, *begun, *_acknowledged(a), a.assigned_to_id, *_ended(a), *more))
    _know_ids(alerts, _NEW_ALERTS.insert(rows))


def update_alerts(alerts: Iterable[Alert]) -> None:
    """Write what may change in an alert's life."""
    _ALERT_CHANGES.update(
        [
            (a.pk, a.state, a.severity, *_acknowledged(a), a.assigned_to_id, *_ended(a), a.snapshot, *_nudges(a))
            for a in alerts
        ]
    )


def add_events(events: Sequence[AlertEvent]) -> None:
    """Insert them in their order, their alerts being there; each learns its id."""
    rows = []
    for event in events:
        vars(event)["alert_id"] = event.alert.pk  # which it has by now; set as an attribute, it would drop the alert
        what = (event.type, moment(event.at), moment(event.recorded_at), event.severity)
        who = (event.actor_id, event.actor_text, event.via, event.origin_id)
        rows.append((event.team_id, event.alert_id, *what, *who, event.detail, event.announce))
    _know_ids(events, _NEW_EVENTS.insert(rows))


def _acknowledged(alert: Alert) -> tuple[Any, ...]:
    return moment(alert.acknowledged_at), alert.acknowledged_by_id, alert.acknowledged_by_text


def _nudges(alert: Alert) -> tuple[Any, ...]:
    return moment(alert.remind_at), moment(alert.escalate_at), alert.escalated


def _ended(alert: Alert) -> tuple[Any, ...]:
    return moment(alert.cleared_at), alert.cleared_reason, alert.cleared_text, alert.still_violated


def _know_ids(rows: Sequence[Alert] | Sequence[AlertEvent], ids: Sequence[int]) -> None:
    for row, pk in zip(rows, ids, strict=True):
        row.pk = pk
        row._state.adding = False
        row._state.db = "default"
