"""The fixed cast: two teams; an owner, a member and a viewer in the first, an outsider in the second."""

import gc
import os
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import override_settings
from django.utils import timezone
from hypothesis import settings as examples
from pytest_socket import socket_allow_hosts

from deliveries.auditing import clock
from deliveries.hearing import later
from teams import quotas
from teams.access import Actor, actor_for
from teams.allowances import CallLimit
from teams.api import throttling
from teams.models import Role, Team, User
from tests.factories import MembershipFactory, TeamFactory, UserFactory
from tests.patience import HEALTH, PATIENT

LOCAL = ["127.0.0.1", "::1", "localhost"]
# A busy machine makes no rule wrong.
examples.register_profile("bellhop", deadline=None, suppress_health_check=HEALTH)
examples.load_profile("bellhop")
DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "django_db_setup"}
NOW = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
FOR_ALL = {
    # The real hasher takes a third of a second for each person.
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    # Else every test client lists all static files anew, a tenth of a second each.
    "WHITENOISE_AUTOREFRESH": True,
    # Else the kind that uses Apprise is there and refuses everything.
    "BELLHOP_APPRISE_SCHEMAS": ["json", "jsons"],
}
GOING = ("clock_goes", "promise", "browser")  # markers of tests in which the wall clock goes on
GARBAGE_FROM = 20_000  # objects


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--at", help="the time at which all fast tests stand (else now)")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Some tests wait for servers that say nothing, so more of them run at once than there are processors."""
    return len(os.sched_getaffinity(0)) * 3 // 2


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks no database, so that one engine is enough for it."""
    for item in items:
        fixtures = DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", ()))
        if not fixtures and item.get_closest_marker("django_db") is None:
            item.add_marker(pytest.mark.no_database)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Do not look for garbage among what is being loaded to stay."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """Let the collector look at what tests leave behind, and not at all of the code again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_FROM)


@pytest.fixture(autouse=True)
def only_local_sockets() -> None:
    """No test reaches anything but this machine."""
    socket_allow_hosts(LOCAL, allow_unix_socket=True)


@pytest.fixture(autouse=True, scope="session")
def settings_of_all_tests() -> Iterator[None]:
    """What a test sets otherwise is back after it."""
    with override_settings(**FOR_ALL):
        yield


@pytest.fixture(autouse=True)
def nothing_reserved(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process reserved of a limit outlives a test's database, as does the time that it saw last."""
    monkeypatch.setattr(throttling, "LIMIT", CallLimit())
    monkeypatch.setattr(clock, "_own", clock.Clock())
    quotas.forget()


@pytest.fixture(autouse=True)
def mailed_by_the_end() -> Iterator[None]:
    """Mails leave beside the requests: the last ones of a test must not come to the next one's mailbox."""
    yield
    for thread in [each for each in threading.enumerate() if each.name.endswith("-mail")]:
        thread.join(PATIENT)


class AtOnce(Executor):
    """Does the work where it is asked for: threads would not see what a test wrote in its transaction."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        return later.done_at_once(fn, *args, **kwargs)


@pytest.fixture(autouse=True)
def heard_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What chats call for is done within the call."""
    monkeypatch.setattr(later, "workers", AtOnce())
    monkeypatch.setattr(later, "carriers", AtOnce())


@pytest.fixture(autouse=True)
def still(request: pytest.FixtureRequest) -> Iterator[datetime]:
    """The wall clock stands: no window of a limit ends between two calls, no minute between a call and its test."""
    given = request.config.getoption("at")
    at = datetime.fromisoformat(given) if given else timezone.now()
    if any(request.node.get_closest_marker(name) for name in GOING):
        yield at
        return
    with time_machine.travel(at, tick=False):
        yield at


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
