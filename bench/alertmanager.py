"""Debian's prometheus-alertmanager as a peer: each alert its own group, sent at once; no cluster, alerts in memory."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_server
from typing import Any

import requests  # noqa: TID251 - asks the peer

from bench.systems import cpu_seconds, send, session, slices
from tests.servers.house import wait_for

PROGRAM = "prometheus-alertmanager"


def installed() -> bool:
    return shutil.which(PROGRAM) is not None


class Alertmanager:
    """A running one; its fleets are routes to one webhook each."""

    name = "Alertmanager"

    def __init__(self, url: str, pid: int) -> None:
        self._url, self._pid = url, pid
        self._session = session({})
        self._run = 0

    def firing(self, fleet: str, numbers: Sequence[int], a_post: int) -> list[bytes]:
        """New alerts each time, so none is known already."""
        self._run += 1
        return self._bodies(fleet, numbers, a_post, datetime.now(UTC) + timedelta(hours=1))

    def clearing(self, fleet: str, numbers: Sequence[int], a_post: int) -> list[bytes]:
        """Those of the last call; nobody is told, so that rounds stay alike."""
        return self._bodies(fleet, numbers, a_post, datetime.now(UTC))

    def post(self, body: bytes) -> None:
        send(self._session, f"{self._url}/api/v2/alerts", body)

    def cpu(self) -> float:
        return cpu_seconds([self._pid])

    def _bodies(self, fleet: str, numbers: Sequence[int], a_post: int, ends: datetime) -> list[bytes]:
        alerts = [
            {
                "labels": {
                    "alertname": f"Rule {fleet}-{n}",
                    "fleet": fleet,
                    "run": str(self._run),
                    "severity": "minor",
                },
                "annotations": {"summary": f"load is 9 on Test {fleet}-{n}"},
                "endsAt": ends.isoformat(),
            }
            for n in numbers
        ]
        return [json.dumps(each).encode() for each in slices(alerts, a_post)]


@contextmanager
def alertmanager(folder: Path, fleets: Mapping[str, str], grouped: Sequence[str] = ()) -> Iterator[Alertmanager]:
    """One that sends each fleet to its URL; those in `grouped` as one group that waits a second."""
    folder.mkdir()
    config = folder / "alertmanager.yml"
    config.write_text(json.dumps(_config(fleets, grouped)))  # JSON is YAML
    with create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [
        PROGRAM,
        f"--config.file={config}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address={address}",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - the peer itself
            [*command, "--cluster.listen-address="], stdout=log, stderr=log
        )
    try:
        wait_for(lambda: _ready(f"http://{address}"), 20, "alertmanager")
        yield Alertmanager(f"http://{address}", process.pid)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _config(fleets: Mapping[str, str], grouped: Sequence[str]) -> dict[str, Any]:
    return {
        "route": {"receiver": next(iter(fleets)), "routes": [_route(name, name in grouped) for name in fleets]},
        "receivers": [
            {"name": name, "webhook_configs": [{"url": url, "send_resolved": False}]} for name, url in fleets.items()
        ],
    }


def _route(name: str, grouped: bool) -> dict[str, Any]:
    by: list[str] = ["fleet"] if grouped else ["..."]
    wait = "1s" if grouped else "0s"
    return {
        "receiver": name,
        "matchers": [f'fleet="{name}"'],
        "group_by": by,
        "group_wait": wait,
        "group_interval": "1s",
    }


def _ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/-/ready", timeout=2).ok
    except requests.RequestException:
        return False
