"""The life of alerts: the only place that writes Alert and AlertEvent.

People act through `acknowledge`, `unacknowledge`, `assign`, `note` and `close`; evaluation, timers and changes of rules
and tests through `apply`. Each call runs in a transaction and sends `alert_events` once, within it.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from alerts import nudging, sql, watches
from alerts.episodes import Episodes, end_alert
from alerts.fingerprints import drill_fingerprint, measured_fingerprint
from alerts.happenings import Happening
from alerts.models import Alert, AlertEvent, AlertRule, ClearedReason, EscalationStep, EventType, Test
from alerts.snapshots import snapshot_of
from alerts.transitions import Action, transition
from alerts.writing import Book, Notify
from channels_app.words import AlertState, Severity
from teams.access import Actor, Permission, actor_for, require
from teams.models import Team, User
from teams.rows import fresh

MAX_NOTE = 2000
MAX_REASON = 1000
DRILL_OVER = "the end of the fire drill"

Change = Callable[[Alert], dict[str, Any]]


def acknowledge(actor: Actor, alert: Alert, now: datetime) -> AlertEvent | None:
    """Say that somebody takes care of it. None if it is acknowledged already; Conflict if it is cleared."""

    def change(alert: Alert) -> dict[str, Any]:
        alert.acknowledged_at, alert.acknowledged_by = now, actor.user
        alert.acknowledged_by_text = actor.text[:200]
        nudging.end(alert)
        return {}

    return _act(actor, alert, Action.ACKNOWLEDGE, now, change)


def unacknowledge(actor: Actor, alert: Alert, now: datetime) -> AlertEvent | None:
    """Take an acknowledgement back. None if there is none; Conflict if the alert is cleared."""

    def change(alert: Alert) -> dict[str, Any]:
        alert.acknowledged_at, alert.acknowledged_by, alert.acknowledged_by_text = None, None, ""
        nudging.begin(alert, now, nudging.remaining_step(alert))
        return {}

    return _act(actor, alert, Action.UNACKNOWLEDGE, now, change)


def assign(actor: Actor, alert: Alert, to: User, now: datetime) -> AlertEvent | None:
    """Give the alert to a member who may act on it; else a ValidationError at `to`. None if it is theirs already."""
    require(actor, Permission.ACT)
    assignee = actor_for(to, actor.team, actor.via)
    if assignee is None or not assignee.may(Permission.ACT):
        raise not_assignable(to.email)

    def change(alert: Alert) -> dict[str, Any]:
        alert.assigned_to = to
        return {"to": to.email, "name": str(to)}

    return _act(actor, alert, Action.ASSIGN, now, change, skip=lambda alert: alert.assigned_to_id == to.pk)


def not_assignable(email: str) -> ValidationError:
    """The one answer for people who are unknown, of another team, or may not act."""
    return ValidationError({"to": [f"{email} is not a member of this team who may act on alerts."]})


def note(actor: Actor, alert: Alert, text: str, now: datetime) -> AlertEvent | None:
    """Add a text to the timeline. None if the actor's same note is its newest entry."""
    text = _checked_text("text", text, MAX_NOTE)
    if not text:
        raise ValidationError({"text": ["A note needs a text."]})
    most = settings.BELLHOP_MAX_NOTES
    if alert.events.filter(type=EventType.NOTED).count() >= most:
        raise ValidationError({"text": [f"An alert takes {most:,} notes (BELLHOP_MAX_NOTES); it has them."]})
    return _act(actor, alert, Action.NOTE, now, lambda _: {"text": text}, skip=lambda a: _said_last(a, actor, text))


def close(actor: Actor, alert: Alert, text: str, now: datetime) -> AlertEvent | None:
    """End the alert by hand, saying why. While still violated it stays closed until a good round came between."""
    require(actor, Permission.ACT)
    text = _checked_text("reason", text, MAX_REASON)
    with transaction.atomic():
        watch = watches.lock_one(alert.rule_id, alert.test_id)

        def change(alert: Alert) -> dict[str, Any]:
            held = watch is not None and watch.close_by_hand(now)
            if watch is not None:
                watches.save([watch])
            end_alert(alert, now, ClearedReason.CLOSED_BY_HAND, text)
            alert.still_violated = held
            return {"reason": str(ClearedReason.CLOSED_BY_HAND), "text": text}

        return _act(actor, alert, Action.CLOSE, now, change)


@transaction.atomic(savepoint=False)
def apply(
    actor: Actor,
    happenings: Sequence[Happening],
    now: datetime,
    *,
    notify: Notify = "auto",
    released: Collection[tuple[int, int]] = (),
) -> list[AlertEvent]:
    """Make happenings of one team, in their order, into alerts and events.

    `released` are the (rule id, test id) whose alert closed by hand is no longer violated.
    """
    if released:
        _release({measured_fingerprint(*pair) for pair in released})
    if not happenings:
        return []
    book = Book(actor, now, notify)
    episodes = Episodes(actor, happenings, book)
    for happening in happenings:
        episodes.take(happening)
    return book.write()


