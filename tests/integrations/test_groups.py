"""Groups of integrations: made and changed with care, tested as one, and honest about what deleting one means."""

from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts.models import AlertRule, RuleGroup
from integrations import groups
from integrations import services as integrations
from integrations.grouping import usage_of
from integrations.models import Group, Integration
from teams.access import Actor
from teams.errors import Conflict
from teams.models import AuditEntry
from tests.alerts.factories import make_rule
from tests.api.calls import ApiClient, key_of
from tests.conftest import Cast
from tests.integrations.browsing import BASE, enter
from tests.integrations.factories import make_integration
from tests.servers.http import Answer, Receiver

PAGE = f"{BASE}groups/"
LIST = "/api/v1/groups/"


def crew(actor: Actor, *members: Integration, name: str = "night shift") -> Group:
    return groups.create(actor, name=name, integrations=members, now=datetime.now().astimezone())


def ticked(group: Group, name: str, **fields: Any) -> AlertRule:
    rule = make_rule(group.team, [], name=name, **fields)
    RuleGroup.objects.create(team=group.team, rule=rule, group=group)
    return rule


def names(group: Group) -> list[str]:
    return [each.name for each in group.integrations.order_by("name")]


def entry(action: str) -> Any:
    return AuditEntry.objects.filter(action=action).latest("id").changes


def test_a_group_is_made_changed_and_deleted_with_evidence(cast: Cast, member: Actor) -> None:
    one, two = make_integration(cast.team, name="one"), make_integration(cast.team, name="two")

    group = crew(member, one)
    assert entry("group.created") == {"name": [None, "night shift"], "integrations": [None, ["one"]]}
    groups.update(member, group, integrations=[two, one])
    assert entry("group.changed") == {"integrations": [["one"], ["one", "two"]]}
    groups.update(member, group, name=" day shift ")
    assert entry("group.changed") == {"name": ["night shift", "day shift"]}
    groups.update(member, group, name="day shift", integrations=[one, two])
    assert AuditEntry.objects.filter(action="group.changed").count() == 2
    rule = ticked(group, "Slow")
    groups.delete(member, group)

    assert entry("group.deleted") == {
        "name": ["day shift", None],
        "integrations": [["one", "two"], None],
        "rules": ["Slow", None],
    }
    assert Integration.objects.filter(archived_at=None).count() == 2
    assert not rule.groups.exists()
    with pytest.raises(Conflict, match="was deleted"):
        groups.update(member, group, name="again")


def test_what_does_not_fit_is_refused_at_its_field(
    cast: Cast, member: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, theirs = make_integration(cast.team), make_integration(cast.other_team)
    gone = make_integration(cast.team)
    integrations.archive(member, gone, now)
    group, other = crew(member, own), crew(member, name="other")

    for given, field in (
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "other"}, "name"),
        ({"integrations": [theirs]}, "integrations"),
        ({"integrations": [gone]}, "integrations"),
        ({"integrations": [integrations.builtin_email(cast.team)]}, "integrations"),
    ):
        with pytest.raises(ValidationError) as refused:
            groups.update(member, group, **given)
        assert list(refused.value.message_dict) == [field]
    monkeypatch.setattr(groups, "MOST_MEMBERS", 0)
    with pytest.raises(ValidationError, match="at most 0 integrations; these are 1"):
        groups.update(member, other, integrations=[own])
    monkeypatch.setattr(groups, "MOST_GROUPS", 2)
    with pytest.raises(ValidationError, match="at most 2 groups"):
        crew(member, name="third")
    assert names(group) == ["ops"]


def test_only_who_may_edit_and_only_in_their_own_team(
    cast: Cast, member: Actor, viewer: Actor, outsider: Actor
) -> None:
    group = crew(member)

    for stranger in (viewer, outsider):
        for deed in (
            lambda who: groups.update(who, group, name="mine"),
            lambda who: groups.delete(who, group),
            lambda who: groups.test(who, group, datetime.now().astimezone()),
        ):
            with pytest.raises(PermissionDenied):
                deed(stranger)
    assert crew(outsider).team == cast.other_team
    assert enter(cast.viewer).get(f"{PAGE}{group.pk}/").status_code == 200
    for path in ("new/", f"{group.pk}/delete/"):
        assert enter(cast.viewer).get(f"{PAGE}{path}").status_code == 403
    for path in (f"{group.pk}/", f"{group.pk}/test/"):
        assert enter(cast.viewer).post(f"{PAGE}{path}", {"name": "mine"}).status_code == 403


