"""Every admin page, walked link by link: no word of another team, no secret, no text of people where scripts read."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urldefrag, urljoin, urlsplit

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from alerts import lifecycle
from alerts.models import AlertRule, Test
from integrations.models import Integration
from teams.access import Actor
from teams.adminkit import site
from teams.models import Membership, Role, Team, User
from tests.admin.conftest import CANARY, World, rule_form

Enter = Callable[..., Client]
MOST_PAGES = 400
HOSTILE = """<script>alert(1)</script>'"><img src=x onerror=alert(2)>{{7*7}}${alert(3)}"""
# Attributes that scripts of the page evaluate or call.
EVALUATED = ("x-", "hx-", "@", ":", "on")


class Page(HTMLParser):
    """The links of a page, its script elements and the attributes that are evaluated."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.evaluated: list[str] = []
        self.inline_scripts: list[str] = []
        self.tags: list[str] = []
        self._in_script = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        known = dict(attrs)
        if tag == "a" and known.get("href"):
            self.links.append(str(known["href"]))
        self._in_script = tag == "script" and "src" not in known
        self.evaluated += [value or "" for name, value in attrs if name.startswith(EVALUATED)]

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.inline_scripts.append(data)


def crawl(client: Client, *start: str) -> dict[str, str]:
    """Address -> HTML of every admin page that can be reached by links."""
    waiting = list(start)
    found: dict[str, str] = {}
    filters: set[tuple[str, str]] = set()
    while waiting:
        url = waiting.pop()
        if url in found:
            continue
        assert len(found) < MOST_PAGES, "the crawl does not end"
        answer = client.get(url)
        found[url] = answer.content.decode() if answer.status_code == 200 else ""
        if answer.status_code == 302:
            waiting.append(urljoin(url, answer["Location"]))
        links = [urldefrag(urljoin(url, link)).url for link in Page(found[url]).links]
        waiting += [link for link in links if link not in found and is_new_ground(link, filters)]
    return found


def is_new_ground(link: str, filters: set[tuple[str, str]]) -> bool:
    """Each list plain and by one choice of each of its filters, in one order."""
    path, query = urlsplit(link).path, parse_qs(urlsplit(link).query)
    if not path.startswith("/admin/") or len(query) > 1 or query.keys() & {"o", "_changelist_filters"}:
        return False
    known = {(path, name) for name in query}
    is_new = not known or not known <= filters
    filters |= known
    return is_new


def entrances() -> list[str]:
    """The pages of every model, and addresses that no link leads to."""
    lists = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in site._registry]
    more = [
        "/admin/",
        "/admin/integrations/integration/configure/?_popup=1",
        "/admin/integrations/integration/add/?kind=slack&_popup=1",
        "/admin/integrations/integration/add/?kind=hipchat",
        "/admin/alerts/alertrule/ticks/?q=a",
        "/admin/alerts/alertrule/add/?_popup=1",
        "/admin/password_change/",
        "/admin/jsi18n/",
        "/admin/autocomplete/?app_label=alerts&model_name=alertrule&field_name=tests&term=",
        "/admin/autocomplete/?app_label=alerts&model_name=alertrule&field_name=integrations&term=",
        "/admin/autocomplete/?app_label=alerts&model_name=alert&field_name=rule&term=",
        "/admin/autocomplete/?app_label=deliveries&model_name=delivery&field_name=alert&term=",
    ]
    return [*lists, *(f"{url}?q=room" for url in lists), *(f"{url}add/" for url in lists), *more]


def invalid_posts(client: Client, world: World) -> list[str]:
    """What pages say to wrong input that names the other team's things."""
    foreign = world.theirs
    url = reverse("admin:alerts_alertrule_add")
    posts: list[tuple[str, dict[str, Any]]] = [
        (url, rule_form(name="", tests=[foreign.test.pk], integrations=[foreign.integration.pk])),
        (url, {}),
        ("/admin/alerts/test/add/", {"name": "", "slug": "a b"}),
        ("/admin/teams/apikey/add/", {"name": "", "role": "king"}),
        ("/admin/integrations/integration/add/?kind=slack", {"integration-kind": "slack", "_save": "1"}),
        (reverse("admin:alerts_alert_assign", args=[world.mine.alert.pk]), {"assign-to": foreign.user.pk}),
    ]
    return [client.post(url, data).content.decode() for url, data in posts]


