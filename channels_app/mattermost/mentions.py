"""Who can be pinged in Mattermost: a channel, those who are there, people by their user names. Pure."""

import re
from collections.abc import Iterable

_MENTION = re.compile(r"@[a-z0-9][a-z0-9._-]{0,63}|@?(?:here|channel|all)")


def is_mention(name: str) -> bool:
    """Whether Mattermost could have somebody to ping by that name."""
    return bool(_MENTION.fullmatch(name))


def mentions(names: Iterable[str]) -> str:
    """The mentions that may ping, in Mattermost's form."""
    known = (name.strip() for name in names if is_mention(name.strip()))
    return " ".join(f"@{name.removeprefix('@')}" for name in known)
