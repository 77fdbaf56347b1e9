"""Mutes under /api/v1/: begun by POST, ended by an action, never deleted."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import selectors
from alerts.api import bodies
from alerts.models import AlertRule, Mute
from alerts.services import mutes
from teams.access import Permission
from teams.api import queries
from teams.api.mixins import TeamViewSet

STATES = ("on", "over")


class MuteSerializer(serializers.ModelSerializer[Mute]):
    """A mute: of a rule (id), of a test (slug), or of everything where both are null."""

    rule = serializers.IntegerField(source="rule_id", allow_null=True, required=False)
    test = serializers.SlugField(source="test.slug", allow_null=True, required=False, default=None)
    minutes = serializers.IntegerField(min_value=1, max_value=mutes.MAX_MINUTES, allow_null=True, write_only=True)
    reason = serializers.CharField(max_length=mutes.MAX_REASON, required=False, allow_blank=True)
    by = serializers.CharField(source="by_text", read_only=True)
    ended_by = serializers.CharField(source="ended_by_text", read_only=True)

    class Meta:
        model = Mute
        fields = ["id", "rule", "test", "minutes", "reason", "began_at", "until", "ended_at", "by", "ended_by"]
        read_only_fields = ["began_at", "until", "ended_at"]


@extend_schema_view(list=extend_schema(parameters=[OpenApiParameter("state", str, description=" or ".join(STATES))]))
class MuteViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TeamViewSet):
    """Times in which alerts are not told; newest first."""

    queryset = Mute.objects.none()
    serializer_class = MuteSerializer
    lookup_value_regex = "[0-9]{1,18}"
    permission = Permission.ACT

    def get_queryset(self) -> QuerySet[Mute]:
        query = self.request.query_params
        queries.refuse_unknown(query, ("state",))
        asked = queries.words(query, "state", STATES)
        found = selectors.mutes_of(self.team)
        if len(asked) != 1:
            return found
        on = selectors.mutes_on(self.team, timezone.now())
        return on if asked == ["on"] else found.exclude(pk__in=on.values("pk"))

    @extend_schema(responses={201: MuteSerializer})
    def create(self, request: Request) -> Response:
        """Mute a rule, a test or everything, for `minutes` or (null) until it is ended."""
        made = mutes.mute(self.actor, self._fields(bodies.body_of(request)), timezone.now())
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={200: MuteSerializer})
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        """End it now; what it held back and is still true is told."""
        mute = get_object_or_404(selectors.mutes_of(self.team), pk=pk)
        return Response(self.get_serializer(mutes.end_mute(self.actor, mute, timezone.now())).data)

    def _fields(self, body: dict[str, Any]) -> dict[str, Any]:
        """Names become the team's objects; what is unknown stays as it was sent, to be refused."""
        slug, rule = body.get("test"), body.get("rule")
        if isinstance(slug, str):
            body["test"] = selectors.find_tests(self.team, [slug]).get(slug, slug)
        if isinstance(rule, int) and not isinstance(rule, bool) and 0 < rule < 2**63:
            body["rule"] = AlertRule.objects.of(self.team).filter(pk=rule).first() or rule
        return body
