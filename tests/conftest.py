"""The fixed cast: two teams; an owner, a member and a viewer in the first, an outsider in the second."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.utils import timezone
from pytest_django import Settings
from pytest_socket import socket_allow_hosts

from teams import quotas
from teams.access import Actor, actor_for
from teams.allowances import CallLimit
from teams.api import throttling
from teams.models import Role, Team, User
from tests.factories import MembershipFactory, TeamFactory, UserFactory

LOCAL = ["127.0.0.1", "::1", "localhost"]
NOW = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def only_local_sockets() -> None:
    """No test reaches anything but this machine."""
    socket_allow_hosts(LOCAL, allow_unix_socket=True)


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """The real hasher takes a third of a second for each person."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def static_files_on_demand(settings: Settings) -> None:
    """Else every test client lists all static files anew, a tenth of a second each."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def apprise_is_allowed(settings: Settings) -> None:
    """Else its kind is there and refuses everything."""
    settings.BELLHOP_APPRISE_SCHEMAS = ["json", "jsons"]


@pytest.fixture(autouse=True)
def nothing_reserved(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process reserved of a limit outlives a test's database."""
    monkeypatch.setattr(throttling, "LIMIT", CallLimit())
    quotas.forget()


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of calls stands, so that no limit's window ends between two of them."""
    at = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: at)


@dataclass(frozen=True)
class Cast:
    team: Team
    other_team: Team
    owner: User
    member: User
    viewer: User
    outsider: User


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def cast(db: None) -> Cast:
    team = TeamFactory.create(name="Ops", slug="ops")
    other = TeamFactory.create(name="Rivals", slug="rivals")
    people = {}
    for name, where, role in (
        ("owner", team, Role.ADMIN),
        ("member", team, Role.MEMBER),
        ("viewer", team, Role.VIEWER),
        ("outsider", other, Role.ADMIN),
    ):
        people[name] = UserFactory.create(email=f"{name}@example.com", name=name.capitalize())
        MembershipFactory.create(team=where, user=people[name], role=role)
    return Cast(team=team, other_team=other, **people)


@pytest.fixture
def member(cast: Cast) -> Actor:
    """The cast's member, who acts in the first team."""
    actor = actor_for(cast.member, cast.team)
    assert actor is not None
    return actor
