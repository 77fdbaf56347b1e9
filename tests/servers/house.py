"""A real Bellhop for tests from outside: `manage.py up` on a data directory of its own, driven over HTTP."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import requests  # noqa: TID251 - asks our own server

from tests.servers.databases import ROOT, put_sqlite

# On a machine that is busy with other tests; neither of them is a promise about how long it takes.
START_SECONDS = 600.0  # until programs are there, or gone
PATIENCE = 120.0  # until what several programs do together is done
T = TypeVar("T")


def wait_for(look: Callable[[], T], seconds: float = PATIENCE, what: str = "") -> T:
    """What `look` returns once that is true; AssertionError if it never is."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what or look} not within {seconds} s")
        time.sleep(0.05)
    return found


def family(pid: int) -> list[int]:
    """The process and all below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        below = [int(child) for child in children.read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [pid, *(one for child in below for one in family(child))]


def words_of(pid: int) -> list[bytes]:
    """The command line of the process; nothing where it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def runs(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class House:
    """Runs while entered as a context. `env` is all the environment it has, beside PATH and the data directory.

    Its database has all migrations already.
    """

    migrated = True

    def __init__(self, data_dir: Path, **env: str) -> None:
        self.data_dir = data_dir
        self.env = {
            "PATH": os.environ["PATH"],
            "BELLHOP_DATA_DIR": str(data_dir),
            "BELLHOP_ALLOWED_NETWORKS": "127.0.0.0/8",
            **env,
        }
        self.log = data_dir.parent / f"{data_dir.name}.log"
        self.url = ""
        self.key = ""
        self.up: subprocess.Popen[bytes] | None = None
        self._session = requests.Session()
        self._session.trust_env = False

    def __enter__(self) -> Self:
        if self.migrated and "DATABASE_URL" not in self.env:
            put_sqlite(self.data_dir)
        with self.log.open("wb") as log:
            self.up = subprocess.Popen(
                [sys.executable, str(ROOT / "manage.py"), "up", "--bind", "127.0.0.1:0"],
                env=self.env,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        try:
            self.url = wait_for(self._address, START_SECONDS, "manage.py up")
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        self._session.close()

    def _end(self) -> None:
        assert self.up is not None
        self.up.send_signal(signal.SIGTERM)
        self.up.wait(timeout=60)

    def said(self) -> str:
        """All that `up` and its children wrote so far."""
        return self.log.read_text()

    def manage(self, *words: str, **env: str) -> str:
        """The last line that the command writes to stdout."""
        command = [sys.executable, str(ROOT / "manage.py"), *words]
        done = subprocess.run(
            command, env={**self.env, **env}, capture_output=True, text=True, check=False, timeout=START_SECONDS
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.rstrip("\n").rpartition("\n")[2]

    def found_team(self, name: str = "Ops", owner: str = "ann@example.com", password: str = "correct horse") -> str:
        """Make a team and a key to it, which later calls use; the team's slug."""
        slug = self.manage("createteam", name, "--owner", owner, BELLHOP_PASSWORD=password)
        self.key = self.manage("createapikey", slug, "--name", "tests", "--role", "admin")
        return slug

    def call(self, method: str, path: str, body: Any = None, key: str | None = None) -> requests.Response:
        """One API call; `path` from below /api/v1."""
        headers = {"Authorization": f"Bearer {key or self.key}"}
        return self._session.request(method, f"{self.url}/api/v1{path}", json=body, headers=headers, timeout=PATIENCE)

    def get(self, path: str) -> Any:
        """The JSON of a GET that must succeed."""
        return _good(self.call("GET", path))

    def post(self, path: str, body: Any = None) -> Any:
        """The JSON of a POST that must succeed."""
        return _good(self.call("POST", path, body))

    def page(self, path: str) -> requests.Response:
        """A page as an anonymous visitor sees it."""
        return self._session.get(self.url + path, timeout=PATIENCE, allow_redirects=False)

    def _address(self) -> str:
        assert self.up is not None
        assert self.up.poll() is None, self.said()
        lines = [line for line in self.said().splitlines() if line.startswith("Bellhop is running at ")]
        return lines[0].rpartition(" ")[2].rstrip("/") if lines else ""


def _good(answer: requests.Response) -> Any:
    assert answer.ok, f"{answer.status_code}: {answer.text}"
    return answer.json() if answer.content else None


class NewHouse(House):
    """One whose database is not there yet."""

    migrated = False
