"""The state of the house is for operators: superusers see it, and nobody else learns that it is there."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deliveries.auditing import ledger
from deliveries.auditing.found import Found
from deliveries.models import FindingKind, Heartbeat
from teams.models import Timer, User
from tests.admin.conftest import CANARY, World
from tests.factories import UserFactory

Enter = Callable[..., Client]
PAGE = "/admin/house/"
TITLE = "State of the house"


@pytest.fixture
def operator(db: None) -> User:
    """A superuser who is in no team."""
    return UserFactory.create(email="operator@example.com", is_superuser=True)


@pytest.mark.parametrize("who", ["owner", "member", "viewer", "outsider"])
def test_people_of_teams_get_nothing(who: str, world: World, enter: Enter) -> None:
    client = enter(getattr(world.cast, who))

    for method in ("get", "post"):
        answer = getattr(client, method)(PAGE)
        assert answer.status_code == 403
        assert TITLE not in answer.content.decode()
    assert TITLE not in client.get("/admin/").content.decode()


def test_a_superuser_who_was_switched_off_gets_nothing(world: World, operator: User, enter: Enter) -> None:
    client = enter(operator)
    User.objects.filter(pk=operator.pk).update(is_active=False)

    assert client.get(PAGE).status_code == 302


def test_strangers_are_sent_to_the_login(db: None) -> None:
    assert "/login/" in Client().get(PAGE).headers["Location"]


def test_operators_find_it_from_the_front_page(world: World, operator: User, enter: Enter) -> None:
    for person, page in ((operator, "/admin/"), (operator, PAGE)):
        assert f'href="{PAGE}"' in enter(person).get(page).content.decode()


def test_the_page_says_what_is_wrong(world: World, operator: User, enter: Enter) -> None:
    now = timezone.now()
    ledger.write({FindingKind.OVERDUE: Found(3, 0, (7, 8, 9)), FindingKind.LEASE_AHEAD: Found(2, 2, (5,))}, now)
    Timer.objects.create(name="alerts.time", next_at=now - timedelta(minutes=2))

    html = enter(operator).get(PAGE).content.decode()

    assert "Something needs an operator" in html
    assert "No sender was seen for a minute." in html
    assert "Lanes that are due and that no sender takes: 3 (overdue: 7, 8, 9)" in html
    assert "Leases further ahead than any sender takes them" in html
    assert "120 s late" in html


def test_the_page_says_that_all_is_well_and_who_sends(operator: User, enter: Enter) -> None:
    now = timezone.now()
    ledger.end_turn(now)
    Heartbeat.objects.create(owner="post-7:1:2:3", role="sender", version="9.9", started_at=now, seen_at=now)

    html = enter(operator).get(PAGE).content.decode()

    assert "All is well" in html
    assert "post-7" in html
    assert "9.9" in html


def test_no_word_of_a_team_stands_on_it(world: World, operator: User, enter: Enter) -> None:
    """The frame around it names the team that a superuser looks at elsewhere in the admin."""
    _, what_waits, content = enter(operator).get(PAGE).content.decode().partition("What waits")

    assert what_waits
    assert CANARY.lower() not in content.lower()


def test_more_rows_cost_no_more_queries(operator: User, enter: Enter) -> None:
    client, now = enter(operator), timezone.now()
    few = _queries(client)

    for n, kind in enumerate(FindingKind):
        ledger.write({kind: Found(1, 0, (n,))}, now + timedelta(hours=n))
        Timer.objects.create(name=f"timer {n}", next_at=now)

    assert _queries(client) == few <= 25


def _queries(client: Client) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(PAGE).status_code == 200
    return len(asked)