def test_deleting_says_which_rules_would_tell_nobody(cast: Cast, member: Actor, now: datetime) -> None:
    room, other = make_integration(cast.team), make_integration(cast.team, name="other")
    group, second = crew(member, room), crew(member, other, name="second")
    ticked(group, "Alone")
    ticked(group, "Mailed", recipients=["ann@example.com"])
    integrations_of = ticked(group, "Shared").integration_links
    integrations_of.create(team=cast.team, integration=other)
    RuleGroup.objects.create(team=cast.team, rule=ticked(group, "Two groups"), group=second)
    ticked(group, "Archived", archived_at=now)
    escalated = ticked(group, "Escalated").escalation_steps.create(team=cast.team, after_minutes=5)
    escalated.integration_links.create(team=cast.team, integration=other)

    usage = usage_of(group, 20)

    assert (usage.total, usage.alone) == (5, ["Alone"])
    assert usage.rules[0].name == "Alone"
    client = enter(cast.member)
    asked = client.get(f"{PAGE}{group.pk}/delete/").content.decode()
    assert "5 rules tick it and lose it" in asked
    assert "Alone <strong>– nobody else is told by this rule</strong>" in asked
    said = client.post(f"{PAGE}{group.pk}/delete/", follow=True).content.decode()
    assert "These rules now tell nobody: Alone." in said

    group = crew(member, room)
    ticked(group, "Alone again")
    integrations.update(member, other, used_by_default=True, now=now)
    assert usage_of(group, 20).alone == []
    AlertRule.objects.update(only_these=True)
    assert usage_of(group, 20).alone == ["Alone again"]
    integrations.update(member, other, enabled=False, now=now)
    assert usage_of(second, 20).alone == ["Two groups"]


def test_a_whole_group_is_tested_with_a_result_each(
    cast: Cast, member: Actor, receiver: Receiver, now: datetime
) -> None:
    def place(name: str) -> Integration:
        return make_integration(cast.team, name=name, config={"url": f"{receiver.url}/services/T/B/{name}"})

    good, bad = place("good"), place("bad")
    receiver.decide = lambda request: Answer(403, b"invalid_token") if request.path.endswith("bad") else Answer()
    tired = place("tired")
    for _ in range(6):
        integrations.test_saved(member, tired, now)
    receiver.received.clear()
    group = crew(member, good, bad, tired)

    results = {each.name: result for each, result in groups.test(member, group, now)}

    assert {each.path.rsplit("/", 1)[-1] for each in receiver.received} == {"good", "bad"}
    assert results["good"].ok
    assert (results["bad"].ok, results["bad"].status) == (False, 403)
    assert results["tired"].detail.startswith("Nothing was sent. At most 6 tests a minute")
    good.health.refresh_from_db()
    tired.health.refresh_from_db()
    assert (good.health.last_test_at, tired.health.last_test_at) == (now, now)
    assert AuditEntry.objects.filter(action="integration.tested", target_id=str(good.pk)).count() == 1

    html = enter(cast.member).post(f"{PAGE}{group.pk}/test/").content.decode()
    assert html.count("Accepted") + html.count("Not accepted") == 3
    api = ApiClient(key_of(cast.team)).send("POST", f"{LIST}{group.pk}/test/")
    assert (api.status_code, [row["name"] for row in api.json()]) == (200, ["bad", "good", "tired"])
    assert set(api.json()[0]) == {"integration", "name", "ok", "status", "detail", "advice"}


