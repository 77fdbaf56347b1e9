"""Tests are added, changed, switched and deleted on pages; what it does to alerts is said before and after."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from alerts.models import AlertRule, Test
from alerts.services import tests as services
from tests.alerts.factories import make_rule, make_test, open_alert
from tests.conftest import Cast

NEW = "/t/ops/tests/new/"
ONE = "/t/ops/tests/checkout/"
FILLED = {"name": "Checkout page", "slug": "", "target": "https://shop.example", "interval": "300", "labels": ""}
DEEDS = (NEW, f"{ONE}edit/", f"{ONE}enabled/", f"{ONE}delete/")


@pytest.fixture
def test(cast: Cast) -> Test:
    return make_test(cast.team, name="Checkout", labels={"env": "prod"})


@pytest.fixture
def browser(cast: Cast, client: Client) -> Client:
    client.force_login(cast.member)
    return client


def text_of(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return str(answer.content.decode())


def test_a_test_is_added_and_its_page_says_how_to_go_on(browser: Client) -> None:
    answer = browser.post(NEW, FILLED | {"labels": "env = prod\n\nteam=a=b"}, follow=True)

    made = Test.objects.get()
    assert (made.slug, made.interval, made.labels) == ("checkout-page", 300, {"env": "prod", "team": "a=b"})
    page = text_of(answer)
    assert answer.redirect_chain == [("/t/ops/views/checkout-page/", 302)]
    assert "“Checkout page” was added." in page
    assert '"test": "checkout-page"' in page
    assert "/t/ops/rules/new/?test=checkout-page" in page


def test_the_slug_is_suggested_from_the_name_and_may_be_chosen(browser: Client, test: Test) -> None:
    assert "<code>checkout-2</code>" in text_of(browser.get(NEW, {"name": "Checkout"}))

    browser.post(NEW, FILLED | {"slug": "shop_1"})

    assert Test.objects.filter(slug="shop_1").exists()


def test_a_rule_can_begin_with_the_test(browser: Client, cast: Cast, test: Test) -> None:
    make_test(cast.other_team, "secret")

    assert browser.get("/t/ops/rules/new/", {"test": "checkout"}).context["form"].chosen_tests == [test.pk]
    assert browser.get("/t/ops/rules/new/", {"test": "secret"}).context["form"].chosen_tests == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\x07b"}, "name"),
        ({"slug": "checkout"}, "slug"),
        ({"slug": "a b"}, "slug"),
        ({"target": "x" * 501}, "target"),
        ({"interval": "9"}, "interval"),
        ({"interval": "often"}, "interval"),
        ({"interval": "86401"}, "interval"),
        ({"labels": "env"}, "labels"),
        ({"labels": "a=1\na=2"}, "labels"),
        ({"labels": f"a={'x' * 201}"}, "labels"),
        ({"labels": "\n".join(f"a{n}=1" for n in range(51))}, "labels"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_stored(
    browser: Client, test: Test, wrong: dict[str, str], field: str
) -> None:
    answer = browser.post(NEW, FILLED | wrong)

    text_of(answer, 422)
    assert list(answer.context["form"].errors) == [field]
    assert answer.context["form"].fields[field].widget.attrs["autofocus"]
    assert Test.objects.count() == 1


def test_all_that_is_wrong_is_said_at_once(browser: Client, test: Test) -> None:
    form = browser.post(NEW, FILLED | {"name": "", "interval": "5", "labels": "env"}).context["form"]

    assert set(form.errors) == {"name", "interval", "labels"}


def test_a_team_has_as_many_tests_as_the_service_allows(browser: Client, test: Test, settings: Settings) -> None:
    settings.BELLHOP_MAX_TESTS = 1

    assert "at most 1 tests" in text_of(browser.post(NEW, FILLED), 422)


def test_a_change_is_stored_and_the_slug_stays(browser: Client, test: Test) -> None:
    assert "env=prod" in text_of(browser.get(f"{ONE}edit/"))

    answer = browser.post(f"{ONE}edit/", FILLED | {"slug": "other", "labels": "env=test"}, follow=True)

    test.refresh_from_db()
    assert (test.name, test.slug, test.enabled, test.labels) == ("Checkout page", "checkout", True, {"env": "test"})
    assert "“Checkout page” was saved." in text_of(answer)


def test_a_refused_change_stays_in_the_form(browser: Client, test: Test) -> None:
    answer = browser.post(f"{ONE}edit/", FILLED | {"name": "New name", "interval": "5"})

    page = text_of(answer, 422)
    assert 'value="New name"' in page
    assert "<h1>Edit Checkout</h1>" in page
    assert Test.objects.get().name == "Checkout"


def test_switching_off_says_what_will_clear_and_then_what_did(browser: Client, cast: Cast, test: Test) -> None:
    alert = open_alert(make_rule(cast.team, [test], name="Too slow"), test)

    asked = text_of(browser.get(f"{ONE}enabled/"))
    answer = browser.post(f"{ONE}enabled/", {"enabled": "0"}, follow=True)

    assert f"1 open alert will clear: #{alert.number}." in asked
    assert "1 rule watches it: “Too slow”." in asked
    assert f"“Checkout” is disabled. #{alert.number} cleared" in text_of(answer)
    assert not Test.objects.get().enabled
    browser.post(f"{ONE}enabled/", {"enabled": "1"})
    assert Test.objects.get().enabled


def test_deleting_says_which_alerts_clear_and_which_rules_let_go(browser: Client, cast: Cast, test: Test) -> None:
    other = make_test(cast.team, "search")
    alert = open_alert(make_rule(cast.team, [test], name="Alone"), test)
    make_rule(cast.team, [test, other], name="Both")

    asked = text_of(browser.get(f"{ONE}delete/"))
    answer = browser.post(f"{ONE}delete/", follow=True)

    assert f"1 open alert will clear: #{alert.number}." in asked
    assert "2 rules watch it: “Alone”, “Both”." in asked
    assert "Rules that watch nothing then: “Alone”." in asked
    assert f"“Checkout” was deleted. #{alert.number} cleared" in text_of(answer)
    assert list(Test.objects.of(cast.team)) == [other]
    assert list(AlertRule.objects.filter(tests=test)) == []
    assert browser.get(f"{ONE}edit/").status_code == 404
    assert "/edit/" not in text_of(browser.get("/t/ops/views/checkout/"))


def test_a_confirmation_asked_for_by_the_dialog_is_a_part(browser: Client, test: Test) -> None:
    part = text_of(browser.get(f"{ONE}delete/", headers={"HX-Request": "true"}))

    assert part.startswith('<h2 id="dialog-title"')
    assert "<html" not in part


def test_a_test_may_be_called_as_an_address_is(browser: Client, cast: Cast, member: Any) -> None:
    for word in ("new", "edit", "delete"):
        make_test(cast.team, word)
        assert text_of(browser.get(reverse("test_edit", args=["ops", word]))).count(f"<h1>Edit {word.title()}</h1>")
        assert text_of(browser.get(reverse("view", args=["ops", word]))).count(word.title())


def test_who_looked_at_a_test_that_is_gone_is_told(
    browser: Client, cast: Cast, test: Test, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.views.tests._own", lambda team, slug: test)
    Test.objects.update(archived_at=test.created_at)

    assert "This test was deleted." in text_of(browser.post(f"{ONE}edit/", FILLED), 409)


@pytest.mark.parametrize("address", DEEDS)
def test_a_viewer_may_not_and_an_outsider_finds_nothing(cast: Cast, client: Client, test: Test, address: str) -> None:
    before = services.as_fields(test)
    for person, status in ((cast.viewer, 403), (cast.outsider, 404)):
        client.force_login(person)
        assert client.get(address).status_code == status
        assert client.post(address, FILLED).status_code == status
    assert [services.as_fields(each) for each in Test.objects.all()] == [before]


def test_a_viewer_sees_no_controls(cast: Cast, client: Client, test: Test) -> None:
    client.force_login(cast.viewer)
    for page in ("/t/ops/views/", "/t/ops/views/checkout/"):
        assert "/tests/" not in text_of(client.get(page))


def test_it_is_said_which_rules_its_labels_bring(cast: Cast, browser: Client) -> None:
    make_rule(cast.team, [], name="Live ones", selector=["env=live"])
    typed = {"name": "Search", "slug": "search", "target": "", "interval": 60, "labels": "env=live"}

    added = browser.post("/t/ops/tests/new/", typed, follow=True)
    changed = browser.post("/t/ops/tests/search/edit/", {**typed, "labels": "env=test"}, follow=True)

    assert "“Search” was added. Its labels have it watched by “Live ones”." in added.content.decode()
    assert "“Search” was saved. No longer watched by “Live ones”." in changed.content.decode()
