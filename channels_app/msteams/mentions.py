"""Who can be pinged in Teams: people, by their sign-in name or object id. Pure."""

import re
from collections.abc import Iterable
from typing import Any

_PERSON = re.compile(
    r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
)


def is_mention(name: str) -> bool:
    """Whether Teams could have somebody to ping by that name."""
    return bool(_PERSON.fullmatch(name))


def mentions(names: Iterable[str]) -> tuple[str, list[dict[str, Any]]]:
    """The markup that pings `names`, and the entities without which it would ping nobody."""
    known = list(dict.fromkeys(name.strip() for name in names if is_mention(name.strip())))
    marks = [f"<at>{name}</at>" for name in known]
    entities = [
        {"type": "mention", "text": mark, "mentioned": {"id": name, "name": name}}
        for mark, name in zip(marks, known, strict=True)
    ]
    return " ".join(marks), entities
