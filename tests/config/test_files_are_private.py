"""What lies in the data directory can be read by its owner alone, whoever made the directory."""

import os
import stat
import subprocess
import sys
from pathlib import Path

from config import secrets

ROOT = Path(__file__).resolve().parents[2]


def test_database_and_secrets_are_made_for_the_owner_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    names = ("DATABASE_URL", "SECRET_KEY", "BELLHOP_ENCRYPTION_KEYS")
    environment = {name: value for name, value in os.environ.items() if name not in names}

    subprocess.run(
        [sys.executable, "manage.py", "migrate", "teams", "-v0"],
        cwd=ROOT,
        env=environment | {"BELLHOP_DATA_DIR": str(tmp_path)},
        check=True,
        capture_output=True,
    )

    files = [path for path in tmp_path.iterdir() if path.is_file()]
    assert {"bellhop.sqlite3", "secrets.json"} <= {path.name for path in files}
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in files} == {path.name: 0o600 for path in files}


def test_a_database_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    database = tmp_path / "bellhop.sqlite3"
    database.write_bytes(b"rows")
    database.chmod(0o640)

    secrets.make_private(database)

    assert (database.read_bytes(), stat.S_IMODE(database.stat().st_mode)) == (b"rows", 0o640)
