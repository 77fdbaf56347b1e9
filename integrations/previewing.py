"""What an integration would send, as it is typed, and without sending: the first call that its kind would make."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms

from channels_app import registry
from channels_app.contract import Call, HttpCall, Kind, Message, Payload
from channels_app.fields import KindForm
from channels_app.text import scrub
from integrations import forms as kind_forms
from integrations import trials
from integrations.drafts import current_config, own
from integrations.masking import DOTS
from integrations.models import Integration
from integrations.selectors import secrets_in
from integrations.trials import config_of, same_kind
from teams import counters
from teams.access import Actor, Permission, require
from teams.errors import TooOften
from teams.models import Team

# All others may prove who calls: they are people's own, or made of a secret.
SHOWN_HEADERS = frozenset(("content-type", "bellhop-id", "bellhop-timestamp"))
JSON = "application/json"
VEIL = "_secret_"  # the same in JSON and in a form


@dataclass(frozen=True, slots=True)
class Shown:
    """The body with its type and headers, secrets blotted out; or the `problem` for which nothing would be sent."""

    body: str = ""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


def typed(actor: Actor, kind: str, config: Mapping[str, Any], integration: Integration | None) -> dict[str, Any]:
    """The whole config that was typed, as a Test would check it. `integration` is the one being edited: its secrets
    stand in for their masks. ValidationError names `kind` or `config.<field>`."""
    require(actor, Permission.EDIT)
    current = None
    if integration is not None:
        own(actor, integration)
        same_kind(integration, kind)
        current = current_config(integration)
    return config_of(kind_forms.form_for(kind, config, current, excused=kind_forms.spec_of(kind).form.excusable))


def throttle(team: Team, now: datetime) -> None:
    """As many a minute as a team may send Tests, counted by themselves: looking uses up no Test. May raise TooOften."""
    most = trials.TEAM_TESTS_A_MINUTE
    if counters.count(f"previews:{team.pk}", 60, now) > most:
        wait = counters.seconds_left(60, now)
        raise TooOften(f"At most {most} previews a minute are made. Try again in {wait} s.", wait)


def shown(kind_name: str, config: Mapping[str, Any], message: Message) -> Shown:
    """What that config would send of `message`. For what goes out in no HTTP call, it is the payload as JSON."""
    kind = registry.kind(kind_name)
    veiled = _veiled(kind, config)
    secrets = secrets_in(kind, veiled)  # the veil reads as any of them; what is veiled cannot be guessed at here
    payload, call = _first(kind, veiled, message)
    if isinstance(call, str):
        return Shown(problem=scrub(call, secrets) or "nothing would be sent")
    if not isinstance(call, HttpCall):
        return Shown(scrub(json.dumps(payload, default=str, ensure_ascii=False), secrets), JSON)
    headers = {name: _shown(name, value) for name, value in call.headers.items()}
    content_type = next((value for name, value in call.headers.items() if name.lower() == "content-type"), "")
    return Shown(scrub(call.body.decode(errors="replace"), secrets), content_type, headers)


def _first(kind: Kind, config: Mapping[str, Any], message: Message) -> tuple[Payload, Call | str]:
    """The payload, and the first call; or why there is none."""
    settings = kind.spec.settings(config)
    payload = kind.render(message, settings)
    try:
        return payload, next(kind.send(payload, settings, ""))
    except StopIteration as ended:
        return payload, str(ended.value.words)


def _veiled(kind: Kind, config: Mapping[str, Any]) -> dict[str, Any]:
    """The config with other words for its secrets, but for addresses and headers, that are needed and not shown.

    To blot them out of the body is not enough: there they can be escaped, or too short to be told from other text.
    """
    form = kind.spec.form
    kept = {*form.address_fields, *(name for name in form.secret_fields if _has_lines(form, name))}
    veiled = {name: VEIL for name in form.secret_fields if config.get(name) and name not in kept}
    return {**config, **veiled}


def _has_lines(form: type[KindForm], name: str) -> bool:
    return isinstance(form.base_fields[name].widget, forms.Textarea)


def _shown(name: str, value: str) -> str:
    return value if name.lower() in SHOWN_HEADERS else DOTS
