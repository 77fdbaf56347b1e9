"""One integration as it is being typed, for the pages and the admin: its fields, what a Test said, what was wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict

from channels_app.contract import Spec
from channels_app.fields import KindForm
from channels_app.speech import Speech, speech_of
from integrations import services
from integrations.basics import PREFIX, Basics, initial_of
from integrations.drafts import current_config
from integrations.forms import form_for, posted_config, shown_form, spec_of
from integrations.models import Integration
from integrations.policies import Policy
from integrations.policy_form import Group, PolicyForm
from integrations.selectors import masked_config
from integrations.testing import TestResult
from integrations.vault import Unreadable
from teams.access import Actor
from teams.errors import Conflict, TooOften, texts_of

KIND = f"{PREFIX}-kind"
UNREADABLE = "What was stored of this integration cannot be read any more, so nothing is sent there. Enter it again."


@dataclass
class Draft:
    """The forms of one page, and what came of testing or saving. `integration` is None for a new one."""

    actor: Actor
    kind: str
    integration: Integration | None
    basics: Basics
    policy_form: PolicyForm
    config_form: KindForm
    config: dict[str, Any] = field(default_factory=dict)
    tested: TestResult | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def spec(self) -> Spec:
        return spec_of(self.kind)

    @property
    def refused(self) -> bool:
        """Whether something was wrong with what was typed, or it could not be done."""
        return any((self.problems, self.basics.errors, self.policy_form.errors, self.config_form.errors))

    @property
    def policies(self) -> list[Group]:
        """What it is told and how, each to be opened where it is not as usual."""
        return self.policy_form.groups(self.basics)

    def take_apart(self) -> bool:
        """Spread a whole address that was pasted over the fields that it fills; whether there was one."""
        parts = self.spec.form.parts_of(self.config)
        self.config |= parts
        self.config_form = shown_form(self.kind, self.config)
        self.basics = Basics(self.actor.team, self.integration, initial=self._typed())
        return bool(parts)

    def test(self, now: datetime) -> None:
        """Post a marked message to what is typed; an unchanged, saved one is tested as it is stored."""
        try:
            if self.integration is not None and not self._is_changed():
                self.tested = services.test_saved(self.actor, self.integration, now, self._speech())
            else:
                self.tested = services.test_draft(
                    self.actor,
                    kind=self.kind,
                    name=self.name,
                    config=self.config,
                    integration=self.integration,
                    speech=self._speech(),
                    now=now,
                )
        except (ValidationError, Conflict, TooOften) as refusal:
            self._take(refusal)
        excused = self.config_form.excusable if self.tested and self.tested.ok else ()
        self._show(excused)

    def save(self, now: datetime) -> Integration | None:
        """Create or change it; None when something was wrong, which the forms then say."""
        try:
            common = {"name": self.name, "enabled": self.enabled, **self._places(), **self._policy(), "now": now}
            if self.integration is None:
                return services.create(self.actor, kind=self.kind, config=self.config, **common)
            changed: dict[str, Any] = {"config": self.config} if self._is_changed() else {}
            return services.update(self.actor, self.integration, **common, **changed)
        except (ValidationError, Conflict, TooOften) as refusal:
            self._take(refusal)
            self._show()
            return None

    @property
    def name(self) -> str:
        """As typed."""
        return str(self.basics.data.get(self.basics.add_prefix("name"), ""))

    @property
    def enabled(self) -> bool:
        """As ticked."""
        return self.basics.add_prefix("enabled") in self.basics.data

    def _places(self) -> dict[str, Any]:
        """Who is told besides; ValidationError at `fallback` where that is nothing of the team's."""
        self.basics.full_clean()
        if wrong := self.basics.errors.get("fallback"):
            raise ValidationError({"fallback": list(wrong)})
        return {name: self.basics.cleaned_data[name] for name in ("fallback", "hears_trouble")}

    def _policy(self) -> Policy:
        self.policy_form.full_clean()
        return self.policy_form.policy()

    def _speech(self) -> Speech | None:
        """The language and the time zone as typed; None where the page does not ask for them."""
        policy = self.policy_form.policy()
        return speech_of(policy["language"], policy["time_zone"]) if "language" in policy else None

    def _typed(self) -> dict[str, Any]:
        return {name: self.basics[name].value() for name in self.basics.fields}

    def _is_changed(self) -> bool:
        """Whether what was posted differs from what the form was filled with."""
        shown = shown_config(self.integration) if self.integration else None
        if shown is None:
            return True
        return any(_plain(self.config.get(name)) != _plain(shown.get(name)) for name in self.spec.form.base_fields)

    def _take(self, refusal: ValidationError | Conflict | TooOften) -> None:
        if not isinstance(refusal, ValidationError):
            self.problems.append(refusal.message)
            return
        for name, messages in texts_of(refusal).items():
            if form := next((form for form in (self.basics, self.policy_form) if name in form.fields), None):
                form.full_clean()
                form.errors[name] = form.error_class(messages)
            elif not name.startswith("config"):
                self.problems.extend(messages)

    def _show(self, excused: tuple[str, ...] = ()) -> None:
        stored = current_config(self.integration) if self.integration else None
        self.config_form = form_for(self.kind, self.config, stored, excused)


def shown_config(integration: Integration) -> dict[str, Any] | None:
    """The config with its secrets masked; None if it cannot be read."""
    try:
        return masked_config(integration)
    except Unreadable:
        return None


def blank(actor: Actor, kind: str) -> Draft:
    """A new integration of that type. ValidationError for an unknown one."""
    return Draft(actor, kind, None, Basics(actor.team, None), PolicyForm(actor.team, kind, None), shown_form(kind))


def stored(actor: Actor, integration: Integration) -> Draft:
    """A saved one, to be changed; no secret of it is in the form, only masks."""
    basics = Basics(actor.team, integration, initial=initial_of(integration))
    shown = shown_config(integration)
    problem = UNREADABLE if shown is None else spec_of(integration.kind).absence()
    policy_form = PolicyForm(actor.team, integration.kind, integration)
    form = shown_form(integration.kind, shown)
    return Draft(actor, integration.kind, integration, basics, policy_form, form, problems=[problem] if problem else [])


def posted(actor: Actor, kind: str, integration: Integration | None, data: QueryDict) -> Draft:
    """What the browser sent."""
    config = _present(kind, posted_config(kind, data))
    basics, policy_form = Basics(actor.team, integration, data), PolicyForm(actor.team, kind, integration, data)
    return Draft(actor, kind, integration, basics, policy_form, shown_form(kind, config), config)


def _present(kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """An emptied text clears what was stored."""
    return {name: None if value == "" else value for name, value in config.items()}


def _plain(value: Any) -> Any:
    """As a browser sends it: no value, an empty text and an unticked box are alike."""
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return str(value).replace("\r\n", "\n") if value not in (None, "", False) else ""