def test_no_page_holds_a_word_of_another_team_or_a_secret(world: World, enter: Enter) -> None:
    client = enter(world.cast.owner)

    pages = crawl(client, *entrances())

    assert len(pages) > 60
    for url, html in pages.items():
        assert CANARY.lower() not in html.lower(), url
        for secret in (*world.mine.secrets, world.mine.integration.sealed):
            assert secret not in html, url
    for html in invalid_posts(client, world):
        assert CANARY.lower() not in html.lower()


def test_the_crawl_would_see_the_word(world: World, enter: Enter) -> None:
    client = enter(world.theirs.user)

    pages = [client.get(url).content.decode() for url in entrances()]

    assert sum(CANARY in html for html in pages) > 20


def test_names_of_people_are_text_and_nothing_else(world: World, enter: Enter) -> None:
    mine = world.mine
    Team.objects.filter(pk=mine.team.pk).update(name=HOSTILE)
    Test.objects.filter(pk=mine.test.pk).update(name=HOSTILE, target=HOSTILE, labels={HOSTILE: HOSTILE})
    AlertRule.objects.filter(pk=mine.rule.pk).update(name=HOSTILE, message=HOSTILE, recipients=[HOSTILE])
    Integration.objects.filter(pk=mine.integration.pk).update(name=HOSTILE, target=HOSTILE)
    User.objects.filter(pk=mine.user.pk).update(name=HOSTILE)
    mine.alert.refresh_from_db()
    lifecycle.note(Actor(mine.team, Role.ADMIN, User.objects.get(pk=mine.user.pk)), mine.alert, HOSTILE, timezone.now())

    pages = crawl(enter(User.objects.get(pk=mine.user.pk)), *entrances())

    assert sum("&lt;script&gt;alert(1)" in html for html in pages.values()) > 10
    for url, html in pages.items():
        if "/autocomplete/" in url:  # JSON, and said to be
            continue
        page = Page(html)
        assert "<script>alert(1)" not in html, url
        assert "<img src=x" not in html, url
        assert not page.inline_scripts, url
        assert not [value for value in page.evaluated if "alert(" in value or "7*7" in value], url


def test_links_lead_to_web_addresses_only(world: World, enter: Enter) -> None:
    for address in ("javascript:alert(1)", "data:text/html,hi", "//evil.example"):
        AlertRule.objects.filter(pk=world.mine.rule.pk).update(runbook=address)
        world.mine.alert.snapshot["runbook"] = address
        world.mine.alert.save(update_fields=["snapshot"])

        html = enter(world.cast.owner).get(f"/admin/alerts/alert/{world.mine.alert.pk}/change/").content.decode()

        assert f'href="{address}' not in html


def test_the_admin_has_its_own_content_policy_and_cannot_be_framed(world: World, enter: Enter) -> None:
    answer = enter(world.cast.owner).get("/admin/")

    policy = answer["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert "unsafe-eval" not in Client().get("/login/")["Content-Security-Policy"]


def test_pages_are_kept_by_no_cache(world: World, enter: Enter) -> None:
    answer = enter(world.cast.owner).get("/admin/integrations/integration/")

    assert "no-store" in answer["Cache-Control"]


def test_after_a_membership_ends_nothing_of_the_team_is_left(world: World, enter: Enter) -> None:
    client = enter(world.both, world.theirs.team)
    assert CANARY in client.get("/admin/").content.decode()
    Membership.objects.filter(user=world.both, team=world.theirs.team).delete()

    pages = {url: client.get(url).content.decode() for url in entrances()}

    assert not [url for url, html in pages.items() if CANARY in html]
