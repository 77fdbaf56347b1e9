"""Form fields of kinds: which are secret, which name the remote's address, and how an address is checked."""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from django import forms
from django.core.exceptions import ValidationError

from channels_app.doors.guard import REFUSED_WORDS, allowed, literal, policy_from_settings, resolves_inside
from channels_app.words import SEVERITIES, Severity

URL_LIMIT = 2000
_KEPT_IN_URL = "%/:?[]@!$&'()*+,;=~"


class KindForm(forms.Form):
    """A kind's fields. `cleaned_data` is the config as stored (JSON values only).

    `secret_fields` are encrypted, masked and write-only. A change in what `address_fields` point to (scheme, host,
    port) asks for every secret again, so that nobody can have a kept secret sent to a host of their own.
    `excused` are error codes, out of `excusable`, that are let pass because a test against the remote went well.
    A whole address pasted into one of `parted_fields` fills other fields too (see `parts_of`).
    """

    secret_fields: ClassVar[tuple[str, ...]] = ()
    address_fields: ClassVar[tuple[str, ...]] = ()
    excusable: ClassVar[tuple[str, ...]] = ()
    parted_fields: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, excused: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.excused = frozenset(excused) & frozenset(self.excusable)

    def config(self) -> dict[str, Any]:
        """The cleaned values without empty ones."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """The values that fields start with, for callers that leave them out."""
        return {name: field.initial for name, field in cls.base_fields.items() if field.initial is not None}

    @classmethod
    def parts_of(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """The fields that a pasted address in `values` fills, with their values; none where nothing was pasted."""
        return {}

    def complain(self, field: str, words: str, code: str) -> None:
        """Refuse `field`, unless `code` is excused."""
        if code not in self.excused:
            self.add_error(field, ValidationError(words, code=code))

    def proof_in(self, field: str, name: str, least: int, why: str) -> str:
        """The secret that remotes sign with, `name` to people, as entered; refuses what has under `least` characters.

        Empty where none was entered. `why` ends what is said of one that is too short.
        """
        secret = str(self.cleaned_data[field]).strip()
        if not secret.isascii() or not secret.isprintable() or " " in secret:
            raise ValidationError(f"A {name} has no spaces: copy it again.", code="bad_secret")
        if 0 < len(secret) < least:
            raise ValidationError(f"A {name} has at least {least} characters: {why}.", code="short_secret")
        return secret


class AddressField(forms.CharField):
    """A web address that the doors may call: https, or http where the operator's networks hold the host.

    `cleaned` is the address with its host in lower case and in ASCII. Names behind https are not resolved here: the
    door judges what they lead to at the moment of connecting.
    """

    api_type = "url"
    default_error_messages = {
        "scheme": "Begin the address with https:// (http:// only works for networks that the operator allowed).",
        "unreadable": "This is not a web address.",
        "userinfo": "Leave the user name and password out of the address.",
        "refused": f"{REFUSED_WORDS.capitalize()}.",
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", URL_LIMIT)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        text = str(super().clean(value) or "")
        return self._checked(text) if text else ""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "inputmode": "url", "autocomplete": "off", "spellcheck": "false"}

    def _checked(self, text: str) -> str:
        parts = self._parts(text)
        if parts.scheme not in ("http", "https"):
            raise self._error("scheme")
        if "@" in parts.netloc:
            raise self._error("userinfo")
        host = _ascii_host(parts)
        if host is None:
            raise self._error("unreadable")
        if not reachable(host, parts.scheme):
            raise self._error("scheme" if parts.scheme == "http" and literal(host) is None else "refused")
        path, query = (quote(part, safe=_KEPT_IN_URL) for part in (parts.path, parts.query))
        return urlunsplit((parts.scheme, _netloc(host, parts.port), path, query, ""))

    def _parts(self, text: str) -> SplitResult:
        if any(character <= " " or character in '\\"<>^`{|}\x7f' for character in text):
            raise self._error("unreadable")
        try:
            parts = urlsplit(text)
            _ = parts.port
        except ValueError:
            raise self._error("unreadable") from None
        return parts

    def _error(self, code: str) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code)


def severity_choice(label: str, initial: Severity, help_text: str) -> forms.ChoiceField:
    """A field for the least severity of which something is true; whoever leaves it out gets `initial`."""
    choices = [(str(each), each.capitalize()) for each in SEVERITIES]
    return forms.ChoiceField(label=label, choices=choices, initial=str(initial), required=False, help_text=help_text)


def reachable(host: str, scheme: str) -> bool:
    """Whether the operator's policy lets a call go to `host`, as far as can be told before connecting."""
    policy = policy_from_settings()
    spelled = literal(host)
    if spelled is not None:
        return allowed(spelled, scheme, policy)
    return scheme == "https" or resolves_inside(host, policy)


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address: what must not change under a kept secret."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _ascii_host(parts: SplitResult) -> str | None:
    host = parts.hostname or ""
    spelled = literal(host)
    if spelled is not None and not host.isascii():
        return str(spelled)
    try:
        return host.encode("idna").decode("ascii") or None if not host.isascii() else host or None
    except UnicodeError:
        return None


def _netloc(host: str, port: int | None) -> str:
    shown = f"[{host}]" if ":" in host else host
    return shown if port is None else f"{shown}:{port}"
