"""Rules: what may be said in them, and what saying it does to alerts at once."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from alerts.models import Alert, AlertEvent, AlertRule, RuleIntegration, RuleState, RuleTest, Test
from alerts.services import rules, tests
from teams.access import Actor, actor_for
from teams.models import AuditEntry
from tests.alerts.conftest import Say
from tests.alerts.factories import SLOW, make_rule, make_test
from tests.conftest import Cast
from tests.integrations.factories import make_integration


def _ended() -> list[tuple[str, str]]:
    return list(Alert.objects.order_by("number").values_list("state", "cleared_reason"))


def _fields(test: Test | None = None, **fields: Any) -> dict[str, Any]:
    return {"name": "Too slow", "conditions": [SLOW], "tests": [test] if test else [], **fields}


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"name": ""}, "name", "Must not be empty."),
        ({"name": "x" * 101}, "name", "At most 100 characters; this has 101."),
        ({"name": "a\nb"}, "name", "Control characters are not allowed"),
        ({"severity": "worst"}, "severity", 'Must be one of info, minor, major, critical; got "worst".'),
        ({"match": "some"}, "match", 'Must be one of all, any; got "some".'),
        ({"rounds_required": 3, "rounds_window": 2}, "rounds_required", "not be more than rounds_window (2); got 3."),
        ({"rounds_window": 61}, "rounds_window", "Must be a whole number from 1 to 60; got 61."),
        ({"rounds_required": "1"}, "rounds_required", 'Must be a whole number from 1 to 60; got "1".'),
        ({"rounds_required": True}, "rounds_required", "Must be a whole number from 1 to 60; got true."),
        ({"rounds_mode": "auto"}, "rounds_mode", "Must be one of any, exact"),
        ({"minimum_sources": 0}, "minimum_sources", "Must be a whole number from 1 to 1000000; got 0."),
        ({"minimum_sources_percent": 101}, "minimum_sources_percent", "from 1 to 100; got 101."),
        ({"minimum_sources": 2, "minimum_sources_percent": 50}, "minimum_sources", "exclude each other"),
        ({"conditions": []}, "conditions", "at least one condition"),
        ({"conditions": [SLOW] * 21}, "conditions", "At most 20 conditions; got 21."),
        ({"conditions": {"metric": "x"}}, "conditions", "Must be a list of conditions"),
        ({"conditions": ["x > 1"]}, "conditions", "conditions[0]: Must be an object"),
        ({"conditions": [SLOW, SLOW | {"operator": "~"}]}, "conditions", "conditions[1].operator: Must be one of >"),
        (
            {"conditions": [SLOW | {"threshold": float("nan")}]},
            "conditions",
            "conditions[0].threshold: Must be a finite",
        ),
        (
            {"conditions": [SLOW | {"threshold": None}]},
            "conditions",
            "conditions[0].threshold: This field is required.",
        ),
        ({"conditions": [SLOW | {"metric": "a b"}]}, "conditions", "conditions[0].metric: Must be 1-100 letters"),
        ({"conditions": [SLOW | {"severity": "bad"}]}, "conditions", "conditions[0].severity: Must be one of"),
        ({"conditions": [SLOW | {"unit": "s"}]}, "conditions", "conditions[0].unit: Unknown field."),
        ({"conditions": [{"metric": "x", "operator": "absent", "threshold": -1}]}, "conditions", "Minutes of absence"),
        ({"recipients": ["nobody"]}, "recipients", '"nobody" is not an e-mail address.'),
        ({"recipients": ["a@example.com\nBcc: b@example.com"]}, "recipients", "is not an e-mail address."),
        ({"recipients": [f"p{n}@example.com" for n in range(51)]}, "recipients", "At most 50 recipients; got 51."),
        ({"message": "x" * 2001}, "message", "At most 2000 characters; this has 2001."),
        ({"runbook": "javascript:alert(1)"}, "runbook", "Must be an http or https address"),
        ({"runbook": "https://"}, "runbook", "Must be an http or https address"),
        ({"when_data_stops": "panic"}, "when_data_stops", "Must be one of keep, alert, clear"),
        ({"no_data_minutes": 0}, "no_data_minutes", "from 1 to 10080; got 0."),
        ({"reopen_after": 59}, "reopen_after", "from 60 to 2592000; got 59."),
        ({"notify_on_clear": "yes"}, "notify_on_clear", 'Must be true or false; got "yes".'),
        ({"colour": "red"}, "colour", "Unknown field. Known are: name,"),
        ({"tests": ["unknown"]}, "tests", 'There is no test "unknown" in this team.'),
        ({"integrations": [99]}, "integrations", "There is no integration 99 in this team."),
    ],
)
def test_a_wrong_field_is_named_with_its_limit(
    fields: dict[str, Any], field: str, words: str, member: Actor, now: datetime
) -> None:
    with pytest.raises(ValidationError) as caught:
        rules.create_rule(member, _fields() | fields, now)
    assert words in caught.value.message_dict[field][0]
    assert not AlertRule.objects.exists()


def test_name_and_conditions_are_required(member: Actor, now: datetime) -> None:
    with pytest.raises(ValidationError) as caught:
        rules.create_rule(member, {}, now)
    assert caught.value.message_dict == {name: ["This field is required."] for name in ("name", "conditions")}


def test_another_teams_things_are_as_unknown_ones(cast: Cast, member: Actor, now: datetime) -> None:
    theirs = make_test(cast.other_team, "theirs")
    integration = make_integration(cast.other_team)
    with pytest.raises(ValidationError) as caught:
        rules.create_rule(member, _fields(theirs, integrations=[integration]), now)
    assert caught.value.message_dict == {
        "tests": ['There is no test "theirs" in this team.'],
        "integrations": [f"There is no integration {integration.pk} in this team."],
    }


def test_a_mixed_pair_is_refused_by_the_database_itself(cast: Cast, test: Test) -> None:
    rule = make_rule(cast.team, [])
    theirs, integration = make_test(cast.other_team, "theirs"), make_integration(cast.other_team)
    for table, column, pk in (
        (RuleTest._meta.db_table, "test_id", theirs.pk),
        (RuleIntegration._meta.db_table, "integration_id", integration.pk),
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (team_id, rule_id, {column}) VALUES (%s, %s, %s)", [cast.team.pk, rule.pk, pk]
            )


def test_viewers_may_not_write(cast: Cast, now: datetime) -> None:
    viewer = actor_for(cast.viewer, cast.team)
    assert viewer is not None
    rule = make_rule(cast.team, [])
    for act in (
        lambda: rules.create_rule(viewer, _fields(), now),
        lambda: rules.update_rule(viewer, rule, {"name": "x"}, now),
        lambda: rules.archive_rule(viewer, rule, now),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_a_team_has_only_so_many_rules(member: Actor, now: datetime, settings: Settings) -> None:
    settings.BELLHOP_MAX_RULES = 1
    rules.create_rule(member, _fields(), now)
    with pytest.raises(ValidationError, match="at most 1 rules"):
        rules.create_rule(member, _fields(), now)


def test_naming_one_minimum_takes_the_other_away(member: Actor, now: datetime) -> None:
    rule = rules.create_rule(member, _fields(minimum_sources_percent=50), now)
    assert (rule.minimum_sources, rule.minimum_sources_percent) == (None, 50)
    rule = rules.update_rule(member, rule, {"name": "Other"}, now)
    assert (rule.minimum_sources, rule.minimum_sources_percent) == (None, 50)
    rule = rules.update_rule(member, rule, {"minimum_sources": 3}, now)
    assert (rule.minimum_sources, rule.minimum_sources_percent) == (3, None)
    rule = rules.update_rule(member, rule, {"minimum_sources": None}, now)
    assert (rule.minimum_sources, rule.minimum_sources_percent) == (1, None)


def test_a_change_is_audited_with_before_and_after(cast: Cast, test: Test, member: Actor, now: datetime) -> None:
    rule = rules.create_rule(member, _fields(test), now)
    rules.update_rule(member, rule, {"name": "Slower", "tests": []}, now)
    rules.update_rule(member, rule, {"name": "Slower"}, now)
    rules.archive_rule(member, rule, now)

    entries = AuditEntry.objects.filter(target_type="alerts.alertrule").order_by("id")
    assert [entry.action for entry in entries] == ["rule.created", "rule.changed", "rule.archived"]
    assert entries[1].changes == {"name": ["Too slow", "Slower"], "tests": [["checkout"], []]}


def test_a_new_rule_judges_the_newest_stored_round(test: Test, member: Actor, say: Say, now: datetime) -> None:
    say(0, fra1=900)
    say(1, fra1=900)

    rules.create_rule(member, _fields(test), now + timedelta(minutes=2))

    (alert,) = Alert.objects.all()
    assert (alert.state, alert.started_at) == ("triggered", now + timedelta(minutes=1))


def test_past_episodes_are_not_made_up(test: Test, member: Actor, say: Say, now: datetime) -> None:
    say(0, fra1=900)
    say(1, fra1=100)
    rules.create_rule(member, _fields(test), now + timedelta(minutes=2))
    assert not Alert.objects.exists()


def test_an_edit_that_ends_the_violation_clears_and_says_so(
    cast: Cast, test: Test, member: Actor, say: Say, now: datetime
) -> None:
    rule = rules.create_rule(member, _fields(test), now)
    say(0, fra1=900)
    later = now + timedelta(hours=3)

    rules.update_rule(member, rule, {"conditions": [SLOW | {"threshold": 1000.0}]}, later)

    alert = Alert.objects.get()
    assert (alert.state, alert.cleared_reason, alert.cleared_at) == ("cleared", "rule_changed", later)
    event = alert.events.get(type="cleared")
    assert (event.actor_text, event.announce) == ("Member", "yes")


def test_an_edit_may_open_and_may_change_the_severity(test: Test, member: Actor, say: Say, now: datetime) -> None:
    rule = rules.create_rule(member, _fields(test, conditions=[SLOW | {"threshold": 1000.0}]), now)
    say(0, fra1=900)
    rules.update_rule(member, rule, {"conditions": [SLOW]}, now)
    assert Alert.objects.get().severity == "minor"

    rules.update_rule(member, rule, {"severity": "critical"}, now)

    assert [(event.type, event.severity) for event in AlertEvent.objects.all()] == [
        ("triggered", "minor"),
        ("severity_changed", "critical"),
    ]


def test_an_edit_of_the_words_judges_nothing(test: Test, member: Actor, say: Say, now: datetime) -> None:
    rule = rules.create_rule(member, _fields(test), now)
    say(0, fra1=900, lon1=900)
    before = RuleState.objects.get().state

    rules.update_rule(member, rule, {"name": "Slower", "message": "Call Bob", "recipients": ["a@example.com"]}, now)

    assert RuleState.objects.get().state == before


def test_an_alert_survives_an_edit_that_keeps_it_violated(test: Test, member: Actor, say: Say, now: datetime) -> None:
    rule = rules.create_rule(member, _fields(test), now)
    say(0, fra1=900)
    say(1, lon1=100)
    rules.update_rule(member, rule, {"conditions": [SLOW | {"threshold": 600.0}], "rounds_window": 2}, now)
    say(2, lon1=100)
    say(3, lon1=100)
    assert _ended() == [("triggered", "")], "fra1 fell silent while bad"
    say(4, fra1=100, lon1=100)
    say(5, fra1=100, lon1=100)
    assert _ended() == [("cleared", "recovered")]


def test_a_metric_without_data_ends_the_alert_of_the_old_one(
    test: Test, member: Actor, say: Say, now: datetime
) -> None:
    rule = rules.create_rule(member, _fields(test), now)
    say(0, fra1=900)
    rules.update_rule(member, rule, {"conditions": [SLOW | {"metric": "errors"}]}, now)
    assert _ended() == [("cleared", "rule_changed")]


@pytest.mark.parametrize(
    ("fields", "reason"), [({"tests": []}, "test_detached"), ({"enabled": False}, "rule_disabled")]
)
def test_letting_go_clears_with_the_right_reason(
    fields: dict[str, Any], reason: str, test: Test, member: Actor, say: Say, now: datetime
) -> None:
    rule = rules.create_rule(member, _fields(test), now)
    say(0, fra1=900)

    rules.update_rule(member, rule, fields, now)
    say(1, fra1=900)

    assert _ended() == [("cleared", reason)]


def test_attaching_again_judges_again(test: Test, member: Actor, say: Say, now: datetime) -> None:
    rule = rules.create_rule(member, _fields(test), now)
    say(0, fra1=900)
    rules.update_rule(member, rule, {"tests": []}, now)
    assert not RuleState.objects.exists()

    rules.update_rule(member, rule, {"tests": [test]}, now)

    assert _ended() == [("cleared", "test_detached"), ("triggered", "")]


def test_switching_on_again_judges_what_came_meanwhile(test: Test, member: Actor, say: Say, now: datetime) -> None:
    rule = rules.create_rule(member, _fields(test, enabled=False), now)
    say(0, fra1=900)
    assert not Alert.objects.exists()
    rules.update_rule(member, rule, {"enabled": True}, now)
    assert _ended() == [("triggered", "")]


def test_archiving_a_rule_clears_and_keeps_the_evidence(test: Test, member: Actor, say: Say, now: datetime) -> None:
    rule = rules.create_rule(member, _fields(test), now)
    say(0, fra1=900)

    rules.archive_rule(member, rule, now)

    assert _ended() == [("cleared", "rule_deleted")]
    alert = Alert.objects.get()
    assert (alert.rule, alert.events.count(), alert.snapshot["rule"]) == (rule, 2, "Too slow")
    assert not AlertRule.objects.of(member.team).exists()


class TestOfTests:
    def test_archiving_clears_frees_the_slug_and_keeps_what_was_measured(
        self, test: Test, member: Actor, say: Say, now: datetime
    ) -> None:
        rule = rules.create_rule(member, _fields(test), now)
        say(0, fra1=900)

        tests.archive_test(member, test, now)
        again = tests.create_test(member, {"name": "Checkout", "slug": "checkout"}, now)

        assert _ended() == [("cleared", "test_detached")]
        assert test.series.count() == 1
        assert list(rule.tests.all()) == []
        assert again.pk != test.pk

    def test_disabling_clears_and_enabling_judges(self, test: Test, member: Actor, say: Say, now: datetime) -> None:
        rules.create_rule(member, _fields(test), now)
        say(0, fra1=900)
        tests.update_test(member, test, {"enabled": False}, now)
        say(1, fra1=950)
        assert _ended() == [("cleared", "test_detached")]

        tests.update_test(member, test, {"enabled": True}, now)

        assert _ended() == [("cleared", "test_detached"), ("triggered", "")]
        assert Alert.objects.get(number=2).started_at == now + timedelta(minutes=1)

    def test_a_new_interval_is_judged_anew(self, test: Test, member: Actor, say: Say, now: datetime) -> None:
        rules.create_rule(member, _fields(test, rounds_required=2, rounds_window=2), now)
        say(0, fra1=900)
        say(1, fra1=900)
        assert _ended() == [("triggered", "")]

        tests.update_test(member, test, {"interval": 3600}, now)
        assert _ended() == [("triggered", "")], "the newest report is still a bad one"
        say(2, fra1=100)
        say(62, fra1=100)

        assert _ended() == [("cleared", "recovered")]

    @pytest.mark.parametrize(
        ("fields", "field", "words"),
        [
            ({"name": ""}, "name", "Must not be empty."),
            ({"interval": 9}, "interval", "Must be a whole number from 10 to 86400; got 9."),
            ({"interval": 60.5}, "interval", "got 60.5."),
            ({"slug": "a b"}, "slug", "At most 60 letters, digits, - and _ ; got"),
            ({"slug": "x" * 61}, "slug", "At most 60 letters"),
            ({"slug": "checkout"}, "slug", 'The team has a test "checkout" already.'),
            ({"labels": ["a"]}, "labels", "Must be an object of at most 50 texts"),
            ({"labels": {"a": 1}}, "labels", 'The label "a" must be a text'),
            ({"labels": {"a": "x\ny"}}, "labels", "printable"),
            ({"labels": {str(n): "" for n in range(51)}}, "labels", "at most 50"),
            ({"labels": {"": "x"}}, "labels", "A label's name has 1-100"),
            ({"target": "x" * 501}, "target", "At most 500 characters"),
            ({"enabled": 1}, "enabled", "Must be true or false; got 1."),
            ({"colour": "red"}, "colour", "Unknown field."),
        ],
    )
    def test_a_wrong_field_is_named_with_its_limit(
        self, fields: dict[str, Any], field: str, words: str, test: Test, member: Actor, now: datetime
    ) -> None:
        with pytest.raises(ValidationError) as caught:
            tests.create_test(member, {"name": "Front page", **fields}, now)
        assert words in caught.value.message_dict[field][0]
        assert Test.objects.count() == 1

    def test_slugs_come_from_names_and_differ(self, cast: Cast, member: Actor, now: datetime) -> None:
        made = [tests.create_test(member, {"name": name}, now).slug for name in ("Front Page!", "front page", "例え")]
        assert made == ["front-page", "front-page-2", "test"]

    def test_a_slug_stays(self, test: Test, member: Actor, now: datetime) -> None:
        tests.update_test(member, test, {"slug": "checkout", "name": "Pay"}, now)
        with pytest.raises(ValidationError, match="links in sent messages"):
            tests.update_test(member, test, {"slug": "pay"}, now)

    def test_a_team_has_only_so_many_tests(self, test: Test, member: Actor, now: datetime, settings: Settings) -> None:
        settings.BELLHOP_MAX_TESTS = 1
        with pytest.raises(ValidationError, match="at most 1 tests"):
            tests.create_test(member, {"name": "x"}, timezone.now())
