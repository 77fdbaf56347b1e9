"""A PostgreSQL server of the test's own, that may be stopped as hard as it likes."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.ports import free_port

ACCOUNT = "postgres"  # the server refuses to run as root
LONGEST = 600  # seconds; on a machine that is busy with other tests


def missing() -> str:
    """Why there can be no cluster here; empty where there can."""
    if not _program("initdb") or not _program("pg_ctl"):
        return "PostgreSQL's initdb and pg_ctl are not installed"
    if os.getuid() == 0 and not shutil.which("runuser"):
        return "PostgreSQL does not run as root, and there is no runuser"
    return ""


class Cluster:
    """Its files are below `folder`, which the server's account must be able to write; it listens on 127.0.0.1."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._port = free_port()
        self.url = f"postgresql://{ACCOUNT}@127.0.0.1:{self._port}/postgres"
        self._run("initdb", "--auth", "trust", "--username", ACCOUNT, "--encoding", "UTF8", "--no-sync")

    def start(self) -> None:
        """Return once it answers."""
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        log = str(self._folder / "log")
        self._run("pg_ctl", "start", "--wait", "--timeout", str(LONGEST), "--options", options, "--log", log)

    def stop(self) -> None:
        """As after a power cut, but for the disk: every connection breaks, and nothing is finished."""
        self._run("pg_ctl", "stop", "--mode", "immediate")

    def _run(self, program: str, *words: str) -> None:
        drop = ["runuser", "-u", ACCOUNT, "--"] if os.getuid() == 0 else []
        command = [*drop, _program(program), *words, "--pgdata", str(self._data)]
        done = subprocess.run(command, cwd=self._folder, capture_output=True, text=True, check=False, timeout=LONGEST)
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A started one; its files are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="bellhop-cluster-"))
    try:
        if os.getuid() == 0:
            shutil.chown(folder, ACCOUNT)
        cluster = Cluster(folder)
        cluster.start()
        yield cluster
        cluster.stop()
    finally:
        shutil.rmtree(folder)


def _program(name: str) -> str:
    """Where it is; Debian keeps these out of the PATH."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return shutil.which(name, path=os.pathsep.join([os.environ["PATH"], *map(str, places)])) or ""
