"""Who may do what in the admin is asked of the team that is looked at, whatever the person is elsewhere."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from teams.adminkit import site
from teams.models import Role, User
from tests.admin.conftest import World, everything, rule_form
from tests.factories import MembershipFactory, UserFactory

Enter = Callable[..., Client]

# Page, what is posted, and the least role that may.
WRITES: list[tuple[str, Callable[[World], tuple[str, dict[str, Any]]], Role]] = [
    ("add rule", lambda w: (reverse("admin:alerts_alertrule_add"), rule_form()), Role.MEMBER),
    (
        "change rule",
        lambda w: (reverse("admin:alerts_alertrule_change", args=[w.theirs.rule.pk]), rule_form()),
        Role.MEMBER,
    ),
    ("delete rule", lambda w: (reverse("admin:alerts_alertrule_delete", args=[w.theirs.rule.pk]), {}), Role.MEMBER),
    ("add test", lambda w: (reverse("admin:alerts_test_add"), {"name": "New", "interval": 60}), Role.MEMBER),
    ("delete test", lambda w: (reverse("admin:alerts_test_delete", args=[w.theirs.test.pk]), {}), Role.MEMBER),
    (
        "add integration",
        lambda w: (
            reverse("admin:integrations_integration_add"),
            {
                "integration-kind": "slack",
                "integration-name": "n",
                "integration-enabled": "on",
                "url": "https://hooks.slack.com/services/T1/B1/abc",
                "_save": "1",
            },
        ),
        Role.MEMBER,
    ),
    (
        "change integration",
        lambda w: (
            reverse("admin:integrations_integration_change", args=[w.theirs.integration.pk]),
            {"integration-name": "renamed", "url": "https://hooks.slack.com/services/T1/B1/abc", "_save": "1"},
        ),
        Role.MEMBER,
    ),
    (
        "remove integration",
        lambda w: (reverse("admin:integrations_integration_delete", args=[w.theirs.integration.pk]), {}),
        Role.MEMBER,
    ),
    ("acknowledge", lambda w: (reverse("admin:alerts_alert_acknowledge", args=[w.theirs.alert.pk]), {}), Role.MEMBER),
    (
        "close",
        lambda w: (reverse("admin:alerts_alert_close", args=[w.theirs.alert.pk]), {"close-reason": "x"}),
        Role.MEMBER,
    ),
    (
        "change team",
        lambda w: (
            reverse("admin:teams_team_change", args=[w.theirs.team.pk]),
            {"name": "N", "announce_minutes": 5},
        ),
        Role.ADMIN,
    ),
    (
        "change role",
        lambda w: (
            reverse("admin:teams_membership_change", args=[w.both.memberships.get(team=w.theirs.team).pk]),
            {"role": "admin"},
        ),
        Role.ADMIN,
    ),
    (
        "remove person",
        lambda w: (
            reverse("admin:teams_membership_delete", args=[w.both.memberships.get(team=w.theirs.team).pk]),
            {"post": "yes"},
        ),
        Role.ADMIN,
    ),
    ("add key", lambda w: (reverse("admin:teams_apikey_add"), {"name": "k", "role": "viewer"}), Role.ADMIN),
    ("revoke key", lambda w: (reverse("admin:teams_apikey_revoke", args=[w.theirs.key.pk]), {}), Role.ADMIN),
]
RANK = list(Role)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("what", "post", "least"), WRITES, ids=[what for what, _, _ in WRITES])
def test_what_an_admin_elsewhere_may_do_here_is_what_their_role_here_allows(
    what: str,
    post: Callable[[World], tuple[str, dict[str, Any]]],
    least: Role,
    role: Role,
    world: World,
    enter: Enter,
) -> None:
    person = UserFactory.create(email="mixed@example.com")
    MembershipFactory.create(team=world.mine.team, user=person, role=Role.ADMIN)
    MembershipFactory.create(team=world.theirs.team, user=person, role=role)
    client = enter(person, world.theirs.team)
    url, data = post(world)
    before = everything()

    answer = client.post(url, data)

    if RANK.index(role) < RANK.index(least):
        assert answer.status_code == 403
        assert everything() == before
    else:
        assert answer.status_code in (200, 302)
        assert everything() != before


def test_a_viewer_reads_every_page_and_is_offered_no_change(world: World, enter: Enter) -> None:
    client = enter(world.both, world.theirs.team)

    for model in ("alerts/alert", "alerts/alertrule", "alerts/test", "integrations/integration", "deliveries/delivery"):
        app, name = model.split("/")
        row = world.theirs.of(next(each for each in site._registry if each._meta.label_lower == f"{app}.{name}"))
        page = client.get(f"/admin/{model}/{row.pk}/change/")
        html = page.content.decode()
        assert page.status_code == 200, model
        assert 'name="_save"' not in html
        assert "/do/" not in html
        assert client.get(f"/admin/{model}/add/").status_code == 403


def test_a_viewer_sees_a_rule_with_its_tests_and_integrations(world: World, enter: Enter) -> None:
    html = enter(world.cast.viewer).get(f"/admin/alerts/alertrule/{world.mine.rule.pk}/change/").content.decode()

    for text in ("Own test", "Own room", "own@example.com", "Own message"):
        assert text in html


def test_members_do_not_see_keys(world: World, enter: Enter) -> None:
    client = enter(world.cast.member)

    assert client.get("/admin/teams/apikey/").status_code == 403
    assert "API keys" not in client.get("/admin/").content.decode()


def test_nobody_changes_evidence(world: World, enter: Enter) -> None:
    User.objects.filter(pk=world.cast.owner.pk).update(is_superuser=True)
    client = enter(world.cast.owner, world.mine.team)
    before = everything()

    for app, name in (("teams", "auditentry"), ("alerts", "alert"), ("deliveries", "delivery")):
        row = world.mine.of(next(each for each in site._registry if each._meta.label_lower == f"{app}.{name}"))
        for page in ("change", "delete"):
            url = reverse(f"admin:{app}_{name}_{page}", args=[row.pk])
            assert client.post(url, {"post": "yes"}).status_code == 403
        assert client.post(reverse(f"admin:{app}_{name}_add"), {}).status_code == 403

    assert everything() == before
