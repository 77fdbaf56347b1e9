"""One's own profile: name, time zone, theme, password, teams; and the time zone in which pages speak."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from teams import services
from teams.access import Actor
from teams.models import ApiKey, AuditEntry, Membership, Role, User
from teams.readers import ReaderZone
from tests.conftest import Cast
from tests.factories import MembershipFactory, TeamFactory

PASSWORD = "correct horse battery"
FRESH = {"current": PASSWORD, "password": "a fresh long one", "again": "a fresh long one"}
PROFILE = {"name": "Mem", "time_zone": "Europe/Berlin", "theme": "dark"}


@pytest.fixture
def me(cast: Cast, client: Client) -> Client:
    client.force_login(cast.member)
    return client


def test_the_profile_is_changed_and_the_page_follows(cast: Cast, me: Client) -> None:
    page = me.post("/me/", PROFILE, follow=True).content.decode()

    cast.member.refresh_from_db()
    assert (cast.member.name, cast.member.time_zone, cast.member.theme) == ("Mem", "Europe/Berlin", "dark")
    assert 'data-theme="dark"' in page
    assert AuditEntry.objects.get(team=cast.team).changes == {"name": ["Member", "Mem"]}


@pytest.mark.parametrize(("field", "typed"), [("time_zone", "Mars/Base"), ("theme", "neon"), ("name", " \x07 ")])
def test_what_is_refused_is_said_at_its_field_and_nothing_is_stored(
    cast: Cast, me: Client, field: str, typed: str
) -> None:
    answer = me.post("/me/", {**PROFILE, field: typed})

    assert answer.status_code == 422
    assert answer.context["profile"].errors[field]
    before = cast.member.name
    cast.member.refresh_from_db()
    assert (cast.member.name, cast.member.time_zone) == (before, "")


def test_the_browsers_zone_is_the_default_and_is_named(me: Client) -> None:
    me.cookies["zone"] = "Europe%2FBerlin"

    assert "As this browser says (Europe/Berlin)" in me.get("/me/").content.decode()


def test_the_theme_is_changed_in_the_menu_and_one_stays_where_one_is(cast: Cast, me: Client) -> None:
    assert me.post("/me/theme/", {"theme": "light", "next": "/t/ops/team/"})["Location"] == "/t/ops/team/"
    assert User.objects.get(pk=cast.member.pk).theme == "light"
    for elsewhere in ("//evil.example", "nowhere", "logout", "/\\evil.example", "http://["):
        assert me.post("/me/theme/", {"theme": "", "next": elsewhere})["Location"] == "/me/"
    assert User.objects.get(pk=cast.member.pk).theme == ""
    me.post("/me/theme/", {"theme": "neon"})
    assert User.objects.get(pk=cast.member.pk).theme == ""


def test_a_new_password_ends_all_sessions_but_this_one(cast: Cast, me: Client) -> None:
    elsewhere = Client()
    elsewhere.force_login(cast.member)

    answer = me.post("/me/password/", FRESH)

    assert answer["Location"] == "/me/"
    assert me.get("/me/").status_code == 200
    assert elsewhere.get("/me/")["Location"].startswith("/login/")
    assert User.objects.get(pk=cast.member.pk).check_password("a fresh long one")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"current": "wrong"}, "current"),
        ({"password": "short", "again": "short"}, "password"),
        ({"again": "x"}, "again"),
    ],
)
def test_a_refused_password_changes_nothing(cast: Cast, me: Client, typed: dict[str, str], field: str) -> None:
    answer = me.post("/me/password/", {**FRESH, **typed})

    assert answer.status_code == 422
    assert answer.context["password"].errors[field]
    assert "a fresh long one" not in answer.content.decode()
    assert User.objects.get(pk=cast.member.pk).check_password(PASSWORD)


def test_the_current_password_is_not_guessed_without_end(cast: Cast, me: Client) -> None:
    answers = [me.post("/me/password/", {**FRESH, "current": "wrong"}).status_code for _ in range(11)]

    assert answers == [422] * 10 + [429]
    assert me.post("/me/password/", FRESH).status_code == 429


def test_leaving_a_team_takes_keys_along_and_keeps_the_session(cast: Cast, me: Client) -> None:
    Membership.objects.filter(user=cast.member).update(role=Role.ADMIN)
    actor = Actor(team=cast.team, role=Role.ADMIN, user=cast.member)
    services.create_api_key(actor, cast.team, "mine", "member", None, timezone.now())
    assert "can no longer see" in me.get("/me/teams/ops/leave/").content.decode()

    assert me.post("/me/teams/ops/leave/")["Location"] == "/me/"

    assert me.get("/me/").status_code == 200
    assert me.get("/t/ops/team/").status_code == 404
    assert ApiKey.objects.get().revoked_at is not None
    assert AuditEntry.objects.filter(action="membership.left", actor=cast.member).exists()


def test_my_teams_are_listed_with_my_roles_at_a_constant_cost(
    cast: Cast, me: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(40):
        MembershipFactory.create(team=TeamFactory.create(name=f"Squad {n:02}"), user=cast.member, role=Role.VIEWER)

    with django_assert_max_num_queries(5):
        page = me.get("/teams/").content.decode()
    with django_assert_max_num_queries(5):
        me.get("/me/")

    main = page[page.index("<main") :]
    assert len(re.findall(r'href="/t/', main)) == 41
    assert "viewer" in main
    assert "Rivals" not in page
    found = me.get("/teams/", {"q": "squad 07"}).content.decode()
    assert re.findall(r"Squad \d\d", found[found.index("<main") :]) == ["Squad 07"]


def test_the_teams_menu_marks_where_one_is(cast: Cast, me: Client) -> None:
    MembershipFactory.create(team=TeamFactory.create(name="Second", slug="second"), user=cast.member)

    page = me.get("/t/second/team/").content.decode()

    assert re.search(r'href="/t/second/" aria-current="true"', page)
    assert not re.search(r'href="/t/ops/" aria-current', page)


def shown(rf: Any, at: datetime, chosen: str = "", cookie: str = "", path: str = "/") -> str:
    request = rf.get(path)
    request.user = User(time_zone=chosen)
    request.COOKIES["zone"] = cookie
    said: list[str] = []

    def view(_: Any) -> Any:
        said.append(Template("{% load bellhop %}{% moment at 'Y-m-d H:i' %} {% zone %}").render(Context({"at": at})))

    ReaderZone(view)(request)
    return re.sub(r"<[^>]+>", "", said[0])


WINTER, SUMMER = datetime(2026, 1, 5, 12, tzinfo=UTC), datetime(2026, 7, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "chosen", "cookie", "said"),
    [
        (WINTER, "Europe/Berlin", "Asia%2FTokyo", "2026-01-05 13:00 Europe/Berlin"),
        (SUMMER, "Europe/Berlin", "", "2026-07-05 14:00 Europe/Berlin"),
        (SUMMER, "", "Asia%2FTokyo", "2026-07-05 21:00 Asia/Tokyo"),
        (SUMMER, "", "Asia/Tokyo", "2026-07-05 21:00 Asia/Tokyo"),
        (SUMMER, "Gone/Zone", "Asia/Tokyo", "2026-07-05 21:00 Asia/Tokyo"),
        (SUMMER, "", "../../etc/passwd", "2026-07-05 12:00 UTC"),
        (SUMMER, "", "%ff%00", "2026-07-05 12:00 UTC"),
        (SUMMER, "", "", "2026-07-05 12:00 UTC"),
        # The clocks go back on 25 October 2026 at 01:00 UTC: the same wall time twice, an hour apart.
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Europe/Berlin", "", "2026-10-25 02:30 Europe/Berlin"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Europe/Berlin", "", "2026-10-25 02:30 Europe/Berlin"),
        # They go forward on 29 March at 01:00 UTC.
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "Europe/Berlin", "", "2026-03-29 03:30 Europe/Berlin"),
    ],
)
def test_times_are_in_the_chosen_zone_else_the_browsers_else_utc(
    rf: Any, at: datetime, chosen: str, cookie: str, said: str
) -> None:
    assert shown(rf, at, chosen, cookie) == said
    assert timezone.get_current_timezone_name() == "UTC"


def test_the_administration_speaks_utc(rf: Any) -> None:
    assert shown(rf, SUMMER, "Asia/Tokyo", path="/admin/teams/apikey/").endswith("12:00 UTC")
