"""Tests, measurements, rules and alerts under /api/v1/. What a call writes, a service writes."""

from collections.abc import Mapping
from dataclasses import asdict

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import selectors
from alerts.api import bodies
from alerts.api.serializers import BatchSerializer, IngestSerializer, RuleSerializer, TestSerializer
from alerts.ingest import ingest
from alerts.models import AlertRule, Test
from alerts.services import rules, tests
from teams.api import queries
from teams.api.mixins import TeamAPIView, TeamViewSet

_NAME = OpenApiParameter("name", str, description="The whole name.")


@extend_schema_view(list=extend_schema(parameters=[_NAME]))
class TestViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TeamViewSet):
    """What is measured."""

    __test__ = False
    queryset = Test.objects.none()
    serializer_class = TestSerializer
    lookup_field = "slug"
    lookup_value_regex = "[-a-zA-Z0-9_]{1,60}"

    def get_queryset(self) -> QuerySet[Test]:
        return selectors.list_tests(self.team, _name(self.request))

    @extend_schema(responses={201: TestSerializer})
    def create(self, request: Request) -> Response:
        made = tests.create_test(self.actor, bodies.body_of(request), timezone.now())
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, slug: str) -> Response:
        """Change the fields that are named. The slug stays, since links carry it."""
        changed = tests.update_test(self.actor, self._one(slug), bodies.body_of(request), timezone.now())
        return Response(self.get_serializer(changed).data)

    def destroy(self, request: Request, slug: str) -> Response:
        """Archive the test: its alerts clear, its slug is free, its measurements stay."""
        tests.archive_test(self.actor, self._one(slug), timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _one(self, slug: str) -> Test:
        return get_object_or_404(selectors.list_tests(self.team), slug=slug)


class MeasurementsView(TeamAPIView):
    """Measurements go in here."""

    @extend_schema(
        operation_id="measurements_create",
        request=BatchSerializer,
        responses={202: IngestSerializer, 400: IngestSerializer},
    )
    def post(self, request: Request) -> Response:
        """Take up to 5,000 measurements. The answer comes when alerts and what is owed for them are written."""
        result = ingest(self.actor, request.data, timezone.now())
        refused = result.rejected and not result.accepted
        code = status.HTTP_400_BAD_REQUEST if refused else status.HTTP_202_ACCEPTED
        return Response(
            {"accepted": result.accepted, "rejected": [asdict(item) for item in result.rejected]}, status=code
        )


@extend_schema_view(list=extend_schema(parameters=[_NAME]))
class RuleViewSet(mixins.ListModelMixin, TeamViewSet):
    """Alert rules."""

    queryset = AlertRule.objects.none()
    serializer_class = RuleSerializer
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[AlertRule]:
        return selectors.list_rules(self.team, _name(self.request))

    def retrieve(self, request: Request, pk: str) -> Response:
        return self._answer(int(pk))

    @extend_schema(responses={201: RuleSerializer})
    def create(self, request: Request) -> Response:
        fields = bodies.rule_fields(self.team, bodies.body_of(request))
        made = rules.create_rule(self.actor, fields, timezone.now())
        return self._answer(made.pk, status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the fields that are named; lists are replaced as a whole. Open alerts follow at once."""
        fields = bodies.rule_fields(self.team, bodies.body_of(request))
        rules.update_rule(self.actor, self._one(int(pk)), fields, timezone.now())
        return self._answer(int(pk))

    def destroy(self, request: Request, pk: str) -> Response:
        """Archive the rule: its alerts clear as `rule_deleted`, and stay to be read."""
        rules.archive_rule(self.actor, self._one(int(pk)), timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _one(self, pk: int) -> AlertRule:
        rule = selectors.list_rules(self.team).filter(pk=pk).first()
        if rule is None:
            raise Http404
        return rule

    def _answer(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        context = {**self.get_serializer_context(), "warn": True}
        return Response(RuleSerializer(self._one(pk), context=context).data, status=code)


def _name(request: Request) -> str | None:
    query: Mapping[str, str] = request.query_params
    queries.refuse_unknown(query, ("name",))
    return queries.text(query, "name")
