"""No admin address shows or changes what belongs to another team."""

from collections.abc import Callable

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from alerts.models import AlertRule
from teams.adminkit import site
from teams.models import Membership, Team, User
from tests.admin.conftest import CANARY, World, everything, names, registered, rule_form, with_team

Enter = Callable[..., Client]


def address(model: type[Model], page: str, pk: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=[pk])


def pages_of(model: type[Model]) -> list[str]:
    return ["change", "history", "delete", *site.get_model_admin(model).deeds]  # type: ignore[attr-defined]


@pytest.mark.parametrize("model", with_team(), ids=names(with_team()))
def test_another_teams_object_does_not_exist(model: type[Model], world: World, enter: Enter) -> None:
    client, foreign = enter(world.cast.owner), world.theirs.of(model)
    before = everything()

    for page in pages_of(model):
        for answer in (
            client.get(address(model, page, foreign.pk)),
            client.post(address(model, page, foreign.pk), {"post": "yes", "name": "Mine now", "_save": "1"}),
        ):
            # 403 where the page is closed to everybody in the team; then it says the same of any id.
            assert answer.status_code in (403, 404), (page, answer.status_code)
            assert CANARY not in answer.content.decode()

    assert everything() == before


@pytest.mark.parametrize("model", with_team(), ids=names(with_team()))
def test_the_own_object_is_shown(model: type[Model], world: World, enter: Enter) -> None:
    client = enter(world.cast.owner)

    answer = client.get(address(model, "change", world.mine.of(model).pk))

    assert answer.status_code == 200


def test_a_team_admin_cannot_touch_the_account_of_somebody_who_is_in_another_team_too(
    world: World, enter: Enter
) -> None:
    client = enter(world.cast.owner)
    before = everything()

    answers = [
        client.post(address(User, page, world.both.pk), {"name": "X", "is_active": "", "post": "yes"})
        for page in ("change", "history", "delete")
    ]
    answers.append(client.post(reverse("admin:teams_user_add"), {"email": "x@example.com"}))
    answers.append(client.get(reverse("admin:teams_user_changelist")))
    answers.append(client.get(address(User, "change", world.both.pk)))

    assert {answer.status_code for answer in answers} <= {403, 404}
    assert everything() == before


def test_generic_addresses_are_closed(world: World, enter: Enter) -> None:
    client = enter(world.cast.owner)

    for url in ("/admin/r/1/1/", "/admin/r/13/1/", "/admin/search/?s=a", "/admin/search/?s=a&extended=1"):
        assert client.get(url).status_code == 404, url


def test_autocomplete_offers_own_rows_only(world: World, enter: Enter) -> None:
    client = enter(world.cast.owner)
    query = {"app_label": "alerts", "model_name": "alertrule", "field_name": "tests", "term": ""}

    answer = client.get(reverse("admin:autocomplete"), query)

    assert [row["text"] for row in answer.json()["results"]] == ["Own test"]


def test_autocomplete_finds_no_accounts(world: World, enter: Enter) -> None:
    client = enter(world.cast.owner)

    for field, model in (("user", "membership"), ("maker", "apikey"), ("actor", "auditentry")):
        query = {"app_label": "teams", "model_name": model, "field_name": field, "term": ""}
        assert client.get(reverse("admin:autocomplete"), query).status_code == 403


def test_hidden_values_cannot_be_guessed_through_the_address(world: World, enter: Enter) -> None:
    client = enter(world.cast.owner)

    guesses = (
        "/admin/integrations/integration/?sealed__startswith=g",
        "/admin/teams/apikey/?digest__startswith=0",
        "/admin/deliveries/delivery/?integration__sealed__startswith=g",
        "/admin/teams/membership/?user__password__startswith=p",
        "/admin/alerts/alert/?rule__team__name__startswith=K",
    )

    for url in guesses:
        assert client.get(url).status_code in (302, 400), url


@pytest.mark.parametrize("model", registered(), ids=names(registered()))
def test_no_form_has_a_team_field(model: type[Model], world: World, enter: Enter) -> None:
    User.objects.filter(pk=world.cast.owner.pk).update(is_superuser=True)
    client = enter(world.cast.owner, world.mine.team)

    for url in (
        address(model, "change", world.mine.of(model).pk),
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add"),
    ):
        page = client.get(url)
        if page.status_code == 200 and page.context and "adminform" in page.context:
            assert "team" not in page.context["adminform"].form.fields


def test_a_posted_team_is_not_heard(world: World, enter: Enter) -> None:
    client = enter(world.cast.owner)

    client.post(reverse("admin:alerts_alertrule_add"), rule_form(team=world.theirs.team.pk, name="Whose"))

    assert AlertRule.objects.get(name="Whose").team == world.mine.team


def test_an_ended_membership_ends_the_view(world: World, enter: Enter) -> None:
    client = enter(world.both, world.theirs.team)
    assert CANARY in client.get("/admin/").content.decode()

    Membership.objects.filter(user=world.both, team=world.theirs.team).delete()

    page = client.get("/admin/alerts/alert/").content.decode()
    assert CANARY not in page
    assert "Own rule" in page


def test_switching_reaches_own_teams_only(world: World, enter: Enter) -> None:
    client = enter(world.cast.owner)

    assert client.post(reverse("admin:switch_team"), {"team": world.theirs.team.slug}).status_code == 404
    assert CANARY not in client.get("/admin/").content.decode()


def test_switching_needs_a_post(world: World, enter: Enter) -> None:
    client = enter(world.both, world.mine.team)

    assert client.get(reverse("admin:switch_team"), {"team": world.theirs.team.slug}).status_code == 405
    assert f"{CANARY} rule" not in client.get("/admin/alerts/alert/").content.decode()

    client.post(reverse("admin:switch_team"), {"team": world.theirs.team.slug})
    assert f"{CANARY} rule" in client.get("/admin/alerts/alert/").content.decode()


def test_a_form_opened_for_one_team_is_not_saved_into_another(world: World, enter: Enter) -> None:
    client = enter(world.both, world.mine.team)
    opened_for_theirs = rule_form(_team=world.theirs.team.slug)

    page = client.post(reverse("admin:alerts_alertrule_add"), opened_for_theirs)

    assert "opened for another team" in page.content.decode()
    assert not AlertRule.objects.filter(name="Slow").exists()


def test_whoever_is_in_no_team_is_told_so(enter: Enter, world: World) -> None:
    Membership.objects.filter(user=world.cast.viewer).delete()
    client = enter(world.cast.viewer)

    answer = client.get("/admin/", follow=True)

    assert answer.status_code == 403


def test_strangers_are_sent_to_the_login_page(db: None) -> None:
    answer = Client().get("/admin/alerts/alert/")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/?next=")


def test_a_superuser_is_at_home_in_every_team(world: World, enter: Enter) -> None:
    User.objects.filter(pk=world.cast.owner.pk).update(is_superuser=True)
    client = enter(world.cast.owner, world.theirs.team)

    assert CANARY in client.get("/admin/alerts/alert/").content.decode()
    assert client.get(reverse("admin:teams_user_changelist")).status_code == 200


def test_a_team_has_one_settings_page(world: World, enter: Enter) -> None:
    client = enter(world.cast.owner)

    answer = client.post(address(Team, "change", world.mine.team.pk), {"name": "Operations", "announce_minutes": 30})

    assert answer.status_code == 302
    world.mine.team.refresh_from_db()
    assert (world.mine.team.name, world.mine.team.announce_minutes) == ("Operations", 30)