def test_the_api_reads_and_writes_groups(cast: Cast, member: Actor) -> None:
    api = ApiClient(key_of(cast.team))
    one, two = make_integration(cast.team, name="one"), make_integration(cast.team, name="two")
    theirs = make_integration(cast.other_team)

    made = api.send("POST", LIST, {"name": "night shift", "integrations": [two.pk]})
    assert made.status_code == 201
    group = Group.objects.get()
    rule = ticked(group, "Slow")
    found = api.get(f"{LIST}{group.pk}/").json()
    assert {**found, "created_at": ""} == {
        "id": group.pk,
        "name": "night shift",
        "integrations": [two.pk],
        "rules": [rule.pk],
        "created_at": "",
    }
    assert api.send("PATCH", f"{LIST}{group.pk}/", found).json() == found
    changed = api.send("PATCH", f"{LIST}{group.pk}/", {"integrations": [two.pk, one.pk]}).json()
    assert sorted(changed["integrations"]) == [one.pk, two.pk]
    assert api.send("PATCH", f"{LIST}{group.pk}/", {"name": "day"}).json()["integrations"] == changed["integrations"]

    for body, field in (
        ({"integrations": [theirs.pk]}, "integrations"),
        ({"integrations": [999_999]}, "integrations"),
        ({"integrations": [2**63]}, "integrations"),
        ({"integrations": None}, "integrations"),
        ({"members": []}, "members"),
        ({"name": " "}, "name"),
    ):
        refused = api.send("PATCH", f"{LIST}{group.pk}/", body)
        assert (refused.status_code, list(refused.json()["errors"])) == (400, [field])
    assert api.get(LIST, {"name": "day"}).json()["results"][0]["id"] == group.pk
    assert api.get(LIST, {"name": "night"}).json()["results"] == []
    assert api.send("DELETE", f"{LIST}{group.pk}/").status_code == 204
    assert api.get(f"{LIST}{group.pk}/").status_code == 404


def test_the_pages_make_and_change_groups(cast: Cast, member: Actor, now: datetime) -> None:
    one, two = make_integration(cast.team, name="one"), make_integration(cast.team, name="two")
    client = enter(cast.member)
    assert "There are no groups yet" in client.get(PAGE).content.decode()
    assert f'href="{PAGE}"' in client.get(BASE).content.decode()

    client.post(f"{PAGE}new/", {"name": "night shift", "integrations": [one.pk, two.pk]})
    group = Group.objects.get()
    assert names(group) == ["one", "two"]
    ticked(group, "Slow")
    shown = client.get(f"{PAGE}{group.pk}/").content.decode()
    assert shown.count(" checked") == 2
    assert "Slow" in shown
    assert "one, two" in client.get(PAGE).content.decode()
    client.post(f"{PAGE}{group.pk}/", {"name": "day shift", "integrations": [two.pk]})
    group.refresh_from_db()
    assert (group.name, names(group)) == ("day shift", ["two"])
    theirs = make_integration(cast.other_team)
    refused = client.post(f"{PAGE}{group.pk}/", {"name": "", "integrations": [theirs.pk]})
    assert refused.status_code == 422
    integrations.archive(member, two, now)
    assert "nobody" in client.get(PAGE).content.decode()


def test_the_administration_has_them_too(cast: Cast, member: Actor) -> None:
    one = make_integration(cast.team, name="one")
    make_integration(cast.other_team, name="their room")
    client, base = enter(cast.member), "/admin/integrations/group/"

    assert "their room" not in client.get(f"{base}add/").content.decode()
    client.post(f"{base}add/", {"name": "night shift", "integrations": [one.pk]})
    group = Group.objects.get()
    assert names(group) == ["one"]
    shown = client.get(f"{base}{group.pk}/change/").content.decode()
    assert " checked" in shown
    client.post(f"{base}{group.pk}/change/", {"name": "day shift", "integrations": []})
    assert names(group) == []
    ticked(group, "Slow")
    assert "These rules now tell nobody: Slow." in client.get(f"{base}{group.pk}/delete/").content.decode()
    client.post(f"{base}{group.pk}/delete/")
    assert not Group.objects.exists()


def test_the_list_takes_the_same_queries_whatever_its_length(cast: Cast, member: Actor) -> None:
    client, room = enter(cast.member), make_integration(cast.team)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        return len(queries)

    crew(member, room)
    few = asked()
    for n in range(5):
        ticked(crew(member, room, name=f"crew {n}"), f"rule {n}")
    assert asked() == few


def test_a_name_is_taken_once(cast: Cast, member: Actor) -> None:
    crew(member)
    with pytest.raises(ValidationError, match="is called “night shift” already"):
        crew(member)
