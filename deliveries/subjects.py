"""The alert that a delivery tells of, for kinds that hand it on. Pure, but for the setting BELLHOP_BASE_URL."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from alerts.links import alert_address
from channels_app.subject import Reading, Subject
from deliveries.contents import Content
from deliveries.messages import evidence_of, link_time, story_of


def subject_of(content: Content) -> Subject:
    """The alert as it stands, with the values behind what is told."""
    snapshot, evidence = content.snapshot, evidence_of(story_of(content), content)
    return Subject(
        key=key_of(content),
        number=content.number,
        team=content.team_name,
        team_slug=content.team_slug,
        rule=str(snapshot.get("rule") or ""),
        rule_id=content.rule_id,
        started_at=content.started_at,
        url=alert_address(content.team_slug, content.number),
        view_url=content.link(link_time(content)),
        test=str(snapshot.get("test") or ""),
        test_slug=content.test_slug or "",
        labels={str(name): str(value) for name, value in content.labels.items()},
        condition=str(snapshot.get("text") or ""),
        cleared_at=content.cleared_at,
        cleared_reason=content.cleared_reason,
        acknowledged_by=content.acknowledged_by,
        assigned_to=content.assigned_name or content.assigned_email,
        readings=tuple(_readings(evidence)),
        violating=evidence.get("violating"),
        heard=evidence.get("heard"),
    )


def key_of(content: Content) -> str:
    """The alert's name for ever and everywhere."""
    return alert_key(settings.BELLHOP_BASE_URL, content.team_slug, content.number)


def alert_key(base_url: str, team_slug: str, number: int) -> str:
    """The same, of an installation at that address."""
    return f"{_installation(base_url)}/{team_slug}/{number}"


def _readings(evidence: dict[str, Any]) -> Iterator[Reading]:
    for source, values in (evidence.get("sources") or {}).items():
        yield from (Reading(metric, source, float(value)) for metric, value in values.items() if value is not None)


@lru_cache(maxsize=4)
def _installation(base_url: str) -> str:
    """The host that people know this Bellhop by, with its port where that is not the usual one."""
    return urlsplit(base_url).netloc[:80] or "bellhop"
