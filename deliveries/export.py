"""One alert for a post-mortem: what happened, who did what, and who was told; as data or as Markdown."""

from datetime import UTC, datetime, tzinfo
from typing import Any

from django.utils import timezone

from alerts.api.serializers import AlertSerializer
from alerts.links import alert_link
from alerts.models import Alert
from alerts.sentences import CLEARED_WORDS, event_words, who_of
from deliveries.api.serializers import DeliverySerializer
from deliveries.entries import Entry, entry_of
from deliveries.markdown import bullets, document, heading, plain, table, when
from deliveries.models import Delivery
from deliveries.selectors import deliveries_of, with_attempts

JsonDict = dict[str, Any]


def as_data(alert: Alert, now: datetime) -> JsonDict:
    """The alert and its deliveries in the API's words, with the snapshot of its rule and the places by id."""
    deliveries = _deliveries(alert)
    places = {each.integration_id: each.integration for each in deliveries}
    with timezone.override(UTC):
        return {
            "exported_at": now,
            "team": alert.team.slug,
            "alert": {**AlertSerializer(alert).data, "snapshot": alert.snapshot},
            "integrations": [
                {"id": pk, "kind": place.kind, "name": place.name, "target": place.target}
                for pk, place in sorted(places.items())
            ],
            "deliveries": list(DeliverySerializer(deliveries, many=True).data),
        }


def as_markdown(alert: Alert, now: datetime, zone: tzinfo) -> str:
    """The same for people; times are in UTC and in `zone`."""
    entries = [entry_of(each, now, zone) for each in _deliveries(alert)]
    return document(
        [
            heading(1, f"Alert {alert}: {plain(alert.about)}"),
            bullets(_facts(alert, now, zone)),
            heading(2, "Timeline"),
            _timeline(alert, zone),
            heading(2, "Who was told, who was not, and why"),
            _told(entries, zone) or "Nobody was to be told.",
            heading(2, "Attempts"),
            _attempts(entries, zone) or "Nothing was tried.",
        ]
    )


def _deliveries(alert: Alert) -> list[Delivery]:
    return list(with_attempts(deliveries_of(alert.team).filter(alert=alert)).order_by("pk"))


def _facts(alert: Alert, now: datetime, zone: tzinfo) -> list[str]:
    why = CLEARED_WORDS.get(alert.cleared_reason, "")
    text = f": {plain(alert.cleared_text)}" if alert.cleared_text else ""
    still = ", still violated" if alert.still_violated else ""
    facts = {
        "State": f"{alert.state}{f', {why}' if why else ''}{text}{still}",
        "Severity": alert.severity,
        "Started": when(alert.started_at, zone),
        "Cleared": when(alert.cleared_at, zone),
        "Acknowledged by": plain(alert.acknowledged_by_text),
        "Assigned to": plain(alert.assigned_to or ""),
        "Rule": plain(alert.snapshot.get("text", "")),
        "Message": plain(alert.snapshot.get("message", "")),
        "Runbook": plain(alert.snapshot.get("runbook", "")),
        "Labels": ", ".join(f"{plain(name)} = {plain(value)}" for name, value in alert.labels.items()),
        "Address": f"<{alert_link(alert)}>",
        "Exported": when(now, zone),
    }
    return [f"**{name}:** {value}" for name, value in facts.items() if value]


def _timeline(alert: Alert, zone: tzinfo) -> str:
    rows = [[when(each.at, zone), plain(event_words(each)), plain(who_of(each))] for each in alert.events.all()]
    return table(["When", "What", "Who"], rows)


def _told(entries: list[Entry], zone: tzinfo) -> str:
    rows = [
        [
            when(each.delivery.recorded_at, zone),
            each.delivery.event.get_type_display(),
            plain(each.whom),
            each.delivery.state,
            plain(each.became) + (" In a digest, with others." if each.is_digested else ""),
        ]
        for each in entries
    ]
    return table(["Recorded", "Event", "To", "State", "What became of it"], rows) if rows else ""


def _attempts(entries: list[Entry], zone: tzinfo) -> str:
    rows = [
        [
            when(attempt.at, zone),
            plain(each.whom),
            attempt.get_outcome_display(),
            str(attempt.status or ""),
            plain(attempt.words),
        ]
        for each in entries
        for attempt in each.attempts
    ]
    return table(["When", "To", "Outcome", "Status", "Their words"], rows) if rows else ""
