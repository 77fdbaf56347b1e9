"""What an integration's page and popup say of two-way: who may act from there, the address of its own, what to do."""

import json
from collections.abc import Iterator
from html import escape, unescape
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from channels_app import registry
from channels_app.hearing import Trust
from integrations import hooks, services
from integrations.models import Integration
from integrations.two_way import OFF, SHARED, WHOSE, doubts_about
from teams.access import Actor
from teams.models import AuditEntry
from tests.conftest import Cast
from tests.integrations.browsing import BASE, IN_POPUP, enter
from tests.integrations.factories import HIPCHAT, SLACK_URL, make_integration
from tests.patience import PATIENT
from tests.servers.hipchat import NAME, TOKEN, HipChat

APP = {
    "bot_token": "xoxb-1-2-abcdefghijklmnop",
    "signing_secret": "0123456789abcdef0123456789abcdef",
    "channel": "#ops",
}
PAGER = {"routing_key": "R" * 32}
SIGNED = {**PAGER, "hook_secret": "a-signing-secret-of-pagerduty"}
JWT = {**HIPCHAT, "oauth_secret": "a-secret-of-an-add-on-of-hipchat"}
# kind, config, what is trusted then
CASES: list[tuple[str, dict[str, Any], Trust]] = [
    ("slack", {"url": SLACK_URL}, Trust.NOBODY),
    ("slack", APP, Trust.PEOPLE),
    ("hipchat", HIPCHAT, Trust.READING),
    ("hipchat", {**HIPCHAT, "actions": "acknowledge"}, Trust.ACKNOWLEDGING),
    ("hipchat", {**HIPCHAT, "actions": "allow"}, Trust.ANYONE),
    ("hipchat", JWT, Trust.PEOPLE),
    ("pagerduty", PAGER, Trust.NOBODY),
    ("pagerduty", SIGNED, Trust.SERVICE),
]


@pytest.fixture
def room(cast: Cast) -> Integration:
    return make_integration(cast.team, "hipchat", name="Operations")


@pytest.fixture
def hipchat(settings: Settings) -> Iterator[HipChat]:
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    settings.BELLHOP_CALL_SECONDS = PATIENT
    with HipChat() as running:
        yield running


def part(html: str) -> str:
    """The Two-way part, as a person reads it; empty where there is none."""
    found = html.partition('aria-labelledby="two-way-title"')[2]
    return unescape(found.partition("</section>")[0])


def shown(client: Client, integration: Integration, **headers: str) -> str:
    answer = client.get(f"{BASE}{integration.pk}/", headers=headers)
    return part(answer.content.decode())


@pytest.mark.parametrize("headers", [{}, IN_POPUP])
@pytest.mark.parametrize(("kind", "config", "trust"), CASES)
def test_it_says_on_whose_word_people_can_act(
    kind: str, config: dict[str, Any], trust: Trust, headers: dict[str, str], cast: Cast
) -> None:
    made, name = make_integration(cast.team, kind, config=config), registry.name_of(kind)

    said = shown(enter(cast.member), made, **headers)

    assert WHOSE[trust].format(kind=name) in said
    assert ('state-good"' in said) is made.two_way is (trust not in (Trust.NOBODY, Trust.READING))
    assert ("/t/ops/chat/" in said) is (trust is Trust.PEOPLE)
    hear = registry.kind(kind).hear
    assert hear is not None
    lacks = hear.lacks(registry.kind(kind).spec.settings(config))
    assert bool(lacks) is (trust in (Trust.NOBODY, Trust.READING))
    assert lacks in said


def test_every_kind_of_trust_has_its_sentence() -> None:
    assert set(WHOSE) == set(Trust)
    assert len(set(WHOSE.values())) == len(Trust)


def test_switched_off_it_hears_nothing_and_says_so(cast: Cast, member: Actor, room: Integration) -> None:
    client = enter(cast.member)
    before = shown(client, room)

    services.update(member, room, enabled=False, now=room.created_at)

    assert OFF not in before
    assert OFF in shown(client, room)


