"""Creates, changes and archives tests; each change is audited, and followed by the alerts it touches."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify

from alerts import rebuilding, sql, watches
from alerts.models import ClearedReason, RuleState, RuleTest, Test
from alerts.models.test import MAX_INTERVAL, MIN_INTERVAL
from alerts.refusals import Refused
from alerts.services.rules.attaching import follow_labels
from alerts.services.words import Errors, Reader, flag, line, read_fields, whole
from alerts.watches import Watch
from teams import audit
from teams.access import Actor, Permission, require
from teams.errors import Conflict
from teams.models import Team
from teams.values import shown

MAX_LABELS = 50
MAX_LABEL_NAME = 100
MAX_LABEL_VALUE = 200
MAX_SLUG = 60
_SLUG = re.compile(r"[-a-zA-Z0-9_]+")


@transaction.atomic
def create_test(actor: Actor, fields: Mapping[str, Any], now: datetime) -> Test:
    """A test from the API's field names; `slug` may be left out. Rules whose selectors mean it watch it at once.

    A ValidationError names every field that is wrong.
    """
    require(actor, Permission.EDIT)
    sql.hold_rules(actor.team)
    values = _read(fields, {"name"})
    if Test.objects.of(actor.team).count() >= settings.BELLHOP_MAX_TESTS:
        raise ValidationError({"name": [f"A team has at most {settings.BELLHOP_MAX_TESTS} tests."]})
    slug = values.pop("slug", "")
    values["slug"] = _free_slug(actor.team, slug) if slug else slug_from(actor.team, values["name"])
    test = Test.objects.create(team=actor.team, created_at=now, **values)
    audit.record(actor, "test.created", test, audit.differences({}, as_fields(test)))
    follow_labels(actor, test, [], now)
    return test


@transaction.atomic
def update_test(actor: Actor, test: Test, fields: Mapping[str, Any], now: datetime) -> Test:
    """Change the fields that are named. Switching off clears the open alerts; a new interval is judged at once.

    With new labels, rules let go of it and take it up as their selectors say.
    """
    require(actor, Permission.EDIT)
    sql.hold_rules(actor.team)
    test = _locked(actor, test)
    before = as_fields(test)
    _refuse_new_slug(test, fields)
    for name, value in _read({name: value for name, value in fields.items() if name != "slug"}, set()).items():
        setattr(test, name, value)
    changes = audit.differences(before, as_fields(test))
    if changes:
        found = _watches_of(test)
        test.save()
        audit.record(actor, "test.changed", test, changes)
        if "labels" in changes:
            found = follow_labels(actor, test, found, now)
        _follow(actor, test, found, changes, now)
    return test


@transaction.atomic
def archive_test(actor: Actor, test: Test, now: datetime) -> None:
    """Take the test out of use: its alerts clear, rules let go of it, its slug is free. What it measured stays."""
    require(actor, Permission.EDIT)
    sql.hold_rules(actor.team)
    test = _locked(actor, test)
    rebuilding.retire(actor, _watches_of(test), ClearedReason.TEST_DETACHED, now, forget=True)
    RuleTest.objects.filter(test=test).delete()
    test.archived_at = now
    test.save(update_fields=["archived_at"])
    audit.record(actor, "test.archived", test)


def as_fields(test: Test) -> dict[str, Any]:
    """The test under the API's field names."""
    return {name: getattr(test, name) for name in READERS}


def slug_from(team: Team, name: str) -> str:
    """The slug that a new test of this name gets where none is asked for."""
    stem = slugify(name)[: MAX_SLUG - 5].strip("-_") or "test"
    taken = set(Test.objects.of(team).filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(slug for slug in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)


def _locked(actor: Actor, test: Test) -> Test:
    """The test as it is now; Conflict if it was deleted since it was read."""
    found = Test.objects.of(actor.team).select_for_update().filter(pk=test.pk).first()
    if found is None:
        raise Conflict("This test was deleted.")
    return found


def _follow(actor: Actor, test: Test, found: list[Watch], changes: Mapping[str, Any], now: datetime) -> None:
    if "enabled" in changes and not test.enabled:
        rebuilding.retire(actor, found, ClearedReason.TEST_DETACHED, now, forget=False)
    elif changes.keys() & {"enabled", "interval"}:
        judged = [watch for watch in found if watch.facts.enabled]
        rebuilding.rebuild(actor, judged, now, patience_anew="enabled" in changes)


def _watches_of(test: Test) -> list[Watch]:
    return watches.lock_all(RuleState.objects.filter(test=test))


def _read(fields: Mapping[str, Any], required: set[str]) -> dict[str, Any]:
    errors: Errors = {name: ["This field is required."] for name in required - fields.keys()}
    values = read_fields(fields, READERS, errors)
    if errors:
        raise ValidationError(errors)
    return values


def _read_slug(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_SLUG or (value and not _SLUG.fullmatch(value)):
        raise Refused(f"At most {MAX_SLUG} letters, digits, - and _ ; got {shown(value)}.")
    return value


def _read_labels(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or len(value) > MAX_LABELS:
        raise Refused(f"Must be an object of at most {MAX_LABELS} texts; got {shown(value)}.")
    for name, text in value.items():
        if not isinstance(name, str) or not 1 <= len(name) <= MAX_LABEL_NAME or not name.isprintable():
            raise Refused(f"A label's name has 1-{MAX_LABEL_NAME} printable characters; got {shown(name)}.")
        if not isinstance(text, str) or len(text) > MAX_LABEL_VALUE or not text.isprintable():
            raise Refused(
                f"The label {shown(name)} must be a text of at most {MAX_LABEL_VALUE} printable characters; "
                f"got {shown(text)}."
            )
    return dict(value)


READERS: dict[str, Reader] = {
    "slug": _read_slug,
    "name": line(100, required=True),
    "enabled": flag,
    "target": line(500),
    "interval": whole(MIN_INTERVAL, MAX_INTERVAL),
    "labels": _read_labels,
}


def _refuse_new_slug(test: Test, fields: Mapping[str, Any]) -> None:
    if fields.get("slug") not in (None, "", test.slug):
        raise ValidationError({"slug": [f"Cannot change from {shown(test.slug)}: links in sent messages carry it."]})


def _free_slug(team: Team, slug: str) -> str:
    if Test.objects.of(team).filter(slug=slug).exists():
        raise ValidationError({"slug": [f"The team has a test {shown(slug)} already."]})
    return slug
