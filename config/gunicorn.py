"""The web server's settings: threads, kept connections, no access log (hook paths are secrets), no control socket."""

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


def when_ready(server: object) -> None:
    """End with the parent, also when it was killed."""
    lifeline.end_with_parent()