def test_a_kind_that_hears_nothing_has_no_such_part(cast: Cast) -> None:
    made = make_integration(cast.team, "webhook")

    assert 'id="two-way-title"' not in enter(cast.member).get(f"{BASE}{made.pk}/").content.decode()


@pytest.mark.parametrize(("kind", "said"), [("hipchat", True), ("pagerduty", True), ("slack", False), ("email", False)])
def test_a_form_for_a_new_one_says_when_its_address_is_there(kind: str, said: bool, cast: Cast) -> None:
    html = enter(cast.member).get(f"{BASE}new/?kind={kind}").content.decode()

    assert ("Save first: the page of the integration then shows the address" in html) is said


def test_once_it_is_saved_only_the_address_is_shown(cast: Cast, room: Integration) -> None:
    html = enter(cast.member).get(f"{BASE}{room.pk}/").content.decode()

    assert hooks.address_of(room) in html
    assert "Save first" not in html


def test_what_cannot_be_read_has_none_either(cast: Cast, room: Integration) -> None:
    Integration.objects.filter(pk=room.pk).update(sealed="broken")

    page = enter(cast.member).get(f"{BASE}{room.pk}/").content.decode()
    assert "cannot be read any more" in page
    assert part(page) == ""


@pytest.mark.parametrize("headers", [{}, IN_POPUP])
def test_its_address_is_there_to_be_copied_by_who_may_edit(
    cast: Cast, room: Integration, headers: dict[str, str]
) -> None:
    said = shown(enter(cast.member), room, **headers)

    assert f">{hooks.address_of(room)}</textarea>" in said
    assert 'data-copy="hook-address"' in said
    assert f"{BASE}{room.pk}/hook/register/" in said
    assert f"{BASE}{room.pk}/hook/change/" in said


def test_a_viewer_reads_who_may_act_and_no_address(cast: Cast, room: Integration) -> None:
    said = shown(enter(cast.viewer), room)

    assert WHOSE[Trust.READING] in said
    assert "/hooks/" not in said
    assert "<button" not in said
    assert "<details" not in said


def test_no_list_and_no_history_holds_an_address(cast: Cast, member: Actor, room: Integration) -> None:
    secret = hooks.secret_of(room)
    changed = hooks.secret_of(hooks.change_address(member, room))
    client = enter(cast.owner)

    pages = [BASE, f"{BASE}popup/", "/t/ops/team/history/", "/admin/integrations/integration/"]
    pages += ["/admin/integrations/integration/configure/", f"/admin/integrations/integration/{room.pk}/history/"]

    for address in pages:
        html = client.get(address, headers=IN_POPUP if "popup" in address else {}).content.decode()
        assert "Operations" in html
        assert secret not in html
        assert changed not in html


def test_changing_asks_first_then_gives_another_address(cast: Cast, room: Integration) -> None:
    client, before, address = enter(cast.member), hooks.secret_of(room), f"{BASE}{room.pk}/hook/change/"

    asked = client.get(address).content.decode()
    room.refresh_from_db()
    assert "The old address stops working at once" in asked
    assert hooks.secret_of(room) == before
    done = client.post(address, follow=True)

    room.refresh_from_db()
    html = done.content.decode()
    assert done.redirect_chain == [(f"{BASE}{room.pk}/", 302)]
    assert "Operations has another address. Enter it in HipChat" in html
    assert hooks.address_of(room) in html
    assert before not in html
    assert hooks.called("hipchat", before) is None
    assert hooks.called("hipchat", hooks.secret_of(room)) == room
    assert AuditEntry.objects.filter(action="integration.address_changed", target_id=str(room.pk)).count() == 1


