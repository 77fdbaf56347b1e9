"""All kinds, one line each, in the order in which people see them."""

from channels_app import (
    apprise,
    discord,
    email,
    hipchat,
    mattermost,
    msteams,
    nagios,
    pagerduty,
    slack,
    telegram,
    webhook,
)
from channels_app.contract import Kind

KINDS: tuple[Kind, ...] = (
    slack.KIND,
    hipchat.KIND,
    msteams.KIND,
    mattermost.KIND,
    discord.KIND,
    telegram.KIND,
    email.KIND,
    pagerduty.KIND,
    webhook.KIND,
    nagios.KIND,
    apprise.KIND,
)

_BY_NAME = {each.spec.kind: each for each in KINDS}


class UnknownKind(LookupError):
    """No kind has that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{str(name)[:50]!r} is no kind of integration; the kinds are {', '.join(_BY_NAME)}")


def kinds() -> tuple[Kind, ...]:
    """Every kind."""
    return KINDS


def offered() -> tuple[Kind, ...]:
    """Those that this installation offers for new integrations."""
    return tuple(each for each in KINDS if not each.spec.absence())


def kind(name: str) -> Kind:
    """The kind of that name; `UnknownKind` if there is none."""
    try:
        return _BY_NAME[name]
    except (KeyError, TypeError):
        raise UnknownKind(name) from None


def name_of(kind: str) -> str:
    """The kind as people call it; its own word where this installation no longer has it."""
    return _BY_NAME[kind].spec.name if kind in _BY_NAME else kind


def confirms(kind: str) -> bool:
    """Whether a remote of that kind says that it took what was sent."""
    return kind not in _BY_NAME or _BY_NAME[kind].spec.confirms
