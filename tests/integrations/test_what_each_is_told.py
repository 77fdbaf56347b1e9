"""What an integration is told, and how: said at every door, judged in one place, unusual things marked in lists."""

import re
from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from integrations import policies, services
from integrations.models import Integration, Telling
from integrations.models.telling import usually_told
from teams.access import Actor
from teams.models import AuditEntry
from tests.alerts.factories import make_rule
from tests.api.calls import ApiClient, key_of
from tests.conftest import Cast
from tests.integrations.browsing import BASE, IN_POPUP, enter, masked, slack
from tests.integrations.factories import make_integration

LIST = "/api/v1/integrations/"
USUAL: dict[str, Any] = {
    "used_by_default": False,
    "minimum_severity": "info",
    "events": ["triggered", "severity_changed", "reminded", "cleared"],
    "picture": False,
    "time_zone": "",
    "language": "en",
    "hears_changes": False,
}
OWN: dict[str, Any] = {
    "used_by_default": True,
    "minimum_severity": "major",
    "events": ["triggered", "acknowledged"],
    "picture": True,
    "time_zone": "Asia/Tokyo",
    "language": "ja",
    "hears_changes": True,
}
WORDS = [
    "told by every rule",
    "from major",
    "not: more severe, reminders, cleared",
    "also: acknowledged, or taken back",
    "graph image",
    "Asia/Tokyo",
    "日本語",
    "hears of changes",
]


def own(integration: Integration) -> dict[str, Any]:
    integration.refresh_from_db()
    return policies.facts(integration)


