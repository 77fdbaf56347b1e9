"""Begins and ends mutes: times in which alerts are not told."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from alerts.models import AlertRule, Mute, Test
from alerts.sentences import scope_of
from alerts.services.words import Errors, Reader, paragraphs, read_fields, whole
from alerts.signals import quiet_changed
from teams import audit
from teams.access import Actor, Permission, require
from teams.values import shown

MOST_OPEN = 500
MAX_REASON = 500
MAX_MINUTES = 60 * 24 * 31


@transaction.atomic
def mute(actor: Actor, fields: Mapping[str, Any], now: datetime) -> Mute:
    """Begin a mute of a `rule`, of a `test` or, naming neither, of the whole team.

    `minutes` is its length, None until somebody ends it. A ValidationError names every field that is wrong.
    """
    require(actor, Permission.ACT)
    missing = "This field is required: a number of minutes, or null until somebody ends it."
    errors: Errors = {} if "minutes" in fields else {"minutes": [missing]}
    values = read_fields(fields, READERS, errors)
    rule, test = values.get("rule"), values.get("test")
    if rule is not None and test is not None:
        errors["test"] = ["Name a rule or a test, not both; naming neither mutes everything."]
    for name, found in (("rule", rule), ("test", test)):
        if found is not None and (found.team_id != actor.team.pk or found.archived_at):
            errors[name] = [f"There is no such {name} in this team."]
    if not errors and Mute.objects.filter(team=actor.team, ended_at=None).count() >= MOST_OPEN:
        errors["minutes"] = [f"A team has at most {MOST_OPEN} mutes at a time. End some of them first."]
    if errors:
        raise ValidationError(errors)
    return _begin(actor, rule, test, values.get("minutes"), values.get("reason", ""), now)


@transaction.atomic
def end_mute(actor: Actor, mute: Mute, now: datetime) -> Mute:
    """End a mute now; what it held back is told at once where it is still true. Twice changes nothing."""
    require(actor, Permission.ACT)
    found = Mute.objects.select_for_update(of=("self",)).get(pk=mute.pk, team=actor.team)
    if found.ended_at is None and not is_over(found, now):
        found.ended_at, found.ended_by_text = max(now, found.began_at), actor.text[:200]
        found.save(update_fields=["ended_at", "ended_by_text"])
        audit.record(actor, "mute.ended", found, {"of": [scope_of(found), None]})
        quiet_changed.send(sender="alerts.services.mutes", team=actor.team, now=now)
    return found


def is_over(mute: Mute, now: datetime) -> bool:
    """Whether it holds nothing back any more."""
    return mute.ended_at is not None or (mute.until is not None and mute.until <= now)


def _begin(
    actor: Actor, rule: AlertRule | None, test: Test | None, minutes: int | None, reason: str, now: datetime
) -> Mute:
    made = Mute.objects.create(
        team=actor.team,
        rule=rule,
        test=test,
        reason=reason,
        began_at=now,
        until=now + timedelta(minutes=minutes) if minutes else None,
        by=actor.user,
        by_text=actor.text[:200],
    )
    until = made.until.astimezone(timezone.get_current_timezone()).isoformat(timespec="minutes") if made.until else None
    audit.record(
        actor, "mute.began", made, audit.differences({}, {"of": scope_of(made), "until": until, "reason": reason})
    )
    return made


def _one(model: type[AlertRule] | type[Test]) -> Reader:
    def read(value: Any) -> Any:
        if value is None or isinstance(value, model):
            return value
        raise ValidationError(
            f"There is no {model.__name__.removeprefix('Alert').lower()} {shown(value)} in this team."
        )

    return read


READERS: dict[str, Reader] = {
    "rule": _one(AlertRule),
    "test": _one(Test),
    "minutes": whole(1, MAX_MINUTES, optional=True),
    "reason": paragraphs(MAX_REASON),
}
