"""Alerts under /api/v1/: reading them, and acting on them."""

from collections.abc import Callable
from datetime import datetime

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import lifecycle, selectors
from alerts.api import bodies
from alerts.api.serializers import AlertSerializer, AssignSerializer, CloseSerializer, NoteSerializer
from alerts.models import Alert
from alerts.people import assignee
from channels_app.words import AlertState, Severity
from teams.access import Actor, Permission
from teams.api import queries
from teams.api.mixins import TeamViewSet

FILTERS = ("state", "severity", "rule", "test", "since", "until")
_PARAMETERS = [
    OpenApiParameter("state", str, description=f"One or more, comma separated, of {', '.join(AlertState)}."),
    OpenApiParameter("severity", str, description=f"One or more, comma separated, of {', '.join(Severity)}."),
    OpenApiParameter("rule", int, description="The rule's id."),
    OpenApiParameter("test", str, description="The test's slug."),
    OpenApiParameter("since", datetime, description="Open at this time or later."),
    OpenApiParameter("until", datetime, description="Started at this time or earlier."),
]
Act = Callable[[Actor, Alert, datetime], object]


@extend_schema_view(list=extend_schema(parameters=_PARAMETERS))
class AlertViewSet(mixins.ListModelMixin, TeamViewSet):
    """Alerts, newest first."""

    queryset = Alert.objects.none()
    serializer_class = AlertSerializer
    lookup_field = "number"
    lookup_url_kwarg = "id"
    lookup_value_regex = "[0-9]{1,18}"
    ordering = "-number"
    permission = Permission.ACT

    def get_queryset(self) -> QuerySet[Alert]:
        query = self.request.query_params
        queries.refuse_unknown(query, FILTERS)
        found = selectors.alerts_of(
            self.team,
            states=queries.words(query, "state", list(AlertState)),
            severities=queries.words(query, "severity", list(Severity)),
            rule=queries.number(query, "rule"),
            test=queries.text(query, "test"),
            since=queries.time(query, "since"),
            until=queries.time(query, "until"),
        )
        return selectors.with_events(found)

    def retrieve(self, request: Request, id: str) -> Response:
        return Response(self.get_serializer(self._one(id)).data)

    @extend_schema(request=None, operation_id="alerts_acknowledge")
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, id: str) -> Response:
        """Say that somebody takes care of it. Nothing happens if somebody does already."""
        return self._act(id, lifecycle.acknowledge)

    @extend_schema(request=None, operation_id="alerts_unacknowledge")
    @action(detail=True, methods=["post"])
    def unacknowledge(self, request: Request, id: str) -> Response:
        """Take the acknowledgement back."""
        return self._act(id, lifecycle.unacknowledge)

    @extend_schema(request=AssignSerializer, operation_id="alerts_assign")
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, id: str) -> Response:
        """Give the alert to a member who may act on it."""
        person = assignee(self.team, bodies.one_text(bodies.body_of(request), "to"))
        return self._act(id, lambda actor, alert, now: lifecycle.assign(actor, alert, person, now))

    @extend_schema(request=NoteSerializer, operation_id="alerts_note")
    @action(detail=True, methods=["post"])
    def note(self, request: Request, id: str) -> Response:
        """Add a text to the timeline."""
        text = bodies.one_text(bodies.body_of(request), "text")
        return self._act(id, lambda actor, alert, now: lifecycle.note(actor, alert, text, now))

    @extend_schema(request=CloseSerializer, operation_id="alerts_close")
    @action(detail=True, methods=["post"])
    def close(self, request: Request, id: str) -> Response:
        """Clear it by hand. While still violated it stays closed until a good round came between."""
        text = bodies.one_text(bodies.body_of(request), "reason", required=False)
        return self._act(id, lambda actor, alert, now: lifecycle.close(actor, alert, text, now))

    def _act(self, number: str, act: Act) -> Response:
        act(self.actor, self._one(number), timezone.now())
        return Response(self.get_serializer(self._one(number)).data)

    def _one(self, number: str) -> Alert:
        alert = selectors.alert_by_number(self.team, int(number))
        if alert is None:
            raise Http404
        return alert
