"""The Integrations page: every destination with its health and its rules; the same views serve page and popup."""

from datetime import timedelta
from html import escape

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from alerts.models import RuleIntegration
from channels_app import registry
from integrations.listing import PAGE
from integrations.models import Health, Integration
from tests.conftest import Cast
from tests.integrations.browsing import BASE, IN_POPUP, enter, masked, slack, tell
from tests.integrations.factories import make_integration
from tests.servers.http import Receiver


@pytest.fixture
def client(cast: Cast) -> Client:
    return enter(cast.member)


def copies(integration: Integration, count: int) -> None:
    """Many of them, quickly."""
    rows = [
        Integration(
            team=integration.team, kind="slack", name=f"room {n:04}", sealed="x", target=f"#room{n}", rate_key="x"
        )
        for n in range(count)
    ]
    Integration.objects.bulk_create(rows)
    found = Integration.objects.filter(health=None, builtin=False)
    Health.objects.bulk_create([Health(integration=each) for each in found])


def test_the_page_shows_each_with_its_health_and_help_for_each_type(client: Client, cast: Cast) -> None:
    room = make_integration(cast.team, name="ops room")
    tell(room, "Slow")
    Health.objects.filter(pk=room.pk).update(consecutive_failures=3, last_failure_words="invalid_token")

    html = client.get(BASE).content.decode()

    assert "Failed 3 times in a row: invalid_token" in html
    assert f'<a href="/t/ops/rules/?integration={room.pk}">1 rule</a>' in html
    for kind in registry.kinds():
        for step in kind.spec.setup:
            assert escape(step) in html


def test_the_page_of_one_tells_all_that_is_known_of_it(client: Client, cast: Cast) -> None:
    room, now = make_integration(cast.team, name="ops room"), timezone.now()
    rule = tell(room, "Slow")
    Health.objects.filter(pk=room.pk).update(
        last_success_at=now - timedelta(days=2),
        last_failure_at=now,
        last_failure_words="invalid_token",
        parked_at=now - timedelta(hours=3),
        parked_reason="bad_credentials",
        last_test_at=now,
        last_test_ok=False,
        last_test_words="invalid_token",
    )

    html = client.get(f"{BASE}{room.pk}/").content.decode()

    for words in ("Last success", "Last failure", "On hold since", "Make a new token", "Last test", "not accepted"):
        assert words in html
    assert f'<a href="/t/ops/rules/{rule.pk}/">Slow</a>' in html
    assert "tells nobody else" in html


def test_adding_editing_and_deleting_work_without_scripts(client: Client, cast: Cast) -> None:
    assert client.get(f"{BASE}new/").status_code == 200
    added = client.post(f"{BASE}new/?kind=slack", slack(_save="1"), follow=True)
    assert "ops room is saved." in added.content.decode()
    room = Integration.objects.get(team=cast.team)

    renamed = client.post(f"{BASE}{room.pk}/", slack(masked(client, room, "url"), "renamed", _save="1"), follow=True)
    assert renamed.redirect_chain == [(BASE, 302)]
    assert "renamed is saved." in renamed.content.decode()
    off = client.post(f"{BASE}{room.pk}/enabled/", {"enabled": "0"}, follow=True)
    assert "renamed is switched off: nothing is sent there." in off.content.decode()
    gone = client.post(f"{BASE}{room.pk}/delete/", follow=True)

    assert "renamed is deleted." in gone.content.decode()
    assert client.get(f"{BASE}{room.pk}/").status_code == 404


def test_testing_works_without_scripts(client: Client, cast: Cast, receiver: Receiver) -> None:
    room = make_integration(cast.team, name="ops room", config={"url": f"{receiver.url}/services/T/B/abc"})

    page = client.post(f"{BASE}{room.pk}/test/", follow=True).content.decode()

    assert "ops room: accepted, status 200. ok" in page
    assert len(receiver.received) == 1


def test_a_refused_form_is_a_page_with_its_errors(client: Client) -> None:
    response = client.post(f"{BASE}new/", slack(name="", _save="1"))

    assert response.status_code == 422
    assert "1 to 100 characters" in response.content.decode()
    assert "<html" in response.content.decode()


def test_a_viewer_reads_without_controls(cast: Cast) -> None:
    room, client = make_integration(cast.team, name="ops room"), enter(cast.viewer)
    tell(room, "Slow")

    shown = [client.get(BASE), client.get(f"{BASE}popup/", headers=IN_POPUP), client.get(f"{BASE}{room.pk}/")]

    for response in shown:
        html = response.content.decode().split("<main")[-1]
        assert "ops room" in html
        assert 'method="post"' not in html
        assert "secretslack" not in html
        assert "•" not in html
        assert "Add New Integration" not in html


