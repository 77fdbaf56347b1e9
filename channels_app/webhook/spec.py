"""What a webhook integration is: an address of the team's own that gets a body of its choice, signed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms

from channels_app.contract import Abilities, Rate, Spec
from channels_app.fields import AddressField, KindForm
from channels_app.webhook.headers import HeadersField, LinesField, parsed
from channels_app.webhook.types import JSON, TEMPLATE_LIMIT, is_type

TEMPLATE = "template"
SHORTEST_SIGNING_SECRET = 16
SHORTEST_SECRET_PART = 12
METHODS = ("POST", "PUT")
NONE, BASIC, BEARER = "none", "basic", "bearer"
AUTHENTICATION = ((NONE, "None"), (BASIC, "Basic (user and password)"), (BEARER, "Bearer (token)"))
BODIES = (
    ("generic", "Generic: all of the alert, in Bellhop's own JSON"),
    ("thousandeyes", "ThousandEyes (classic)"),
    ("alertmanager", "Alertmanager (version 4)"),
    ("mackerel", "Mackerel"),
    (TEMPLATE, "Your own template"),
)
_EXAMPLE = '{"text": "{{ headline }}", "value": {{ alert.readings[0].value | json }}}'


def _secret(label: str, words: str, most: int = 500, only: str = "") -> forms.CharField:
    """A text that is kept secret; `only` is the choice with which pages show it."""
    hidden = forms.TextInput(attrs={"autocomplete": "off", **_only(only)})
    return forms.CharField(label=label, max_length=most, required=False, help_text=words, widget=hidden)


def _only(choice: str) -> dict[str, str]:
    return {"data-only-with": choice} if choice else {}


class WebhookForm(KindForm):
    """The fields of a webhook integration."""

    secret_fields: ClassVar[tuple[str, ...]] = ("url", "password", "token", "headers", "secret", "previous_secret")
    address_fields: ClassVar[tuple[str, ...]] = ("url",)

    url = AddressField(
        label="URL",
        help_text="The exact address that takes the calls; redirects are not followed. It is kept secret.",
        widget=forms.TextInput(attrs={"placeholder": "https://hooks.example.org/alerts"}),
    )
    method = forms.ChoiceField(
        label="Method", choices=[(each, each) for each in METHODS], initial="POST", help_text="How it is called."
    )
    auth = forms.ChoiceField(
        label="Authentication",
        choices=AUTHENTICATION,
        initial=NONE,
        help_text="What stands in the header Authorization.",
    )
    user = forms.CharField(
        label="User",
        max_length=200,
        required=False,
        help_text="For basic authentication.",
        widget=forms.TextInput(attrs=_only(f"auth={BASIC}")),
    )
    password = _secret("Password", "For basic authentication. It is kept secret.", only=f"auth={BASIC}")
    token = _secret("Token", "For bearer authentication. It is kept secret.", most=4_000, only=f"auth={BEARER}")
    headers = HeadersField(
        label="Extra headers",
        required=False,
        help_text="One a line, “Name: value”, up to 20. They are kept secret, all together.",
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "X-Source: bellhop", "autocomplete": "off"}),
    )
    secret = _secret(
        "Signing secret",
        f"At least {SHORTEST_SIGNING_SECRET} characters, known to the receiver too. With it every call is signed, "
        "so that the receiver can tell that it is Bellhop's. Empty: calls are not signed.",
    )
    previous_secret = _secret(
        "Previous signing secret",
        "To change the secret: move the old one here and put the new one above. Calls are signed with both until this "
        "is emptied.",
    )
    body = forms.ChoiceField(
        label="Body", choices=BODIES, initial="generic", help_text="What is sent; Preview shows it."
    )
    template = LinesField(
        label="Template",
        max_length=TEMPLATE_LIMIT,
        required=False,
        strip=False,  # errors name its lines
        help_text="In Liquid; docs/webhooks.md lists what it may name. Everyone in the team can read it, so keep "
        "tokens in the headers.",
        widget=forms.Textarea(
            attrs={"rows": 8, "placeholder": _EXAMPLE, "spellcheck": "false", **_only(f"body={TEMPLATE}")}
        ),
    )
    content_type = forms.CharField(
        label="Content type",
        max_length=100,
        required=False,
        initial=JSON,
        help_text="Of what the template gives. Its values are escaped for JSON, forms, XML and HTML.",
        widget=forms.TextInput(attrs=_only(f"body={TEMPLATE}")),
    )

    def clean_content_type(self) -> str:
        given = str(self.cleaned_data["content_type"]).strip().lower() or JSON
        if not is_type(given):
            words = "Give a type such as application/json, without parameters; the text is always UTF-8."
            raise forms.ValidationError(words, code="content_type")
        return given

    def clean_user(self) -> str:
        user = str(self.cleaned_data["user"])
        if ":" in user or not user.isprintable():
            raise forms.ValidationError("A user's name holds no colon and no control characters.", code="user")
        return user

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        if not password.isprintable():
            raise forms.ValidationError("A password holds no control characters.", code="password")
        return password

    def clean_token(self) -> str:
        token = str(self.cleaned_data["token"])
        if not token.isascii() or not token.isprintable() or " " in token:
            words = "A token is made of letters, digits and signs without blanks: copy it again."
            raise forms.ValidationError(words, code="token")
        return token

    def clean_secret(self) -> str:
        return _long_enough(str(self.cleaned_data["secret"]))

    def clean_previous_secret(self) -> str:
        return _long_enough(str(self.cleaned_data["previous_secret"]))

    def clean(self) -> dict[str, Any]:
        self._check_authentication()
        if self.cleaned_data.get("previous_secret") and "secret" in self.cleaned_data:
            self._check_rotation()
        if self.cleaned_data.get("body") == TEMPLATE and not {"template", "content_type"} & self.errors.keys():
            self._check_template()
        return self.cleaned_data

    def _check_authentication(self) -> None:
        """What the chosen way needs must be there; what it does not need is not kept."""
        cleaned = self.cleaned_data
        needed = {BASIC: ("user", "password"), BEARER: ("token",)}.get(str(cleaned.get("auth")), ())
        for name in ("user", "password", "token"):
            if name not in needed:
                cleaned.pop(name, None)
            elif name in cleaned and not cleaned[name]:
                self.complain(name, f"The authentication that is chosen needs the {name}.", "required")
        if needed and "authorization" in {name.lower() for name in parsed(str(cleaned.get("headers", "")))}:
            self.complain("headers", "Authorization is there already, by the authentication that is chosen.", "twice")

    def _check_rotation(self) -> None:
        if not self.cleaned_data["secret"]:
            self.complain("secret", "Give the present signing secret too, or empty the previous one.", "required")
        elif self.cleaned_data["secret"] == self.cleaned_data["previous_secret"]:
            self.complain("previous_secret", "This is the same as the present one.", "same_secret")

    def _check_template(self) -> None:
        # The engine takes 20 MB: only those who use templates have it in memory.
        from channels_app.webhook import checking

        if not self.cleaned_data["template"].strip():
            self.complain("template", "Write a template, or choose another body.", "required")
        elif problem := checking.problem_with(self.cleaned_data["template"], self.cleaned_data["content_type"]):
            self.complain("template", problem, "bad_template")


def _long_enough(secret: str) -> str:
    if secret and len(secret) < SHORTEST_SIGNING_SECRET:
        words = f"A signing secret has at least {SHORTEST_SIGNING_SECRET} characters; this one has {len(secret)}."
        raise forms.ValidationError(words, code="short_secret")
    return secret


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """A webhook integration's values. `signing_secrets` are the present and, while it is changed, the previous one."""

    url: str = field(repr=False)
    method: str = "POST"
    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    signing_secrets: tuple[str, ...] = field(default=(), repr=False)
    body: str = "generic"
    template: str = ""
    content_type: str = JSON

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "WebhookSettings":
        """The settings that a stored config holds."""
        texts = {name: str(config[name]) for name in ("user", "password", "token", "template") if config.get(name)}
        return cls(
            url=str(config["url"]),
            method=str(config.get("method") or "POST"),
            headers=parsed(str(config.get("headers") or "")),
            signing_secrets=tuple(str(config[name]) for name in ("secret", "previous_secret") if config.get(name)),
            body=str(config.get("body") or "generic"),
            content_type=str(config.get("content_type") or JSON),
            **texts,
        )


