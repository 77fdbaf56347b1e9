"""`python -m bench pages`: how long each page takes in a team with a mountain of everything, on each engine.

Requests go through all of Django in one process, without a network; `bare` is the login page measured the same way,
and CPU is that process's alone. SQLite's file is kept in the temporary directory and migrated; delete it there to have
a new one. On PostgreSQL the mountain is piled up each time.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

RUNS, GOAL = 20, 200.0  # ms
FILE = "bellhop.sqlite3"
ROOT = Path(__file__).resolve().parents[1]
BARE = "/login/"
# What people ask of a page besides its plain address, by the end of its route.
MORE = {
    "t/<team_slug>/alerts/": ["state=cleared", "severity=critical&show=history", "test=test-0", "who=mine"],
    "t/<team_slug>/rules/": ["q=999", "state=violated"],
    "t/<team_slug>/deliveries/": ["state=rejected", "integration=1"],
    "t/<team_slug>/views/": ["q=99"],
    "t/<team_slug>/views/<slug>/": ["range=30d", "range=7d", "range=1h"],
    "t/<team_slug>/integrations/": ["q=room"],
    "t/<team_slug>/handover/": ["since=24h"],
}


@dataclass(frozen=True)
class Row:
    """One address: milliseconds of the median and the 95th percentile, and of CPU, which other load changes least.

    `size` is in bytes, `slowest` a query with its milliseconds.
    """

    path: str
    status: int
    median: float
    p95: float
    cpu: float
    size: int
    queries: int
    slowest: tuple[float, str]

    def line(self, bare: float) -> str:
        verdict = "" if self.median < GOAL else "  MISSED"
        times = f"{self.median:>8.1f} {self.p95:>8.1f} {self.cpu:>8.1f} {self.cpu / bare:>7.1f}"
        return f"{self.path:<62} {times} {self.size / 1024:>8.1f} {self.queries:>7}{verdict}"


def main(name: str, database: str) -> None:
    """Print the table of one engine, from a process of its own. `database` is PostgreSQL's address, or empty."""
    folder = _folder()
    env = {"BELLHOP_DATA_DIR": str(folder), "DATABASE_URL": database or f"sqlite:///{folder / FILE}"}
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-m", "bench.pages", name]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **settings, **env}, check=True)  # noqa: S603 - our own program


def table(name: str) -> None:
    """The table; for each page that misses the goal also its slowest query, and how the database goes about it."""
    import django

    django.setup()
    _prepare(_folder())
    rows = list(_measured())
    bare = rows[0].cpu
    names = f"{'median':>8} {'p95':>8} {'CPU':>8} {'/ bare':>7} {'kB':>8} {'queries':>7}"
    head = f"{name + ': page (ms; goal: median < 200)':<62} {names}"
    sys.stdout.write("\n".join(["", head, *(row.line(bare) for row in rows), ""]))
    for row in (row for row in rows if row.median >= GOAL):
        sys.stdout.write(f"\n{row.path}: slowest query {row.slowest[0]:.0f} ms\n{_plan(row.slowest[1])}\n")


def _folder() -> Path:
    """Where the database is kept, for this user alone."""
    stamp = sha256((ROOT / "bench/mountain.py").read_bytes()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"bellhop-bench-{os.getuid()}" / stamp
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _prepare(folder: Path) -> None:
    """The mountain, on SQLite the one of the last time where it was finished."""
    from django.core.management import call_command
    from django.db import connection

    from bench.mountain import pile_up

    complete = folder / "complete" if connection.vendor == "sqlite" else None
    if complete and complete.exists():
        call_command("migrate", verbosity=0)
        return
    if complete:
        (folder / FILE).unlink(missing_ok=True)
    call_command("migrate", verbosity=0)
    began = time.monotonic()
    pile_up(say)
    if complete:
        complete.touch()
    else:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as PostgreSQL does by itself within a minute
    say(f"the mountain stands, made in {time.monotonic() - began:.0f} s")


def _measured() -> Iterator[Row]:
    from django.test import Client

    from bench.mountain import OWNER
    from teams.models import User

    client = Client(headers={"Host": "localhost"}, raise_request_exception=False)
    yield measure(client, BARE)
    client.force_login(User.objects.get(email=OWNER))
    for path in _addresses():
        status = client.get(path).status_code
        if status == 200:
            yield measure(client, path)
        elif status >= 500:
            say(f"{path}: status {status}")


def _addresses() -> Iterator[str]:
    """Every page of a team, filled with the biggest things of the mountain."""
    from tests.addresses import PARAMETER, address, known, plain, routes

    world = _world()
    for route in routes():
        named = {model for each in PARAMETER.findall(plain(route)) if (model := (known(route, each) or (None,))[0])}
        if route.startswith(("t/", "alerts/", "me/")) and named <= {type(row) for row in world.objects.values()}:
            path = address(route, world)[0]
            yield path
            yield from (f"{path}?{query}" for query in MORE.get(PARAMETER.sub(r"<\1>", plain(route)), ()))


def _world() -> Any:
    from alerts.models import Alert, AlertRule, Test
    from deliveries.models import Delivery
    from integrations.models import Integration
    from teams.models import Membership, Team, User
    from tests.addresses import World

    rows: list[Any] = [
        Team.objects.get(),
        Test.objects.get(slug="test-0"),
        AlertRule.objects.earliest("pk"),
        Integration.objects.filter(builtin=False).earliest("pk"),
        Alert.objects.latest("pk"),
        Delivery.objects.latest("pk"),
        Membership.objects.get(),
        User.objects.get(),
    ]
    return World(team=rows[0], objects={row._meta.model_name: row for row in rows})


def measure(client: Any, path: str) -> Row:
    """The address asked RUNS times, after one time that counts its queries and warms what is warm in a server."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path)
    found = list(asked.captured_queries)  # the next request empties the log
    began = time.process_time()
    taken = [_seconds(client, path) * 1000 for _ in range(RUNS)]
    cpu = (time.process_time() - began) * 1000 / RUNS
    slowest = max(((float(each["time"]) * 1000, each["sql"]) for each in found), default=(0.0, ""))
    p95 = statistics.quantiles(taken, n=20)[-1]
    return Row(path, answer.status_code, statistics.median(taken), p95, cpu, len(answer.content), len(found), slowest)


def _seconds(client: Any, path: str) -> float:
    began = time.perf_counter()
    b"".join(client.get(path))
    return time.perf_counter() - began


def _plan(sql: str) -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        try:
            explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
            cursor.execute(f"{explain} {sql.replace('%', '%%')}")
        except Exception as error:  # noqa: BLE001 - the text of a query as logged may not be runnable
            return f"  {error}\n  {sql[:600]}"
        steps = "\n".join(f"  {row[-1]}" for row in cursor.fetchall())
    return f"{steps}\n  {sql[:600]}"


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    table(sys.argv[1])
