"""The demo's login and key: made once, kept in the data directory, readable by its owner only."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True)
class Login:
    """`base_url` is where the sandbox answered when the demo's integrations were last pointed at it."""

    email: str
    password: str = field(repr=False)
    api_key: str = field(repr=False)
    base_url: str


def path() -> Path:
    return Path(settings.DATA_DIR) / "demo.json"


def load() -> Login | None:
    """What was saved, if anything was."""
    if not path().exists():
        return None
    return Login(**json.loads(path().read_text()))


def save(login: Login) -> None:
    draft = path().with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(login), file)
    draft.replace(path())
