"""What a Nagios integration is: a server that takes passive check results, by NSCA or by NRDP."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError

from channels_app.contract import Abilities, Spec
from channels_app.doors.guard import allowed, literal, policy_from_settings
from channels_app.fields import AddressField, KindForm
from channels_app.nagios.names import PLACEHOLDERS, problem_with
from channels_app.nagios.packet import HOST_BYTES, LONG, SERVICE_BYTES, SHORT

NSCA, NRDP = "nsca", "nrdp"
XOR, NONE = "xor", "none"
LONGEST_REFRESH = 24 * 60
_HOST_TEXT = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_:[]%")


class HostField(forms.CharField):
    """A host by its name or address, without scheme, path and port, that the TCP door may talk to.

    Names are not resolved here: the door judges what they lead to, and one that knows says which names exist inside.
    """

    default_error_messages = {
        "unreadable": "Give the name or the address of the host alone: no http://, no path, no port.",
        "refused": "NSCA can be read on its way, so it only goes to networks that the operator allowed "
        "(BELLHOP_ALLOWED_NETWORKS); this address is in none of them.",
    }

    def clean(self, value: Any) -> str:
        text = str(super().clean(value) or "").lower()
        if not text:
            return ""
        bare = text.removeprefix("[").removesuffix("]")
        try:
            host = bare if bare.isascii() else bare.encode("idna").decode("ascii")
        except UnicodeError:
            raise self._error("unreadable") from None
        if not set(host) <= _HOST_TEXT or (":" in host and host.count(":") < 2):
            raise self._error("unreadable")
        spelled = literal(host)
        if spelled is not None and not allowed(spelled, "tcp", policy_from_settings()):
            raise self._error("refused")
        return host

    def _error(self, code: str) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code)


class PatternField(forms.CharField):
    """A name in Nagios of at most `most` bytes, with places that are filled in for each alert."""

    def __init__(self, most: int, **kwargs: Any) -> None:
        super().__init__(max_length=200, **kwargs)
        self._most = most

    def validate(self, value: Any) -> None:
        super().validate(value)
        if problem := problem_with(value, self._most):
            raise ValidationError(problem, code="pattern")


class NagiosForm(KindForm):
    """The fields of a Nagios integration."""

    secret_fields: ClassVar[tuple[str, ...]] = ("password", "token")
    address_fields: ClassVar[tuple[str, ...]] = ("server", "port", "url")

    way = forms.ChoiceField(
        label="Way",
        choices=[(NSCA, "NSCA"), (NRDP, "NRDP")],
        initial=NSCA,
        help_text="NRDP is the better one where the server has it: it is encrypted and answers. NSCA never answers.",
    )
    server = HostField(
        label="NSCA server",
        required=False,
        help_text="The host on which the nsca daemon listens, in a network that the operator allowed: what is sent can "
        "be read on its way.",
        widget=forms.TextInput(attrs={"placeholder": "nagios.example.org"}),
    )
    port = forms.IntegerField(label="NSCA port", min_value=1, max_value=65_535, initial=5667, help_text="Usually 5667.")
    encryption = forms.ChoiceField(
        label="NSCA encryption",
        choices=[(XOR, "XOR (decryption_method=1)"), (NONE, "None (decryption_method=0)")],
        initial=XOR,
        help_text="As in nsca.cfg. XOR is obfuscation, not security: whoever reads along can undo it and learn the "
        "password. Use a private network, or NRDP over https.",
    )
    password = forms.CharField(
        label="NSCA password",
        max_length=500,
        required=False,
        strip=False,
        help_text="As in nsca.cfg; none where there is none. With a wrong one Nagios drops everything unseen.",
    )
    packet = forms.ChoiceField(
        label="NSCA packets",
        choices=[("long", f"{LONG:,} bytes of output"), ("short", f"{SHORT} bytes of output (version 2.7)")],
        initial="long",
        help_text="How much text the daemon takes. Only old ones need the short form.",
    )
    url = AddressField(
        label="NRDP URL",
        required=False,
        help_text="The address of the NRDP page.",
        widget=forms.TextInput(attrs={"placeholder": "https://nagios.example.org/nrdp/"}),
    )
    token = forms.CharField(
        label="NRDP token", max_length=500, required=False, help_text="One of the tokens in NRDP's own settings."
    )
    host_name = PatternField(
        HOST_BYTES,
        label="Host",
        initial="{test}",
        help_text=f"The host in Nagios that an alert belongs to: fixed text, or with {PLACEHOLDERS}. "
        f"At most {HOST_BYTES} bytes, spelled as in Nagios.",
    )
    service_name = PatternField(
        SERVICE_BYTES,
        label="Service",
        required=False,
        initial="{rule}",
        help_text=f"The service on that host, in the same way, at most {SERVICE_BYTES} bytes. "
        "Empty: the alert becomes the state of the host itself (up or down).",
    )
    catch_all_host = PatternField(
        HOST_BYTES,
        label="Catch-all host",
        initial="bellhop",
        help_text="Where alerts go that lack a label or a test of the above.",
    )
    catch_all_service = PatternField(
        SERVICE_BYTES, label="Catch-all service", initial="alerts", help_text="The service on that host for them."
    )
    test_service = PatternField(
        SERVICE_BYTES,
        label="Test service",
        initial="bellhop",
        help_text="The service on the catch-all host for Bellhop itself: the Test button, other integrations that do "
        "not work and, at each refresh, a sign of life.",
    )
    info_state = forms.ChoiceField(
        label="An alert of severity info is",
        choices=[("ok", "OK"), ("warning", "WARNING")],
        initial="ok",
        help_text="Critical and major are CRITICAL, minor is WARNING, missing data is UNKNOWN.",
    )
    refresh_minutes = forms.IntegerField(
        label="Refresh every (minutes)",
        min_value=0,
        max_value=LONGEST_REFRESH,
        initial=5,
        help_text="Nagios keeps the last state that it heard. What is open, and what cleared within a day, is sent "
        "again so often, in case a result was lost. 0: never.",
    )

    def clean(self) -> dict[str, Any]:
        way = self.cleaned_data.get("way")
        if way == NSCA:
            self._need("server", "Give the host on which the nsca daemon listens.")
        if way == NRDP:
            self._need("url", "Give the address of the NRDP page.")
            self._need("token", "Give a token that NRDP knows.")
        for name in ("catch_all_host", "catch_all_service", "test_service"):
            if "{" in str(self.cleaned_data.get(name)):
                self.complain(name, "This must be fixed text: it is for what cannot be filled in.", "fixed")
        return self.cleaned_data

    def config(self) -> dict[str, Any]:
        """The values; an empty service says something, and stays."""
        return super().config() | {"service_name": self.cleaned_data["service_name"]}

    def _need(self, name: str, words: str) -> None:
        if not self.cleaned_data.get(name) and name not in self.errors:
            self.complain(name, words, "required")


@dataclass(frozen=True, slots=True)
class NagiosSettings:
    """A Nagios integration's values. `room` is that for the output, in bytes; `refresh_minutes` is 0 for never."""

    way: str = NSCA
    server: str = ""
    port: int = 5667
    encryption: str = XOR
    password: str = field(default="", repr=False)
    packet: str = "long"
    url: str = ""
    token: str = field(default="", repr=False)
    host_name: str = "{test}"
    service_name: str = ""
    catch_all_host: str = "bellhop"
    catch_all_service: str = "alerts"
    test_service: str = "bellhop"
    info_state: str = "ok"
    refresh_minutes: int = 0

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "NagiosSettings":
        """The settings that a stored config holds."""
        return cls(**{name: config[name] for name in cls.__dataclass_fields__ if name in config})

    @property
    def room(self) -> int:
        return SHORT if self.packet == "short" else LONG


