"""Which hosts are answered follows from the address that links are made of."""

import json
import os
import subprocess
import sys
from pathlib import Path

PRINT = "import json; from config import settings as s; print(json.dumps([s.ALLOWED_HOSTS, s.SESSION_COOKIE_SECURE]))"


def read(tmp_path: Path, **env: str) -> tuple[list[str], bool]:
    """ALLOWED_HOSTS and whether cookies travel by TLS only, as a fresh process reads them."""
    known = {name: value for name, value in os.environ.items() if name not in ("ALLOWED_HOSTS", "BELLHOP_BASE_URL")}
    done = subprocess.run(
        [sys.executable, "-c", PRINT],
        env={**known, "BELLHOP_DATA_DIR": str(tmp_path), **env},
        capture_output=True,
        text=True,
        check=True,
    )
    hosts, secure = json.loads(done.stdout)
    return hosts, secure


def test_only_the_base_addresss_host_and_this_machine_are_answered(tmp_path: Path) -> None:
    hosts, secure = read(tmp_path, BELLHOP_BASE_URL="https://bellhop.example.com:8443")

    assert set(hosts) - {"127.0.0.1", "localhost", "[::1]"} == {"bellhop.example.com"}
    assert secure
