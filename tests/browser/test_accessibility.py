"""axe-core finds nothing on any page: generated from the URL table, light and dark, on a wide screen and on a phone."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.test import Client
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from alerts.models import Alert
from config.public_urls import is_public
from deliveries.mail_actions import Asked, address_of
from teams.models import User
from tests.addresses import World, address, furnish
from tests.browser.chromium import settle
from tests.browser.conftest import Person
from tests.conftest import Cast
from tests.crowds import crowd
from tests.test_every_page import html_of, pages

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
# What only a whole page can have; parts are looked at inside one.
OF_WHOLE_PAGES = ["heading-order", "page-has-heading-one", "region"]
DESK, PHONE = ("light", 1440), ("dark", 390)
ALL_LOOKS = [DESK, ("dark", 1440), ("light", 390), PHONE]
RUN = """async ([within, tags, off]) => {
  const rules = Object.fromEntries(off.map((each) => [each, {enabled: false}]));
  const found = await axe.run(within, {runOnly: {type: "tag", values: tags}, rules, resultTypes: ["violations"]});
  return found.violations.flatMap((each) => each.nodes.map((node) =>
    `${each.id} at ${node.target.join(" ")}: ${node.html.slice(0, 160)}\\n    ${node.failureSummary}`));
}"""
SHOW_PART = "(path) => htmx.ajax('GET', path, {target: '#content', swap: 'innerHTML'})"
OPEN_ALL = """() => {
  for (const each of document.querySelectorAll("main details:not([open])")) each.open = true;
  for (const each of document.querySelectorAll("[role=tabpanel]")) each.hidden = false;
}"""


class Judge:
    """Goes to pages and gathers what axe-core has to say of them, with the address and the look."""

    def __init__(self, person: Person) -> None:
        if not AXE.exists():
            pytest.skip("ACCESSIBILITY IS NOT TESTED: axe-core is not installed (npm ci)")
        person.context.add_init_script(path=AXE)
        self.base, self.page = person.base, person.page()
        self.found: list[str] = []

    def whole(self, path: str, looks: list[tuple[str, int]]) -> None:
        """The page as it comes, and with all that unfolds unfolded."""
        self.goto(path)
        self.look(path, looks)
        self.page.evaluate(OPEN_ALL)
        self.settle()
        self.look(f"{path} unfolded", looks[:1])

    def part(self, path: str) -> None:
        """A part within a page."""
        self.page.evaluate(SHOW_PART, path)
        self.settle()
        self.look(path, [DESK, PHONE], "#content", OF_WHOLE_PAGES)

    def dialogs(self, path: str) -> None:
        """Each dialog that the page opens, once an address."""
        self.goto(path)
        for opened in set(self.page.eval_on_selector_all("[data-dialog]", "all => all.map(e => e.dataset.dialog)")):
            self.goto(path)
            self.page.locator(f'[data-dialog="{opened}"]').first.dispatch_event("click")
            self.page.locator("#dialog-title").wait_for()
            self.settle()
            self.look(f"{path} with {opened}", [DESK, PHONE], "dialog")

    def goto(self, path: str) -> None:
        self.page.goto(self.base + path)
        self.settle()

    def settle(self) -> None:
        settle(self.page)

    def look(self, name: str, looks: list[tuple[str, int]], within: str = "html", off: list[str] | None = None) -> None:
        for scheme, width in looks:
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            self.page.set_viewport_size({"width": width, "height": 900})
            said = self.page.evaluate(RUN, [within, TAGS, off or []])
            self.found += [f"{name} ({scheme}, {width} px): {each}" for each in said]


@pytest.fixture
def judge(person: Person) -> Iterator[Judge]:
    made = Judge(person)
    yield made
    # Refusals are pages to look at too; the browser reports their status.
    assert [each for each in person.complaints if "Failed to load resource" not in each] == []


def enter(person: Person, user: User) -> Client:
    """Logs the browser in, and a client that asks the same without it."""
    client = Client()
    client.force_login(user)
    value = client.cookies["sessionid"].value
    person.context.add_cookies([{"name": "sessionid", "value": value, "url": person.base}])
    return client


def sort_out(client: Client, world: World) -> tuple[list[str], list[str]]:
    """The addresses that answer with a whole page, and those that answer with a part of one."""
    shown = {path: html_of(client.get(path)) for path in (address(route, world)[0] for route in pages())}
    whole = [path for path, html in shown.items() if html.lstrip().lower().startswith("<!doctype")]
    return whole, [path for path, html in shown.items() if html.strip() and path not in whole]


def test_pages_with_a_few_things_are_accessible(cast: Cast, person: Person, judge: Judge) -> None:
    world = furnish(cast.team, cast.owner, "mine", "mine")
    crowd(world, 4)
    whole, parts = sort_out(enter(person, cast.owner), world)

    for path in whole:
        judge.whole(path, ALL_LOOKS)
    for path in (path for path in whole if "/t/" in path):
        judge.dialogs(path)
    judge.goto("/teams/")
    for path in parts:
        judge.part(path)

    assert not judge.found, "\n".join(judge.found)
    assert len(whole) > 7


def test_pages_with_nothing_on_them_are_accessible(cast: Cast, person: Person, judge: Judge) -> None:
    world = World(team=cast.team, objects={"team": cast.team})
    client = enter(person, cast.viewer)
    empty = [route for route in pages() if route.startswith("t/") and route.count("<") == 1]

    for path in (address(route, world)[0] for route in empty):
        if html_of(client.get(path)).lstrip().lower().startswith("<!doctype"):
            judge.whole(path, [DESK, PHONE])

    assert not judge.found, "\n".join(judge.found)


def test_pages_of_strangers_are_accessible(cast: Cast, judge: Judge) -> None:
    world = furnish(cast.team, cast.owner, "mine", "mine")
    whole, _ = sort_out(Client(), world)

    for path in (*whole, reset_link(cast.viewer)):
        judge.whole(path, ALL_LOOKS)
    judge.goto("/login/")
    judge.page.get_by_label("E-mail address").fill("nobody@example.com")
    judge.page.get_by_label("Password").fill("wrong")
    judge.page.keyboard.press("Enter")
    judge.page.get_by_text("is wrong").wait_for()
    judge.look("refused login", ALL_LOOKS)

    assert not judge.found, "\n".join(judge.found)
    assert len(whole) >= sum(is_public(route) for route in ("login/", "reset/"))


def test_pages_of_links_in_mails_are_accessible(cast: Cast, judge: Judge) -> None:
    alert = furnish(cast.team, cast.owner, "mine", "mine").objects["alert"]
    assert isinstance(alert, Alert)
    good = [mail_link(alert, cast.member, action, 7) for action in ("acknowledge", "assign", "close")]
    refused = [mail_link(alert, cast.viewer, "close", 7), mail_link(alert, cast.member, "close", -1)]

    for path in (*good, *refused):
        judge.whole(path, ALL_LOOKS)
    judge.goto(good[-1])
    judge.page.get_by_role("button", name="Close #1").click()
    judge.page.get_by_text("#1 is closed.").wait_for()
    judge.look("closed by mail", ALL_LOOKS)

    assert not judge.found, "\n".join(judge.found)


def mail_link(alert: Alert, user: User, action: str, days: int) -> str:
    until = timezone.now() + timedelta(days=days)
    return urlsplit(address_of(Asked(alert.team.slug, alert.number, user.email, action, until))).path


def reset_link(user: User) -> str:
    return f"/reset/{urlsafe_base64_encode(force_bytes(user.pk))}/{default_token_generator.make_token(user)}/"
