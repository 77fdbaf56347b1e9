"""The secrets an installation needs, generated once into the data directory when the environment names none."""

import json
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet

FILE_NAME = "secrets.json"


def load_or_create(data_dir: Path) -> dict[str, str]:
    """Return `secret_key` and `encryption_keys` of this installation; the file is readable by its owner only."""
    path = data_dir / FILE_NAME
    if not path.exists():
        _create(path)
    loaded: dict[str, str] = json.loads(path.read_text())
    return loaded


def make_private(database: Path) -> None:
    """Make the empty SQLite file before SQLite does, so that its owner alone can read it and what lies beside it."""
    if database.name != ":memory:" and database.parent.is_dir() and not database.exists():
        os.close(os.open(database, os.O_WRONLY | os.O_CREAT, 0o600))


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = {"secret_key": secrets.token_urlsafe(50), "encryption_keys": Fernet.generate_key().decode()}
    draft = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(fresh, file)
    try:
        os.link(draft, path)  # the first process wins; a rename would let the second one replace its keys
    except FileExistsError:
        pass
    finally:
        draft.unlink()