def typed(values: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """As the form posts it: a box that is not ticked is not there."""
    shown = {f"integration-{name}": "on" if value is True else value for name, value in values.items() if value}
    return slack(**{"integration-policies": "1", **shown, **fields})


def opened(html: str) -> list[str]:
    return re.findall(r'<details class="field" open>\s*<summary>([^<]+)', html)


def test_a_new_one_is_told_what_went_wrong_and_that_it_is_over(cast: Cast, member: Actor, now: datetime) -> None:
    room = make_integration(cast.team)

    assert own(room) == USUAL
    assert policies.in_words(room) == []
    created = AuditEntry.objects.get(action="integration.created").changes
    assert not set(created) & set(USUAL)


def test_every_change_is_in_the_audit_with_before_and_after(cast: Cast, member: Actor, now: datetime) -> None:
    room = services.update(member, make_integration(cast.team), **OWN, now=now)
    services.update(member, room, name="renamed", now=now)

    assert own(room) == OWN
    entry = AuditEntry.objects.filter(action="integration.changed").earliest("id")
    assert entry.changes == {name: [USUAL[name], OWN[name]] for name in OWN}
    again = services.create(
        member, kind="slack", name="x", config={"url": "https://x.example/y"}, now=now, events=[], language="de"
    )
    made = AuditEntry.objects.filter(action="integration.created", target_id=str(again.pk)).get().changes
    assert (made["events"], made["language"]) == ([None, []], [None, "de"])


def test_events_are_kept_in_one_order_and_once(cast: Cast, member: Actor, now: datetime) -> None:
    room = services.update(member, make_integration(cast.team), events=["cleared", "triggered", "cleared"], now=now)

    assert own(room)["events"] == ["triggered", "cleared"]
    assert policies.in_words(services.update(member, room, events=[], now=now)) == ["only escalations"]


@pytest.mark.parametrize(
    ("field", "wrong", "named"),
    [
        ("minimum_severity", "fatal", "info, minor, major, critical"),
        ("events", ["triggered", "sneezed"], "“sneezed”"),
        ("time_zone", "Mars/Olympus", "Europe/Berlin"),
        ("time_zone", "../etc/passwd", "Europe/Berlin"),
        ("language", "tlh", "en, de, fr, ja"),
    ],
)
def test_what_is_unknown_is_refused_at_its_field_everywhere(
    cast: Cast, member: Actor, now: datetime, field: str, wrong: Any, named: str
) -> None:
    room = make_integration(cast.team)
    url, given = masked(enter(cast.member), room, "url"), dict[str, Any]({field: wrong})
    with pytest.raises(ValidationError) as refused:
        services.update(member, room, **given, now=now)
    assert named in refused.value.message_dict[field][0]

    api = ApiClient(key_of(cast.team)).send("PATCH", f"{LIST}{room.pk}/", {field: wrong})
    assert api.status_code == 400
    assert list(api.json()["errors"]) == [field]

    page = enter(cast.member).post(f"{BASE}{room.pk}/", typed({**USUAL, field: wrong}, url=url, _save="1"))
    assert page.status_code == 422
    assert named in page.content.decode()
    assert len(opened(page.content.decode())) == 1
    assert own(room) == USUAL


def test_news_of_changes_go_nowhere_where_only_states_are_kept(cast: Cast, member: Actor, now: datetime) -> None:
    place = make_integration(cast.team, "pagerduty")

    with pytest.raises(ValidationError, match="keeps the state of alerts"):
        services.update(member, place, hears_changes=True, now=now)
    html = enter(cast.member).get(f"{BASE}{place.pk}/").content.decode()
    assert "integration-hears_changes" not in html
    assert "integration-used_by_default" in html


def test_the_api_says_and_takes_all_of_it(cast: Cast) -> None:
    api = ApiClient(key_of(cast.team))
    config = {"url": "https://hooks.slack.com/services/T/B/abc"}

    made = api.send("POST", LIST, {"kind": "slack", "name": "ops", "config": config}).json()
    assert {name: made[name] for name in USUAL} == USUAL
    changed = api.send("PATCH", f"{LIST}{made['id']}/", OWN).json()
    assert {name: changed[name] for name in OWN} == OWN
    kept = api.send("PATCH", f"{LIST}{made['id']}/", {"name": "renamed"}).json()
    assert {name: kept[name] for name in OWN} == OWN

    for name, wrong in {"events": None, "used_by_default": "yes", "picture": 1, "time_zone": None}.items():
        refused = api.send("PATCH", f"{LIST}{made['id']}/", {name: wrong})
        assert (refused.status_code, list(refused.json()["errors"])) == (400, [name])


@pytest.mark.parametrize("headers", [{}, IN_POPUP], ids=["page", "popup"])
def test_the_form_shows_and_saves_it(cast: Cast, headers: dict[str, str]) -> None:
    client = enter(cast.member)

    blank = client.get(f"{BASE}new/", {"kind": "slack"}, headers=headers).content.decode()
    assert opened(blank) == []
    client.post(f"{BASE}new/", typed(OWN, _save="1"), headers=headers)
    room = Integration.objects.get(team=cast.team)
    assert own(room) == OWN
    filled = client.get(f"{BASE}{room.pk}/", headers=headers)
    assert opened(filled.content.decode()) == ["What it is told", "How it is told"]

    url = masked(client, room, "url")
    client.post(f"{BASE}{room.pk}/", typed(USUAL, url=url, _save="1"), headers=headers)
    assert own(room) == USUAL
    client.post(f"{BASE}{room.pk}/", typed({**USUAL, "events": []}, url=url, _save="1"), headers=headers)
    assert own(room)["events"] == []
    html = client.get(f"{BASE}{room.pk}/", headers=headers).content.decode()
    assert opened(html) == ["What it is told"]


def test_a_page_without_these_fields_leaves_them_as_they_are(cast: Cast, member: Actor, now: datetime) -> None:
    room = services.update(member, make_integration(cast.team), **OWN, now=now)
    client = enter(cast.member)

    client.post(f"{BASE}{room.pk}/", slack(masked(client, room, "url"), "renamed", _save="1"))

    assert own(room) == OWN
    assert room.name == "renamed"


def test_the_administration_shows_and_saves_it_too(cast: Cast) -> None:
    room, client = make_integration(cast.team), enter(cast.member)
    address = f"/admin/integrations/integration/{room.pk}/change/"
    url = masked(client, room, "url")

    client.post(address, typed(OWN, url=url, _save="1"))

    assert own(room) == OWN
    html = client.get(address).content.decode()
    assert html.count("<details") == html.count("<details class") >= 2
    assert "; ".join(WORDS) in client.get("/admin/integrations/integration/").content.decode()


def test_the_form_says_how_many_rules_will_tell_it(cast: Cast) -> None:
    client = enter(cast.member)

    def said() -> str:
        return client.get(f"{BASE}new/", {"kind": "slack"}).content.decode()

    assert "unless they say “only these”" in said()
    for n in range(3):
        make_rule(cast.team, [], name=f"Rule {n}", only_these=n == 0)
    make_rule(cast.other_team, [], name="Theirs")

    assert "Also those that do not tick it: 2 rules now, and each new one; 1 says “only these”." in said()


def test_lists_mark_what_is_unusual(cast: Cast, member: Actor, now: datetime) -> None:
    room = services.update(member, make_integration(cast.team), **OWN, now=now)

    assert policies.in_words(room) == WORDS
    for person in (cast.member, cast.viewer):
        html = enter(person).get(BASE).content.decode()
        assert " · ".join(WORDS) in html
    assert "; ".join(WORDS) in enter(cast.viewer).get(f"{BASE}{room.pk}/").content.decode()


def test_who_may_not_edit_changes_nothing(cast: Cast, viewer: Actor, outsider: Actor, now: datetime) -> None:
    room = make_integration(cast.team)

    for stranger in (viewer, outsider):
        with pytest.raises(PermissionDenied):
            services.update(stranger, room, **OWN, now=now)
    assert enter(cast.viewer).post(f"{BASE}{room.pk}/", typed(OWN, _save="1")).status_code == 403
    assert own(room) == USUAL


def test_what_is_usual_is_one_of_what_can_be_told() -> None:
    assert set(usually_told()) < set(Telling.values)