def test_a_viewer_changes_nothing(cast: Cast, receiver: Receiver) -> None:
    room, client = make_integration(cast.team, name="ops room"), enter(cast.viewer)
    rule, one = tell(room, "Slow"), f"{BASE}{room.pk}/"
    before = Integration.objects.values().get(pk=room.pk)

    asked = [f"{BASE}new/", one, f"{one}test/", f"{one}enabled/", f"{one}delete/"]
    asked += [f"/t/ops/rules/{rule.pk}/unlink/", "/t/ops/rules/unlink/"]

    for address in asked:
        assert client.post(address, slack(_save="1", integration=room.pk)).status_code == 403
    assert Integration.objects.values().get(pk=room.pk) == before
    assert RuleIntegration.objects.count() == 1


def test_for_an_outsider_nothing_is_there(cast: Cast) -> None:
    room = make_integration(cast.team)
    client = enter(cast.outsider)

    for address in (BASE, f"{BASE}popup/", f"{BASE}new/", f"{BASE}{room.pk}/", f"/t/rivals/integrations/{room.pk}/"):
        assert client.get(address).status_code == 404


def test_unlinking_takes_it_off_one_rule_and_says_who_is_left_alone(client: Client, cast: Cast) -> None:
    room, other = make_integration(cast.team, name="ops room"), make_integration(cast.team, name="other")
    rule = tell(room, "Slow")
    rule.integration_links.create(team=cast.team, integration=other)
    lonely = tell(room, "Lonely")

    first = client.post(f"/t/ops/rules/{rule.pk}/unlink/", {"integration": room.pk}, follow=True)
    second = client.post(f"/t/ops/rules/{lonely.pk}/unlink/", {"integration": room.pk}, follow=True)

    assert "Slow does not tell ops room any more.</p>" in first.content.decode()
    assert list(rule.integrations.all()) == [other]
    assert "These rules now tell nobody: Lonely." in second.content.decode()


def test_unlinking_from_all_leaves_the_rules_with_their_others(client: Client, cast: Cast) -> None:
    room, other = make_integration(cast.team, name="ops room"), make_integration(cast.team, name="other")
    for name in ("One", "Two"):
        tell(room, name).integration_links.create(team=cast.team, integration=other)

    page = client.post("/t/ops/rules/unlink/", {"integration": room.pk}, follow=True).content.decode()

    assert "2 rules do not tell ops room any more." in page
    assert not room.rules.exists()
    assert other.rules.count() == 2


@pytest.mark.parametrize("posted", ["", "x", "99999999999999999999", "0"])
def test_unlinking_what_is_not_there_is_a_404(client: Client, cast: Cast, posted: str) -> None:
    rule = tell(make_integration(cast.team), "Slow")

    assert client.post(f"/t/ops/rules/{rule.pk}/unlink/", {"integration": posted}).status_code == 404
    assert rule.integrations.count() == 1


def test_another_teams_integration_is_not_unlinked(client: Client, cast: Cast) -> None:
    rule = tell(make_integration(cast.other_team), "Theirs")

    answer = client.post(f"/t/ops/rules/{rule.pk}/unlink/", {"integration": rule.integrations.get().pk})

    assert answer.status_code == 404
    assert rule.integrations.count() == 1


def test_search_finds_by_name_and_target(client: Client, cast: Cast) -> None:
    make_integration(cast.team, name="ops room")
    make_integration(cast.team, "hipchat", "other")

    by_name, by_target = (client.get(BASE, {"q": words}) for words in ("OPS r", "1147567"))

    assert [row.integration.name for row in by_name.context["found"].rows] == ["ops room"]
    assert [row.integration.name for row in by_target.context["found"].rows] == ["other"]
    assert "Nothing is called like" in client.get(BASE, {"q": "<none>"}).content.decode()


def test_pages_follow_one_another_and_lose_none(client: Client, cast: Cast) -> None:
    copies(make_integration(cast.team, name="room 0000"), PAGE + 5)

    first = client.get(BASE).context["found"]
    second = client.get(BASE, {"after": first.after}).context["found"]

    names = [row.integration.pk for row in (*first.rows, *second.rows)]
    assert len(names) == len(set(names)) == PAGE + 6
    assert second.after is None


def test_only_the_health_of_a_list_refreshes_by_itself(client: Client, cast: Cast) -> None:
    room = make_integration(cast.team)

    html = client.get(BASE).content.decode()

    assert f'hx-select-oob="#health-{room.pk}"' in html
    assert f'<span id="health-{room.pk}">' in html


def test_the_list_takes_the_same_queries_whatever_its_length(
    client: Client, cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    room = make_integration(cast.team)
    for n in range(5):
        tell(room, f"Rule {n}")
    copies(room, 40)

    for address in (BASE, f"{BASE}popup/"):
        with django_assert_max_num_queries(8):
            client.get(address, headers=IN_POPUP)
    with django_assert_max_num_queries(10):
        client.get(f"{BASE}{room.pk}/")
