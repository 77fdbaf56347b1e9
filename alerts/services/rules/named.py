"""What a rule names: the team's tests, integrations and groups, addresses, and the steps of its escalation."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from alerts.models import Test
from alerts.refusals import Refused
from alerts.services.words import Errors, Reader, list_of, read_fields, whole
from channels_app.addresses import normal
from integrations.models import Group, Integration
from teams.models import Team
from teams.values import shown

MAX_RECIPIENTS = 50
MAX_GROUPS = 200
MAX_STEPS = 5
MAX_STEP_MINUTES = 10_080
STEP_FIELDS = ("after_minutes", "integrations", "recipients")


def readers_of(team: Team) -> dict[str, Reader]:
    """Readers of what must be the team's own; tests, integrations and groups are objects."""
    return {
        "tests": _tests_of(team),
        "integrations": _integrations_of(team),
        "groups": _groups_of(team),
        "escalation": _escalation_of(team),
    }


def read_recipients(value: Any) -> list[str]:
    """E-mail addresses, each once whatever its case."""
    recipients: dict[str, str] = {}
    for address in list_of(MAX_RECIPIENTS, "recipients", value):
        if not isinstance(address, str) or len(address) > 254:
            raise Refused(f"Must be e-mail addresses of at most 254 characters; got {shown(address)}.")
        try:
            validate_email(address)
            sound = address.isprintable()  # quotes and domains may hold control characters for Django
        except ValidationError:
            sound = False
        if not sound:
            raise Refused(f"{shown(address)} is not an e-mail address.")
        recipients.setdefault(normal(address), address)
    return list(recipients.values())


def _tests_of(team: Team) -> Reader:
    def read(value: Any) -> list[Test]:
        tests = list_of(settings.BELLHOP_MAX_TESTS, "tests", value)
        for test in tests:
            if not isinstance(test, Test) or test.team_id != team.pk or test.archived_at:
                raise Refused(no_such("test", getattr(test, "slug", test)))
        return list(dict.fromkeys(tests))

    return read


def _integrations_of(team: Team) -> Reader:
    def read(value: Any) -> list[Integration]:
        found = list_of(settings.BELLHOP_MAX_INTEGRATIONS, "integrations", value)
        for item in found:
            if not isinstance(item, Integration) or item.team_id != team.pk or item.archived_at or item.builtin:
                raise Refused(no_such("integration", getattr(item, "pk", item)))
        return list(dict.fromkeys(found))

    return read


def _groups_of(team: Team) -> Reader:
    def read(value: Any) -> list[Group]:
        found = list_of(MAX_GROUPS, "groups", value)
        for item in found:
            if not isinstance(item, Group) or item.team_id != team.pk:
                raise Refused(no_such("group", getattr(item, "pk", item)))
        return list(dict.fromkeys(found))

    return read


def _escalation_of(team: Team) -> Reader:
    readers: dict[str, Reader] = {
        "after_minutes": whole(1, MAX_STEP_MINUTES),
        "integrations": _integrations_of(team),
        "recipients": read_recipients,
    }

    def read(value: Any) -> list[dict[str, Any]]:
        errors: list[str] = []
        items = enumerate(list_of(MAX_STEPS, "steps", value))
        steps = [_read_step(f"escalation[{index}]", item, readers, errors) for index, item in items]
        if not errors:
            _check_order(steps, errors)
        if errors:
            raise ValidationError(errors)
        return steps

    return read


def _read_step(place: str, value: Any, readers: dict[str, Reader], errors: list[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        errors.append(f"{place}: Must be an object with {', '.join(STEP_FIELDS)}; got {shown(value)}.")
        return {}
    wrong: Errors = {} if "after_minutes" in value else {"after_minutes": ["This field is required."]}
    step = {"integrations": [], "recipients": []} | read_fields(value, readers, wrong)
    errors += [f"{place}.{name}: {text}" for name, texts in wrong.items() for text in texts]
    if not wrong and not step["integrations"] and not step["recipients"]:
        errors.append(f"{place}: Name an integration or a recipient, or this step tells nobody.")
    return step


def _check_order(steps: Iterable[dict[str, Any]], errors: list[str]) -> None:
    for index, (earlier, later) in enumerate(pairwise(steps), start=1):
        if later["after_minutes"] <= earlier["after_minutes"]:
            errors.append(
                f"escalation[{index}].after_minutes: Must be more than the step before it has "
                f"({earlier['after_minutes']}); got {later['after_minutes']}."
            )


def no_such(what: str, name: object) -> str:
    """The one text for what is unknown, archived or another team's."""
    return f"There is no {what} {shown(name)} in this team."
