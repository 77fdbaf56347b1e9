from typing import ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from deliveries import selectors, services
from deliveries.api.serializers import DeliverySerializer
from deliveries.models import Delivery, DeliveryState
from teams.access import Permission
from teams.api import queries
from teams.api.mixins import TeamViewSet

FILTERS = ("alert", "integration", "state")
_PARAMETERS = [
    OpenApiParameter("alert", int, description="The alert's id, as shown: 17 for #17."),
    OpenApiParameter("integration", int, description="The integration's id."),
    OpenApiParameter("state", str, description=f"One or more of {', '.join(DeliveryState.values)}, with commas."),
]


@extend_schema_view(list=extend_schema(parameters=_PARAMETERS))
class DeliveryViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TeamViewSet):
    """Who was told, who was not, and why."""

    queryset = Delivery.objects.none()
    serializer_class = DeliverySerializer
    lookup_value_regex = "[0-9]{1,18}"
    permission: ClassVar[Permission] = Permission.ACT

    def get_queryset(self) -> QuerySet[Delivery]:
        query = self.request.query_params
        queries.refuse_unknown(query, FILTERS)
        found = selectors.deliveries_of(
            self.team,
            alert=queries.number(query, "alert"),
            integration=queries.number(query, "integration"),
            states=queries.words(query, "state", DeliveryState.values),
        )
        return selectors.with_attempts(found)

    @extend_schema(request=None, responses={201: DeliverySerializer})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Send it again: a new delivery that tells the alert's present state."""
        delivery = get_object_or_404(Delivery.objects.of(self.team), pk=pk)
        again = services.send_again(self.actor, delivery, timezone.now())
        fresh = selectors.with_attempts(selectors.deliveries_of(self.team)).get(pk=again.pk)
        return Response(self.get_serializer(fresh).data, status=status.HTTP_201_CREATED)
