"""What request bodies mean: names become the team's objects; what is unknown stays as it was sent, to be refused."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from rest_framework.request import Request

from alerts import selectors
from teams.models import Team
from teams.values import shown

READ_ONLY = ("id", "selected_tests", "warnings")


def body_of(request: Request) -> dict[str, Any]:
    """The body as an object; an empty one where none was sent."""
    return dict(request.data) if isinstance(request.data, dict) else {}


def rule_fields(team: Team, body: Mapping[str, Any]) -> dict[str, Any]:
    """A rule's fields as its service wants them. Read-only names are passed by, so that what was read can be sent."""
    fields = {name: value for name, value in body.items() if name not in READ_ONLY}
    if isinstance(fields.get("tests"), list):
        tests = selectors.find_tests(team, [slug for slug in fields["tests"] if isinstance(slug, str)])
        fields["tests"] = [tests.get(slug, slug) if isinstance(slug, str) else slug for slug in fields["tests"]]
    if isinstance(fields.get("groups"), list):
        groups = selectors.find_groups(team, filter(_is_id, fields["groups"]))
        fields["groups"] = [groups.get(pk, pk) if _is_id(pk) else pk for pk in fields["groups"]]
    _name_integrations(team, fields)
    return fields


def _name_integrations(team: Team, fields: dict[str, Any]) -> None:
    """Put integrations in the place of their ids, those of the steps of the escalation too."""
    places = [fields]
    if isinstance(fields.get("escalation"), list):
        fields["escalation"] = [dict(step) if isinstance(step, dict) else step for step in fields["escalation"]]
        places += [step for step in fields["escalation"] if isinstance(step, dict)]
    places = [place for place in places if isinstance(place.get("integrations"), list)]
    found = selectors.find_integrations(team, {pk for place in places for pk in place["integrations"] if _is_id(pk)})
    for place in places:
        place["integrations"] = [found.get(pk, pk) if _is_id(pk) else pk for pk in place["integrations"]]


def one_text(body: Mapping[str, Any], name: str, *, required: bool = True) -> str:
    """The only field of a body, a text."""
    unknown = {other: [f"Unknown field. Known is: {name}."] for other in body if other != name}
    if unknown:
        raise ValidationError(unknown)
    value = body.get(name)
    if value is None:
        if required:
            raise ValidationError({name: ["This field is required."]})
        return ""
    if not isinstance(value, str):
        raise ValidationError({name: [f"Must be a text; got {shown(value)}."]})
    return value


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63
