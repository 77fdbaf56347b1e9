"""The web server's settings: threads, kept connections, no access log (hook paths are secrets), no control socket."""

import gc
import os

from config import lifeline

wsgi_app = "config.wsgi:application"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("BELLHOP_WEB_THREADS", "8"))
keepalive = 75
timeout = 60
graceful_timeout = 8
preload_app = True
accesslog = None
errorlog = "-"
loglevel = "warning"
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - heartbeats must not wait for a disk


# A batch makes some ten objects for each measurement, and all of them go when it is answered.
GARBAGE = 100_000
READY_VARIABLE = "BELLHOP_READY_FD"


def when_ready(server: object) -> None:
    """Tell who waits for it; end with the parent, also when it was killed.

    What has been loaded is left alone by the garbage collector, so that the workers share its pages.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE)
    if ready := os.environ.get(READY_VARIABLE):
        os.write(int(ready), b"!")
    lifeline.end_with_parent()
