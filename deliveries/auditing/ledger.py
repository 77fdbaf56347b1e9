"""Writes down what was found: one row a kind for all time, one a kind and hour for the history."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from deliveries.auditing.found import NOTHING, Found
from deliveries.models import Finding, FindingHour, FindingKind, Watermark

KEPT = timedelta(days=30)
LAST = "auditing.turn"
COUNTS = ("found", "repaired", "open", "examples")


@transaction.atomic
def write(results: Mapping[FindingKind, Found], now: datetime) -> None:
    """Add what a turn found. What stays wrong from turn to turn is counted when it appears, not each turn again."""
    known = {row.kind: row for row in Finding.objects.select_for_update().order_by("kind")}
    changed: list[Finding] = []
    rises: dict[FindingKind, int] = {}
    for kind, found in results.items():
        row = known.get(kind) or Finding(kind=kind, first_at=now, last_at=now)
        if not found.found and not row.open:
            continue
        rises[kind] = found.repaired + max(0, found.open - row.open)
        changed.append(_updated(row, found, rises[kind], now))
    if changed:
        fields = [*COUNTS, "last_at"]
        Finding.objects.bulk_create(changed, update_conflicts=True, unique_fields=["kind"], update_fields=fields)
        _add_to_hour(results, rises, now)


def note(kind: FindingKind, found: int, now: datetime) -> None:
    """Count what another timer found and repaired."""
    if found:
        standing = Finding.objects.filter(pk=kind).values_list("open", flat=True).first() or 0
        write({kind: Found(found + standing, found)}, now)


def end_turn(now: datetime) -> None:
    """Remember that the auditor came to its end."""
    Watermark.objects.update_or_create(pk=LAST, defaults={"at": now})


def last_turn() -> datetime | None:
    """When it last did."""
    return Watermark.objects.filter(pk=LAST).values_list("at", flat=True).first()


def prune(now: datetime) -> None:
    FindingHour.objects.filter(hour__lt=now - KEPT).delete()


def _updated(row: Finding, found: Found, rise: int, now: datetime) -> Finding:
    row.found += rise
    row.repaired += found.repaired
    row.open = found.open
    if found.found:
        row.last_at = now
        row.examples = list(found.examples)
    return row


def _add_to_hour(results: Mapping[FindingKind, Found], rises: Mapping[FindingKind, int], now: datetime) -> None:
    hour = now.replace(minute=0, second=0, microsecond=0)
    known = {row.kind: row for row in FindingHour.objects.filter(hour=hour, kind__in=rises)}
    rows = []
    for kind, rise in rises.items():
        found = results.get(kind, NOTHING)
        row = known.get(kind) or FindingHour(kind=kind, hour=hour)
        row.found += rise
        row.repaired += found.repaired
        row.open = found.open
        row.examples = list(found.examples) or row.examples
        rows.append(row)
    unique = ["hour", "kind"]
    FindingHour.objects.bulk_create(rows, update_conflicts=True, unique_fields=unique, update_fields=list(COUNTS))
