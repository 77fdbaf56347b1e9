"""What machines ask a server about itself, without a login and whatever the Host header says."""

import hmac
import json

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from deliveries import house, metrics


class Readiness:
    """Whether this process can work. What was migrated once stays so while it lives."""

    def __init__(self) -> None:
        self._migrated = False

    def missing(self) -> list[str]:
        """Names of what is not ready: database, migrations, sender."""
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            self._migrated = self._migrated or not unapplied()
        except DatabaseError:
            return ["database"]
        if not self._migrated:
            return ["migrations"]
        return [] if house.sender_lives(timezone.now()) else ["sender"]

    def answer(self, request: HttpRequest) -> HttpResponse:
        """503 without database or migrations; without a sender only where the request asks `?sender`.

        What comes in is stored safely meanwhile, so a balancer must not turn the web away for a sender's sake.
        """
        missing = self.missing()
        ready = not missing or (missing == ["sender"] and "sender" not in request.GET)
        body = json.dumps({"ready": ready, "missing": missing})
        return HttpResponse(f"{body}\n", status=200 if ready else 503, content_type="application/json")


def alive(request: HttpRequest) -> HttpResponse:
    """The process lives; nobody is asked."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


def metrics_for_holders(request: HttpRequest) -> HttpResponse:
    """Metrics for whoever holds the token; without one set, for nobody."""
    if not settings.BELLHOP_METRICS_TOKEN or not may_read_metrics(request.headers.get("Authorization", "")):
        return HttpResponse(
            "metrics ask for their token\n", status=401, headers={"WWW-Authenticate": 'Bearer realm="metrics"'}
        )
    try:
        return HttpResponse(metrics.exposition(timezone.now()), content_type=metrics.CONTENT_TYPE)
    except DatabaseError:
        return HttpResponse("the database does not answer\n", status=503, content_type="text/plain; charset=utf-8")


def may_read_metrics(authorization: str) -> bool:
    """Whether the header holds the token; anybody may where none is set."""
    expected = f"Bearer {settings.BELLHOP_METRICS_TOKEN}" if settings.BELLHOP_METRICS_TOKEN else authorization
    return hmac.compare_digest(authorization.encode(), expected.encode())


def unapplied() -> bool:
    """Whether migrations of this version are missing."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