def test_in_the_popup_it_happens_in_the_dialog(cast: Cast, room: Integration) -> None:
    answer = enter(cast.member).post(f"{BASE}{room.pk}/hook/change/", headers=IN_POPUP)

    room.refresh_from_db()
    assert answer.status_code == 200
    assert hooks.address_of(room) in part(answer.content.decode())
    assert "has another address" in json.loads(answer["HX-Trigger"])["notice"]["text"]
    assert "<html" not in answer.content.decode()


@pytest.mark.parametrize("headers", [{}, IN_POPUP])
def test_registering_says_what_the_room_answered(cast: Cast, hipchat: HipChat, headers: dict[str, str]) -> None:
    made = make_integration(cast.team, "hipchat", config={"server": hipchat.url, "room": NAME, "token": TOKEN})

    answer = enter(cast.member).post(f"{BASE}{made.pk}/hook/register/", headers=headers, follow=not headers)

    assert "HipChat took the webhook" in answer.headers.get("HX-Trigger", "") + answer.content.decode()
    assert [each["url"] for each in hipchat.room.webhooks.values()] == [hooks.address_of(made)]


def test_where_the_token_may_not_it_says_why_and_how_it_is_done_by_hand(cast: Cast, settings: Settings) -> None:
    settings.BELLHOP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with HipChat(scopes=frozenset(("send_notification",))) as hipchat:
        made = make_integration(cast.team, "hipchat", config={"server": hipchat.url, "room": NAME, "token": TOKEN})

        page = enter(cast.member).post(f"{BASE}{made.pk}/hook/register/", follow=True).content.decode()

    assert '<p class="notice error">' in page
    assert "set it up by hand" in page
    assert "room_message as event" in part(page)


def test_what_cannot_be_asked_or_has_no_address_is_refused_in_words(cast: Cast) -> None:
    app, pager = make_integration(cast.team, config=APP), make_integration(cast.team, "pagerduty")
    client = enter(cast.member)

    register = client.post(f"{BASE}{pager.pk}/hook/register/")
    change = client.post(f"{BASE}{app.pk}/hook/change/")

    assert (register.status_code, change.status_code) == (409, 409)
    assert "cannot be asked to call" in register.content.decode()
    assert SHARED in change.content.decode()
    app.refresh_from_db()
    assert app.hook_turn == 0


