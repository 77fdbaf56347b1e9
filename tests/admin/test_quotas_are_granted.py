"""Superusers, and nobody else, grant a team other quotas; the team finds it in its audit and on its page."""

import pytest
from django.test import Client
from django.utils import timezone

from teams import quotas
from teams.models import AuditEntry, DayUsage, Team, User
from tests.conftest import Cast

PATH = "/admin/teams/grant/"
GRANTED = {"measurements_per_minute": "120", "measurements_per_day": "", "stored_measurements": "", "open_alerts": "9"}


@pytest.fixture
def operator(cast: Cast, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root@example.com", "correct horse battery"))
    return client


def test_a_superuser_grants_and_takes_back(operator: Client, cast: Cast) -> None:
    answer = operator.post(f"{PATH}{cast.team.pk}/change/", {**GRANTED, "name": "Hijacked"})

    team = Team.objects.get(pk=cast.team.pk)
    assert answer.status_code == 302
    assert (team.measurements_per_minute, team.measurements_per_day, team.open_alerts) == (120, None, 9)
    assert team.name == "Ops"
    entry = AuditEntry.objects.get(action="team.granted")
    assert (entry.team, entry.changes["open_alerts"]) == (team, [None, 9])
    operator.post(f"{PATH}{cast.team.pk}/change/", dict.fromkeys(GRANTED, ""))
    assert quotas.of(Team.objects.get(pk=cast.team.pk)) == quotas.of(cast.other_team)


def test_the_list_shows_all_teams_and_what_they_store(operator: Client, cast: Cast) -> None:
    DayUsage.objects.create(team=cast.team, day=timezone.now().date(), measurements=123_456)

    page = operator.get(PATH).content.decode()

    assert "123,456" in page
    assert "Rivals" in page
    assert "as for every team" in page


def test_an_empty_field_says_what_it_grants(operator: Client, cast: Cast) -> None:
    page = operator.get(f"{PATH}{cast.team.pk}/change/").content.decode()

    assert "Empty: 1,500,000, as for every team." in page
    assert "Empty: 50,000, as for every team." in page


@pytest.mark.parametrize("who", ["owner", "member", "outsider"])
def test_nobody_else_sees_or_grants(cast: Cast, client: Client, who: str) -> None:
    client.force_login(getattr(cast, who))

    answers = [client.get(PATH), client.post(f"{PATH}{cast.team.pk}/change/", GRANTED)]

    assert {answer.status_code for answer in answers} <= {302, 403, 404}
    assert Team.objects.get(pk=cast.team.pk).open_alerts is None


def test_a_page_of_the_team_says_what_is_used_and_refused(cast: Cast, client: Client) -> None:
    quotas.forget()
    DayUsage.objects.create(team=cast.team, day=timezone.now().date(), measurements=1200, refused=340)
    client.force_login(cast.viewer)

    page = client.get("/t/ops/team/usage/").content.decode()

    assert "about 1,200 of 1,000,000,000, and at most 1,500,000 a minute" in page
    assert "340 measurements were refused today" in page
    assert "about 1,200 of 2,000,000,000 measurements, 140.6\xa0KB" in page
    assert "Stored: about 1,200 of 2,000,000,000 measurements" in page