def target(settings: WebhookSettings) -> str:
    """Where it lives; the rest of the address may be a secret."""
    return f"webhook at {urlsplit(settings.url).hostname}"


def rate_key(settings: WebhookSettings) -> str:
    """Host and path: whoever listens there counts them together."""
    parts = urlsplit(settings.url)
    return f"{parts.netloc}{parts.path}"


def secrets(settings: WebhookSettings) -> tuple[str, ...]:
    """The address, its path and query, and all that is sent or used to prove who calls.

    Of a part of the path or query only what is long: “alerts” at its end is no secret, and stands in many a text.
    """
    parts = urlsplit(settings.url)
    pieces = [each for each in re.split(r"[/&=]", f"{parts.path}&{parts.query}") if len(each) >= SHORTEST_SECRET_PART]
    own = (settings.password, settings.token, *settings.headers.values(), *settings.signing_secrets)
    return tuple(text for text in (settings.url, parts.path.rstrip("/"), parts.query, *pieces, *own) if text)


SPEC = Spec(
    kind="webhook",
    name="Webhook",
    icon="webhook",
    summary="Posts every state of an alert to an address of your own: as JSON, in a known shape, or by your template.",
    setup=(
        "Let your receiver answer with any status from 200 to 299 once it has taken a call; it should do so quickly.",
        "Paste its exact address here: with https, and with the slash at the end if it has one.",
        "Choose what it asks of callers: nothing, user and password, a token, or headers of your own.",
        "Make up a long signing secret and save it at both ends, so that the receiver can check each call.",
        "Choose a body that the receiver knows, or write a template; Preview shows it with one of your alerts.",
        "Let the receiver pass over a Bellhop-Id that it had before: a call may come twice.",
        "Press Test: a marked message is sent, and the answer's status shows.",
        "Leave Enabled ticked and Save; then tick the integration in the Notifications tab of a rule.",
    ),
    form=WebhookForm,
    settings=WebhookSettings.of,
    target=target,
    rate_key=rate_key,
    rate=Rate(30, 1.0, burst=20),
    abilities=Abilities(digestible=False, text_limit=64 * 1024),
    fixed_answer=False,
    secrets=secrets,
    reads_subject=True,
)
