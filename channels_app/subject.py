"""What a message is about, for kinds that hand alerts on to programs or keep their state elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """One value that was measured: of which metric, by which source."""

    metric: str
    source: str
    value: float


@dataclass(frozen=True, slots=True)
class Subject:
    """The alert that a message tells of. Every text in it is untrusted, but for `key`, the slugs and the addresses.

    `key` names the alert for ever and everywhere: host of the installation, team and number, at most 160 characters.
    `condition` is the rule's own in words, `readings` are the values behind what is told (worst sources first, at most
    50), `violating` of `heard` sources violated it. `url` is the page of the alert, `view_url` that of its data at the
    moment that is told. `test_slug` is empty where the alert is about no test. `silent`: it is open because no data
    comes, as far as the kind's spec asks for its company.
    """

    key: str
    number: int
    team: str
    team_slug: str
    rule: str
    rule_id: int
    started_at: datetime
    url: str
    view_url: str
    test: str = ""
    test_slug: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    condition: str = ""
    cleared_at: datetime | None = None
    cleared_reason: str = ""
    acknowledged_by: str = ""
    assigned_to: str = ""
    readings: tuple[Reading, ...] = ()
    violating: int | None = None
    heard: int | None = None
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """The graph of the alert's test around the moment that is told.

    `url` is a PNG that anyone who has the address may fetch for a while. `token` is what `doors.pictures` makes the
    same PNG of without a network, for kinds that put it into the message.
    """

    url: str
    token: str
    text: str
