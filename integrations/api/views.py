from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from channels_app import catalog, registry
from integrations import selectors, services
from integrations.api.schema import kinds_schema
from integrations.api.serializers import DraftSerializer, IntegrationSerializer, TestResultSerializer
from integrations.drafts import clean_name
from integrations.enlisting import enlist
from integrations.forms import spec_of
from integrations.hooks import change_address
from integrations.models import Integration
from integrations.testing import TestResult
from integrations.trials import same_kind
from integrations.two_way import require_address
from teams.api import queries
from teams.api.mixins import TeamAPIView, TeamViewSet

FILTERS = ("name", "kind")
_PARAMETERS = [
    OpenApiParameter("name", str, description="The whole name."),
    OpenApiParameter("kind", str, description="The kind."),
]


@extend_schema_view(list=extend_schema(parameters=_PARAMETERS))
class IntegrationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TeamViewSet):
    """The team's integrations. Secrets go in and never come out."""

    queryset = Integration.objects.none()
    serializer_class = IntegrationSerializer
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Integration]:
        query = self.request.query_params
        queries.refuse_unknown(query, FILTERS)
        kind, name = query.get("kind"), query.get("name")
        if kind is not None:
            spec_of(kind)
        return selectors.integrations_of(self.team, name=clean_name(name) if name else name, kind=kind)

    def get_serializer_context(self) -> dict[str, Any]:
        drawn = getattr(self, "swagger_fake_view", False)  # for the schema, when nobody asks
        return {**super().get_serializer_context(), **({} if drawn else {"actor": self.actor})}

    @extend_schema(responses={201: IntegrationSerializer})
    def create(self, request: Request) -> Response:
        given = self._read(request)
        made = services.create(self.actor, **given, now=timezone.now())
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        integration = self._one(pk)
        given = self._read(request, partial=True)
        same_kind(integration, given.pop("kind", integration.kind))
        changed = services.update(self.actor, integration, **given, now=timezone.now())
        return Response(self.get_serializer(changed).data)

    def destroy(self, request: Request, pk: str) -> Response:
        services.archive(self.actor, self._one(pk), timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(operation_id="integrations_test", request=None, responses={200: TestResultSerializer})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """Post a marked message through the real way. 200 whether it went well or not: `ok` says so."""
        return _answer(services.test_saved(self.actor, self._one(pk), timezone.now()))

    @extend_schema(operation_id="integrations_hook_change", request=None, responses={200: IntegrationSerializer})
    @action(detail=True, methods=["post"], url_path="hook/change")
    def hook_change(self, request: Request, pk: str) -> Response:
        """Give it another `hook`: the old one is good no more. 409 for kinds that have none."""
        integration = self._one(pk)
        require_address(integration)
        return Response(self.get_serializer(change_address(self.actor, integration)).data)

    @extend_schema(operation_id="integrations_hook_register", request=None, responses={200: TestResultSerializer})
    @action(detail=True, methods=["post"], url_path="hook/register")
    def hook_register(self, request: Request, pk: str) -> Response:
        """Ask its remote to call the `hook`. 200 whether it took it or not: `ok` says so. 409 where it cannot be."""
        return _answer(enlist(self.actor, self._one(pk), timezone.now()))

    def _one(self, pk: str) -> Integration:
        return get_object_or_404(selectors.integrations_of(self.team), pk=pk)

    def _read(self, request: Request, partial: bool = False) -> dict[str, Any]:
        serializer = self.get_serializer(data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class DraftTestView(TeamAPIView):
    """Test before saving."""

    @extend_schema(
        operation_id="integrations_test_draft", request=DraftSerializer, responses={200: TestResultSerializer}
    )
    def post(self, request: Request) -> Response:
        """Post a marked message to what was typed. Nothing is stored."""
        serializer = DraftSerializer(data=request.data, context={"actor": self.actor})
        serializer.is_valid(raise_exception=True)
        return _answer(services.test_draft(self.actor, **serializer.validated_data, now=timezone.now()))


class KindsView(TeamAPIView):
    """The kinds of integrations."""

    @extend_schema(operation_id="kinds_list", responses={200: kinds_schema()})
    def get(self, request: Request) -> Response:
        """Every kind that is offered here with its fields and abilities, as a plain list."""
        return Response([catalog.describe(kind) for kind in registry.offered()])


def _answer(result: TestResult) -> Response:
    return Response({"ok": result.ok, "status": result.status, "detail": result.detail, "advice": result.advice})
