"""Who can be pinged in Discord: everybody, members and roles by id. Pure."""

import re
from collections.abc import Sequence
from typing import Any

_EVERYBODY = re.compile(r"@?(here|everyone)")
_MEMBER = re.compile(r"(?:<@!?)?(\d{5,20})>?")
_ROLE = re.compile(r"(?:<@)?&(\d{5,20})>?")


def is_mention(name: str) -> bool:
    """Whether Discord has somebody to ping by that name."""
    return bool(_EVERYBODY.fullmatch(name) or _MEMBER.fullmatch(name) or _ROLE.fullmatch(name))


def mentions(names: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """The markup that pings `names`, and the permission to ping them and nobody else."""
    marks: list[str] = []
    allowed: dict[str, Any] = {"parse": []}
    for name in map(str.strip, names):
        if found := _EVERYBODY.fullmatch(name):
            marks.append(f"@{found[1]}")
            allowed["parse"] = ["everyone"]
        elif found := _MEMBER.fullmatch(name):
            marks.append(f"<@{found[1]}>")
            allowed.setdefault("users", []).append(found[1])
        elif found := _ROLE.fullmatch(name):
            marks.append(f"<@&{found[1]}>")
            allowed.setdefault("roles", []).append(found[1])
    return " ".join(marks), {key: list(dict.fromkeys(value)) for key, value in allowed.items()}
