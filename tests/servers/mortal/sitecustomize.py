"""Runs at the start of every Python process of a house under test; without the variables below it does nothing.

`MORTAL_ORDERS`: a folder with orders to die for senders (`nursery`), `MORTAL_WEB` for web servers (`web`);
`MORTAL_CLOCK`: a file with the seconds by which the clock is wrong (`clock`); `MORTAL_PAGES`: a file with the most
pages that an SQLite database may have (`disk`); `MORTAL_FAREWELL`: the seconds that senders take to leave (`farewell`).
"""

import os
import sys
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def main() -> None:
    """Each of these changes what comes after it, so the order matters: the nursery forks a finished process."""
    if clock_file := os.environ.get("MORTAL_CLOCK"):
        from tests.servers.mortal import clock

        clock.follow(Path(clock_file))
    if pages_file := os.environ.get("MORTAL_PAGES"):
        from tests.servers.mortal import disk

        disk.limit(Path(pages_file))
    if (seconds := os.environ.get("MORTAL_FAREWELL")) and "sender" in sys.orig_argv:
        from tests.servers.mortal import farewell

        farewell.lengthen(float(seconds))
    if (orders := os.environ.get("MORTAL_ORDERS")) and {"sender", "worker"} & set(sys.orig_argv):
        from tests.servers.mortal import nursery

        nursery.open_for(Path(orders))
    if (orders := os.environ.get("MORTAL_WEB")) and "gunicorn" in sys.orig_argv:
        from tests.servers.mortal import web

        web.follow(Path(orders))


sys.path.insert(0, str(ROOT))
try:
    main()
except Exception:  # noqa: BLE001 - Python would print one line and go on without it
    traceback.print_exc()
    os._exit(70)
sys.path.remove(str(ROOT))
