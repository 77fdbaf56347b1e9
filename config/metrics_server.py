"""A small server for /metrics alone, on an address of its own that the outside need not reach."""

import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.db import DatabaseError, connection
from django.utils import timezone

from config.probes import may_read_metrics
from deliveries import metrics

PLAIN = "text/plain; charset=utf-8"


class Handler(BaseHTTPRequestHandler):
    """GET /metrics; with a token set, for whoever holds it."""

    timeout = 10

    def do_GET(self) -> None:
        """Answer from the database, as it is now."""
        if self.path.partition("?")[0] != "/metrics":
            self._answer(404, b"here is /metrics only\n")
        elif not may_read_metrics(self.headers.get("Authorization", "")):
            self._answer(401, b"metrics ask for their token\n")
        else:
            self._answer_metrics()

    def log_message(self, format: str, *args: Any) -> None:
        """Scrapes are no news."""

    def _answer_metrics(self) -> None:
        try:
            self._answer(200, metrics.exposition(timezone.now()), metrics.CONTENT_TYPE)
        except DatabaseError:
            self._answer(503, b"the database does not answer\n")
        finally:
            connection.close()

    def _answer(self, status: int, body: bytes, kind: str = PLAIN) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server6(ThreadingHTTPServer):
    """For an IPv6 address."""

    address_family = socket.AF_INET6


def server(host: str, port: int) -> ThreadingHTTPServer:
    """Listens already; `serve_forever` answers."""
    return (Server6 if ":" in host else ThreadingHTTPServer)((host, port), Handler)
