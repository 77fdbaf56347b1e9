"""One page over all my teams, and nobody else's."""

from typing import Any

import pytest
from django.test import Client

from channels_app.words import Severity
from teams.models import Role, Team, User
from tests.alerts.factories import make_rule, make_test, open_alert
from tests.conftest import Cast
from tests.factories import MembershipFactory, TeamFactory


@pytest.fixture
def second(cast: Cast) -> Team:
    team = TeamFactory.create(name="Web", slug="web")
    MembershipFactory.create(team=team, user=cast.member, role=Role.VIEWER)
    return team


@pytest.fixture(autouse=True)
def alerts(cast: Cast, second: Team) -> None:
    """A minor one of mine, a critical one of the team where I only read, and one of a team that is not mine."""
    for team, severity in ((cast.team, "minor"), (second, "critical"), (cast.other_team, "critical")):
        test = make_test(team, "checkout", name=f"Test of {team.slug}")
        open_alert(make_rule(team, [test], name=f"Rule of {team.slug}"), test, severity=Severity(severity))


def _page(client: Client, person: User, query: str = "") -> Any:
    client.force_login(person)
    answer = client.get(f"/alerts/{query}")
    assert answer.status_code == 200
    return answer


def test_the_most_severe_of_all_my_teams_come_first(cast: Cast, client: Client) -> None:
    answer = _page(client, cast.member)
    page = answer.content.decode()

    assert [row.alert.team.slug for row in answer.context["rows"]] == ["web", "ops"]
    assert 'href="/t/web/alerts/1/"' in page
    assert "rivals" not in page


def test_one_acts_where_one_may_by_the_teams_own_address(cast: Cast, client: Client) -> None:
    page = _page(client, cast.member).content.decode()

    assert 'action="/t/ops/alerts/act/"' in page
    assert 'form="act-ops"' in page
    assert 'form="act-web"' not in page


@pytest.mark.parametrize(
    ("query", "teams"),
    [
        ("?severity=minor", ["ops"]),
        ("?state=acknowledged", []),
        ("?who=mine", []),
        ("?who=nobody", ["web", "ops"]),
        ("?severity=x", ["web", "ops"]),
    ],
)
def test_it_narrows_like_the_teams_list(query: str, teams: list[str], cast: Cast, client: Client) -> None:
    assert [row.alert.team.slug for row in _page(client, cast.member, query).context["rows"]] == teams


def test_it_refreshes_where_something_changed(cast: Cast, client: Client) -> None:
    stamp = _page(client, cast.member).context["stamp"]
    assert client.get("/alerts/", {"stamp": "old"}, headers={"HX-Request": "true"}).status_code == 200
    same = client.get("/alerts/", {"stamp": stamp}, headers={"HX-Request": "true"})
    assert same.status_code in (204, 200)  # 200 where a minute began meanwhile
    assert same.headers["X-As-Of"]


def test_a_superuser_sees_their_own_teams_only(cast: Cast, client: Client) -> None:
    User.objects.filter(pk=cast.outsider.pk).update(is_superuser=True)
    rows = _page(client, cast.outsider).context["rows"]
    assert [row.alert.team.slug for row in rows] == ["rivals"]


def test_a_stranger_is_sent_to_the_login_and_the_lonely_told_so(client: Client, db: None) -> None:
    assert client.get("/alerts/").headers["Location"].startswith("/login/")
    lonely = User.objects.create_user("lonely@example.com", "correct horse battery")
    assert "You belong to no team yet." in _page(client, lonely).content.decode()


def test_more_teams_and_alerts_ask_no_more_questions(
    cast: Cast, client: Client, django_assert_max_num_queries: Any
) -> None:
    client.force_login(cast.member)
    for n in range(6):
        team = TeamFactory.create(name=f"T{n}", slug=f"t{n}")
        MembershipFactory.create(team=team, user=cast.member)
        test = make_test(team)
        open_alert(make_rule(team, [test]), test)
    with django_assert_max_num_queries(8):
        assert client.get("/alerts/").status_code == 200