def target(settings: NagiosSettings) -> str:
    """`nagios.example.org`, and how alerts are placed there."""
    where = settings.server if settings.way == NSCA else urlsplit(settings.url).hostname or ""
    return f"{settings.host_name}{' / ' if settings.service_name else ''}{settings.service_name} at {where}"[:200]


def rate_key(settings: NagiosSettings) -> str:
    """The server; nobody counts there."""
    return f"{settings.server}:{settings.port}" if settings.way == NSCA else settings.url


def secrets(settings: NagiosSettings) -> tuple[str, ...]:
    """Password and token."""
    return tuple(filter(None, (settings.password, settings.token)))


SPEC = Spec(
    kind="nagios",
    name="Nagios",
    icon="nagios",
    summary="Sets the states of hosts and services in Nagios (or Icinga), as passive check results.",
    setup=(
        "In Nagios, define the hosts and services that alerts shall show at, with passive checks on.",
        "Define the catch-all host too, with two services: one for alerts that fit nowhere, one for tests.",
        "With NSCA: look up port, decryption method and password in nsca.cfg and fill them in here.",
        "With NRDP: fill in the address of its page and one of its tokens; NRDP answers, NSCA never does.",
        "Say how hosts and services are called: names must be spelled exactly as in Nagios.",
        "Press Test: a marked result goes to the test service; with NSCA only Nagios shows whether it arrived.",
        "Leave Enabled ticked and Save; then tick the integration in the Notifications tab of a rule.",
    ),
    form=NagiosForm,
    settings=NagiosSettings.of,
    target=target,
    rate_key=rate_key,
    rate=None,
    abilities=Abilities(tracks_state=True, digestible=False, text_limit=LONG - 1),
    secrets=secrets,
    reads_subject=True,
    reads_company=True,
    refresh_every=lambda settings: 60.0 * settings.refresh_minutes,
    confirms=False,
)
