"""The door of the library Apprise: it knows many services and opens its own connections, which are watched.

It is off unless the library is installed and the operator allows schemas (BELLHOP_APPRISE_SCHEMAS).
"""

import logging
import os
import re
import time
from functools import cache, partial
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from django.conf import settings

from channels_app.contract import AppriseCall, DoorError, Reply
from channels_app.doors.guard import REFUSED_WORDS, Policy, policy_from_settings
from channels_app.doors.pool import Pool
from channels_app.doors.watch import NOWHERE, Watch, watched

THREADS = 4
SWITCHED_OFF = "Apprise is not switched on in this installation: its operator has to name schemas for it."
NOT_INSTALLED = "The library Apprise is not installed in this installation: its operator has to add it."
UNREADABLE = "Apprise cannot read this address"
NO_NAME = "the host name was not found"
TOO_SLOW = "no answer in time"
# Programs and devices of the machine itself, services whose keys lie in its files, and those that connect in threads of
# their own, where nobody would watch.
LOCAL = ("blink1", "dbus", "gio", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows")
NEVER = frozenset((*LOCAL, "fcm", "vapid", "mqtt", "mqtts", "xmpp", "xmpps"))
_SCHEMA = re.compile(r"\s*([a-z0-9]{1,30})://", re.IGNORECASE)
_STATUS = re.compile(r"\berror=(\d{3})\b")  # the one place where the library tells what the remote answered
Ended = tuple[int | None, DoorError | None, str]


def schema_of(url: str) -> str:
    """What the address begins with, in lower case; empty where that is no schema."""
    found = _SCHEMA.match(url)
    return found[1].lower() if found else ""


def allowed_schemas() -> tuple[str, ...]:
    """Those that the operator allows, in order, but for those that nobody may use."""
    named = map(bare, getattr(settings, "BELLHOP_APPRISE_SCHEMAS", ()))
    return tuple(dict.fromkeys(each for each in named if each and each not in NEVER))


def bare(schema: str) -> str:
    """A schema as an operator may write it, in the one spelling."""
    return schema.strip().lower().removesuffix("://")


def is_installed() -> bool:
    """Whether the library is there, without loading it."""
    return find_spec("apprise") is not None


def absence() -> str:
    """A sentence on why nothing can be sent this way here; empty where it can."""
    if not allowed_schemas():
        return SWITCHED_OFF
    return "" if is_installed() else NOT_INSTALLED


def objection(url: str) -> str:
    """A sentence on why nothing may be sent to `url`; empty where it may, as far as the operator is concerned."""
    schema, known = schema_of(url), allowed_schemas()
    if missing := absence():
        return missing
    if schema in known:
        return ""
    start = f"Addresses that begin with {schema}://" if schema else "Addresses without a schema"
    return f"{start} are not allowed here; the operator allows {', '.join(f'{each}://' for each in known)}."


def is_readable(url: str) -> bool:
    """Whether the library makes a service of `url`. Opens no connection."""
    return _service(url, policy_from_settings()) is not None


def apprise_pool(policy: Policy) -> Pool[AppriseCall]:
    """The door; each call has the policy's whole time, and each of its connections passes the guard."""
    return Pool(partial(send, policy=policy), THREADS, "bellhop-apprise")


def send(call: AppriseCall, policy: Policy) -> Reply:
    """Hand one message to the library. Never raises."""
    started = time.monotonic()
    try:
        status, error, words = _carried(call, policy)
    except Exception as failed:  # noqa: BLE001 - 150 services of others, and a call must end with a reply
        status, error, words = None, DoorError.OTHER, f"Apprise failed ({type(failed).__name__})"
    took = time.monotonic() - started
    body = words.encode(errors="replace") if status else b""
    return Reply(status, body=body, error=error, error_words="" if status else words, seconds=took, at=time.time())


def _carried(call: AppriseCall, policy: Policy) -> Ended:
    if refused := objection(call.url):
        return None, DoorError.ADDRESS_REFUSED, refused
    service = _service(call.url, policy)
    if service is None:
        return None, DoorError.BAD_ADDRESS, UNREADABLE
    watch, began = Watch("https" if _is_encrypted(service) else "http", policy), time.monotonic()
    with watched(watch, policy.total_seconds):
        good, words = _told(service, call, policy.total_seconds)
    # What was cut off in its headers passes for an answer.
    if good and not watch.ran_out:
        return None, None, ""
    return _failed(watch, words, late=time.monotonic() - began >= policy.total_seconds)


def _told(service: Any, call: AppriseCall, seconds: float) -> tuple[bool, str]:
    """Whether the service took it, and what the library wrote down."""
    library = _library()
    sender = library.Apprise(asset=service.asset)
    sender.add(service)
    with sender.notify(
        body=call.body, title=call.title, notify_type=call.sort, body_format=library.NotifyFormat.TEXT, timeout=seconds
    ) as result:
        words = "; ".join(dict.fromkeys(entry.message for entry in result.logs()))
        return result.status == library.AppriseResultStatus.SUCCESS, words


def _failed(watch: Watch, words: str, late: bool) -> Ended:
    """What kept it from being told, by what was seen of its connections, else by the library's own words.

    The library has the same limit, and may notice first that it was `late`.
    """
    if watch.refused:
        return None, DoorError.ADDRESS_REFUSED, REFUSED_WORDS
    if watch.ran_out:
        return None, DoorError.TIMEOUT, TOO_SLOW
    if found := _STATUS.search(words):
        return int(found[1]), None, words
    if late:
        return None, DoorError.TIMEOUT, TOO_SLOW
    if watch.asked and not watch.knocked:
        return None, DoorError.DNS, NO_NAME
    return None, DoorError.OTHER, words or "Apprise did not say why"


def _service(url: str, policy: Policy) -> Any:
    """The library's service for `url`, with what an address could set taken back; None where there is none."""
    library = _library()
    asset = library.AppriseAsset(
        app_id="Bellhop",
        app_desc="Bellhop",
        storage_mode="memory",
        http_redirects=False,
        async_mode=False,
        pgp_autogen=False,
        pem_autogen=False,
        language="en",
    )
    with watched(Watch(NOWHERE, policy), policy.total_seconds):
        service = library.Apprise.instantiate(url, asset=asset)
    if service is None or service.schema in NEVER:
        return None
    service.verify_certificate = True
    service.redirects = False
    service.request_rate_per_sec = 0  # it would sleep in the thread; lanes know how to wait
    service.retry = 0
    service.optional = False
    service.overflow_mode = library.OverflowMode.TRUNCATE
    service.socket_connect_timeout = policy.connect_seconds
    service.socket_read_timeout = policy.total_seconds
    return service


def _is_encrypted(service: Any) -> bool:
    names = service.secure_protocol or ()
    return service.schema in ((names,) if isinstance(names, str) else names)


@cache
def _library() -> ModuleType:
    """Apprise, without its ways to files and other addresses, and without what it and urllib3 log of addresses."""
    own = logging.getLogger("apprise")
    own.propagate = False  # its warnings are in the results
    own.setLevel(logging.WARNING)
    own.addHandler(logging.NullHandler())
    logging.getLogger("urllib3").setLevel(logging.INFO)
    # requests would obey the proxies and the netrc file of the environment, past the guard.
    os.environ |= {"no_proxy": "*", "NETRC": os.devnull}
    import apprise  # noqa: TID251 - this package is the door
    from apprise.manager_attachment import AttachmentManager  # noqa: TID251

    attachments: Any = AttachmentManager()  # type: ignore[no-untyped-call]
    attachments.remove(*attachments.schemas())
    return apprise