@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("outsider", 404)])
def test_who_may_not_edit_changes_and_registers_nothing(
    who: str, status: int, cast: Cast, room: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, tried = enter(getattr(cast, who)), list[object]()
    monkeypatch.setattr("integrations.views.hooks.enlist", lambda *args: tried.append(args))

    for tail in ("hook/change/", "hook/register/"):
        assert client.post(f"{BASE}{room.pk}/{tail}").status_code == status
        assert client.post(f"{BASE}{room.pk}/{tail}", headers=IN_POPUP).status_code == status

    room.refresh_from_db()
    assert (room.hook_turn, tried) == (0, [])


def test_registering_is_no_page_to_look_at(cast: Cast, room: Integration) -> None:
    assert enter(cast.member).get(f"{BASE}{room.pk}/hook/register/").status_code == 405


def test_shared_addresses_and_the_manifest_are_named(cast: Cast, settings: Settings) -> None:
    said = shown(enter(cast.member), make_integration(cast.team, config=APP))

    assert f"{settings.BELLHOP_BASE_URL}/hooks/slack/actions/" in said
    assert f"{settings.BELLHOP_BASE_URL}/hooks/slack/commands/" in said
    assert f'href="{BASE}app/slack/"' in said
    assert 'id="hook-address"' not in said


@pytest.mark.parametrize("who", ["owner", "member", "viewer"])
def test_the_manifest_is_there_to_be_pasted(who: str, cast: Cast, settings: Settings) -> None:
    settings.BELLHOP_BASE_URL = "https://alerts.acme.org"
    hear = registry.kind("slack").hear
    assert hear is not None
    assert hear.manifest is not None

    html = enter(getattr(cast, who)).get(f"{BASE}app/slack/").content.decode()

    pasted = unescape(html.partition("data-copied>")[2].partition("</textarea>")[0])
    assert json.loads(pasted) == hear.manifest("https://alerts.acme.org")
    assert "https://alerts.acme.org/hooks/slack/actions/" in pasted
    assert 'data-copy="manifest"' in html
    assert all(escape(step) in html for step in hear.setup)
    assert "can hardly call" not in html


def test_whoever_sets_one_up_finds_the_manifest(cast: Cast) -> None:
    client, link = enter(cast.member), f'href="{BASE}app/slack/"'

    assert link in client.get(BASE).content.decode()
    assert link in client.get(f"{BASE}new/?kind=slack").content.decode()
    assert link not in client.get(f"{BASE}new/?kind=hipchat").content.decode()


@pytest.mark.parametrize("kind", ["hipchat", "webhook", "nothing"])
def test_a_kind_without_a_manifest_has_no_such_page(kind: str, cast: Cast) -> None:
    assert enter(cast.owner).get(f"{BASE}app/{kind}/").status_code == 404


def test_for_an_outsider_the_page_is_not_there(cast: Cast) -> None:
    assert enter(cast.outsider).get(f"{BASE}app/slack/").status_code == 404


@pytest.mark.parametrize(
    ("address", "doubts"),
    [
        ("https://alerts.acme.org", 0),
        ("https://alerts.acme.org:8443/below", 0),
        ("https://93.184.216.34", 0),
        ("http://alerts.acme.org", 1),
        ("https://localhost", 1),
        ("https://127.0.0.1:8000", 1),
        ("https://[::1]", 1),
        ("https://10.1.2.3", 1),
        ("https://bellhop", 1),
        ("https://bellhop.local", 1),
        ("https://bellhop.corp.", 1),
        ("https://bellhop.home.arpa", 1),
        ("http://127.0.0.1:8000", 2),
    ],
)
def test_an_address_that_the_internet_can_hardly_call_is_named(
    address: str, doubts: int, cast: Cast, settings: Settings
) -> None:
    settings.BELLHOP_BASE_URL = address

    html = enter(cast.member).get(f"{BASE}app/slack/").content.decode()

    assert len(doubts_about(address)) == doubts
    assert ("can hardly call" in html) is bool(doubts)
    assert all(escape(doubt) in html for doubt in doubts_about(address))


@pytest.mark.parametrize(("who", "sees"), [("owner", True), ("member", True), ("viewer", False)])
def test_the_admin_shows_the_same(who: str, sees: bool, cast: Cast, room: Integration) -> None:
    html = enter(getattr(cast, who)).get(f"/admin/integrations/integration/{room.pk}/change/").content.decode()

    assert "Two-way: off" in html
    assert escape(WHOSE[Trust.READING]) in html
    assert (hooks.address_of(room) in html) is sees


def test_the_admin_changes_and_registers_by_post_alone(cast: Cast, hipchat: HipChat) -> None:
    config = {"server": hipchat.url, "room": NAME, "token": TOKEN}
    made, client = make_integration(cast.team, "hipchat", config=config), enter(cast.member)
    base = f"/admin/integrations/integration/{made.pk}/do"

    assert "stops working at once" in client.get(f"{base}/hook_change/").content.decode()
    client.get(f"{base}/hook_register/")
    made.refresh_from_db()
    assert (made.hook_turn, hipchat.room.webhooks) == (0, {})
    changed = client.post(f"{base}/hook_change/", follow=True)
    registered = client.post(f"{base}/hook_register/", follow=True)

    made.refresh_from_db()
    assert made.hook_turn == 1
    assert "has another address" in changed.content.decode()
    assert "HipChat took the webhook" in registered.content.decode()
    assert [each["url"] for each in hipchat.room.webhooks.values()] == [hooks.address_of(made)]
