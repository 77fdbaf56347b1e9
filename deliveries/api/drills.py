"""Fire drills under /api/v1/: run by POST to the rule, then read until they are over."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.models import AlertRule
from deliveries import drilling
from deliveries.models import Drill
from teams.access import Permission
from teams.api import queries
from teams.api.mixins import TeamAPIView, TeamViewSet

LARGEST = 10**18


class ResultSerializer(serializers.Serializer[Any]):
    """What became of one event at one destination: `ok` is null while it is under way, or where none was to be told."""

    destination = serializers.CharField(source="whom")
    event = serializers.CharField()
    ok = serializers.BooleanField(allow_null=True)
    detail = serializers.CharField(source="words")
    delivery = serializers.IntegerField()


class DrillSerializer(serializers.ModelSerializer[Drill]):
    """A fire drill: `alert` is the number of its alert, `ok` is null until it is over, `detail` names what failed."""

    rule = serializers.IntegerField(source="rule_id")
    alert = serializers.IntegerField(source="number")
    detail = serializers.CharField(source="words")
    by = serializers.CharField(source="by_text")

    class Meta:
        model = Drill
        fields = ["id", "rule", "alert", "began_at", "finished_at", "ok", "detail", "by", "scheduled"]
        read_only_fields = fields


class DrillWithResultsSerializer(DrillSerializer):
    """The same with a result for each event and destination, gone when its alert is."""

    results = serializers.SerializerMethodField()

    class Meta(DrillSerializer.Meta):
        fields = [*DrillSerializer.Meta.fields, "results"]
        read_only_fields = fields

    @extend_schema_field(ResultSerializer(many=True))
    def get_results(self, drill: Drill) -> Any:
        return ResultSerializer(drilling.results(drill), many=True).data


@extend_schema_view(list=extend_schema(parameters=[OpenApiParameter("rule", int, description="The rule's id.")]))
class DrillViewSet(mixins.ListModelMixin, TeamViewSet):
    """Fire drills, newest first."""

    queryset = Drill.objects.none()
    serializer_class = DrillSerializer
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Drill]:
        query = self.request.query_params
        queries.refuse_unknown(query, ("rule",))
        rule = queries.number(query, "rule")
        found = Drill.objects.filter(team=self.team)
        return found if rule is None else found.filter(rule=rule)

    @extend_schema(responses={200: DrillWithResultsSerializer})
    def retrieve(self, request: Request, pk: str) -> Response:
        drill = get_object_or_404(Drill.objects.filter(team=self.team), pk=pk)
        return Response(DrillWithResultsSerializer(drill).data)


class RunDrillView(TeamAPIView):
    """Run a fire drill of a rule."""

    permission: ClassVar[Permission] = Permission.ACT

    @extend_schema(request=None, responses={201: DrillWithResultsSerializer}, operation_id="rules_drill")
    def post(self, request: Request, pk: int) -> Response:
        """A marked trigger and clear go to all whom the rule tells. 409 while one is under way or the rule is off."""
        rule = AlertRule.objects.of(self.team).filter(pk=pk).first() if pk < LARGEST else None
        if rule is None:
            raise Http404
        made = drilling.start(self.actor, rule, timezone.now())
        return Response(DrillWithResultsSerializer(made).data, status=status.HTTP_201_CREATED)