@transaction.atomic
def nudge(team: Team, alert_ids: Collection[int], now: datetime) -> list[AlertEvent]:
    """Speak again of those of a team's alerts that still wait for somebody, and whose time has come."""
    sql.hold_intake(team)
    locked = Alert.objects.select_for_update(of=("self",), no_key=True).select_related("rule", "test")
    alerts = [
        _with_team(each, Actor.system(team)) for each in locked.filter(pk__in=alert_ids, team=team).order_by("pk")
    ]
    steps = _steps_of({alert.rule_id for alert in alerts if alert.escalate_at})
    book = Book(Actor.system(team), now, "always")
    for alert in alerts:
        if alert.state != AlertState.TRIGGERED:
            nudging.end(alert)
        elif alert.escalate_at and alert.escalate_at <= now:
            detail = nudging.take_step(alert, steps.get(alert.rule_id, []))
            _speak(book, alert, Action.ESCALATE, detail)
        elif alert.remind_at and alert.remind_at <= now:
            _speak(book, alert, Action.REMIND, {} if nudging.remind(alert, now) else None)
        book.change(alert)
    return book.write()


@transaction.atomic
def keep_to(actor: Actor, rule: AlertRule, now: datetime, *, reminders: bool, steps: bool) -> None:
    """Have a changed rule's reminders or steps be those of its open alerts too, from now on; none is told anew."""
    waiting = Alert.objects.filter(rule=rule, cleared_at=None, state=AlertState.TRIGGERED, drill=False)
    alerts = list(waiting.select_for_update(no_key=True).order_by("pk"))
    waits, next_ones = nudging.waits_of(rule), _steps_of({rule.pk}).get(rule.pk, [])
    book = Book(actor, now)
    for alert in alerts:
        wait = waits.get(alert.pk)
        if wait is None or wait.since is None:
            continue
        if reminders:
            alert.remind_at = now + timedelta(minutes=rule.remind_minutes) if rule.remind_minutes else None
        if steps:
            nudging.set_steps(alert, now, next_ones, wait)
        book.change(alert)
    book.write()


@transaction.atomic
def drill(actor: Actor, rule: AlertRule, test: Test | None, now: datetime) -> Alert:
    """Open an alert that is none, to try who hears of the rule's alerts; `end_drill` ends it."""
    require(actor, Permission.ACT)
    snapshot = snapshot_of(rule, test) | {"drill": True, "start": {}}
    alert = fresh(
        Alert,
        {"team": actor.team, "rule": rule, "test": test},
        fingerprint=drill_fingerprint(rule.pk, now),
        state=AlertState.TRIGGERED,
        severity=Severity(rule.severity),
        started_at=now,
        labels=test.labels if test else {},
        snapshot=snapshot,
        drill=True,
    )
    book = Book(actor, now, "always")
    book.open(alert)
    book.record(alert, EventType.TRIGGERED, now, {})
    book.write()
    return alert


def end_drill(actor: Actor, alert: Alert, now: datetime) -> AlertEvent | None:
    """End an alert that was opened by `drill`."""

    def change(alert: Alert) -> dict[str, Any]:
        end_alert(alert, now, ClearedReason.CLOSED_BY_HAND, DRILL_OVER)
        return {"reason": str(ClearedReason.CLOSED_BY_HAND), "text": DRILL_OVER}

    return _act(actor, alert, Action.CLOSE, now, change)


def _speak(book: Book, alert: Alert, action: Action, detail: dict[str, Any] | None) -> None:
    step = transition(alert.number, alert.state, action)
    if detail is not None and step.event is not None:
        book.record(alert, step.event, book.now, detail)


def _steps_of(rule_ids: Collection[int]) -> dict[int, list[EscalationStep]]:
    found: dict[int, list[EscalationStep]] = {}
    for step in EscalationStep.objects.filter(rule__in=rule_ids).prefetch_related("integrations"):
        found.setdefault(step.rule_id, []).append(step)
    return found


@transaction.atomic
def _act(
    actor: Actor,
    alert: Alert,
    action: Action,
    now: datetime,
    change: Change,
    skip: Callable[[Alert], bool] = lambda _: False,
) -> AlertEvent | None:
    """Lock the alert, take the transition, let `change` write its fields and give the event's detail."""
    require(actor, Permission.ACT)
    locked = Alert.objects.select_for_update(of=("self",), no_key=True).select_related("rule", "test")
    alert = _with_team(locked.get(pk=alert.pk, team=actor.team), actor)
    step = transition(alert.number, alert.state, action)
    if step.event is None or skip(alert):
        return None
    detail = change(alert)
    alert.state = step.to
    book = Book(actor, now)
    book.change(alert)
    book.record(alert, step.event, now, detail)
    return book.write()[0]


def _release(fingerprints: set[str]) -> None:
    Alert.objects.filter(fingerprint__in=fingerprints, still_violated=True).update(still_violated=False)


def _said_last(alert: Alert, actor: Actor, text: str) -> bool:
    newest = alert.events.order_by("-id").first()
    if newest is None or newest.type != EventType.NOTED:
        return False
    return (newest.actor_text, newest.detail.get("text")) == (actor.text[:200], text)


def _with_team(alert: Alert, actor: Actor) -> Alert:
    alert.team = actor.team
    return alert


def _checked_text(field: str, text: str, limit: int) -> str:
    text = text.strip()
    if len(text) > limit:
        raise ValidationError({field: [f"At most {limit} characters; this has {len(text)}."]})
    if any(ord(letter) < 32 and letter not in "\n\r\t" for letter in text):
        raise ValidationError({field: ["Control characters are not allowed."]})
    return text
