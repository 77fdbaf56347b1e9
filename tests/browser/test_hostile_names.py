"""Hostile text in every column, every page of the URL table in a real browser: no dialog, no report of the policy."""

import pytest
from django.test import Client

from teams.models import User
from tests.addresses import address, furnish
from tests.browser.chromium import settle
from tests.browser.conftest import Person
from tests.conftest import Cast
from tests.crowds import crowd
from tests.hostile import poison
from tests.test_every_page import html_of, pages

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Where a browser would run or follow something that is not ours.
TRAPS = """() => [...document.querySelectorAll(
    "img[src=x], a[href^='javascript' i], script:not([src], [type='application/json']), [onerror]"
  )].map((each) => each.outerHTML)"""


def test_hostile_names_run_nothing_on_any_page(cast: Cast, person: Person) -> None:
    world = furnish(cast.team, cast.owner, "mine", "mine")
    crowd(world, 4)
    poison(cast.team)
    owner = User.objects.get(pk=cast.owner.pk)
    client, page = Client(), person.page()
    client.force_login(owner)
    person.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": person.base}])
    shown = [path for path in (address(route, world)[0] for route in pages()) if html_of(client.get(path))]
    traps: list[str] = []

    for path in shown:
        page.goto(person.base + path)
        settle(page)
        dialogs = set(page.eval_on_selector_all("[data-dialog]", "all => all.map(each => each.dataset.dialog)"))
        for opened in dialogs if page.evaluate("!!window.htmx") else ():  # not in a part that is opened alone
            page.evaluate("(path) => htmx.ajax('GET', path, {target: '#dialog-body', swap: 'innerHTML'})", opened)
            settle(page)
        traps += [f"{path}: {each}" for each in page.evaluate(TRAPS)]

    assert len(shown) > 10
    assert traps == []
    assert [each for each in person.complaints if "Failed to load resource" not in each] == []
