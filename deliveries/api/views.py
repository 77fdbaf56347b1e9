from typing import ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.api import queries
from alerts.api.views import PAGING
from deliveries import selectors, services
from deliveries.api.serializers import DeliverySerializer
from deliveries.models import Delivery, DeliveryState
from teams.access import Permission
from teams.api.mixins import TeamViewSet

_FILTERS = [
    OpenApiParameter("alert", int, description="The alert's id, as shown: 17 for #17."),
    OpenApiParameter("integration", int, description="The integration's id."),
    OpenApiParameter("state", str, description=f"One or more of {', '.join(DeliveryState.values)}, with commas."),
]


@extend_schema_view(list=extend_schema(parameters=_FILTERS))
class DeliveryViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TeamViewSet):
    """Who was told, who was not, and why."""

    queryset = Delivery.objects.none()
    serializer_class = DeliverySerializer
    lookup_value_regex = "[0-9]{1,18}"
    permission: ClassVar[Permission] = Permission.ACT

    def get_queryset(self) -> QuerySet[Delivery]:
        queries.refuse_unknown(self.request.query_params, ("alert", "integration", "state", *PAGING))
        found = selectors.deliveries_of(
            self.team, alert=self._number("alert"), integration=self._number("integration"), states=self._states()
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

    def _number(self, name: str) -> int | None:
        text = self.request.query_params.get(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdecimal() and len(text) <= 18):
            raise ValidationError({name: [f"This must be a whole number; got {text[:50]!r}."]})
        return int(text)

    def _states(self) -> list[str]:
        states = [each for each in self.request.query_params.get("state", "").split(",") if each]
        for each in states:
            if each not in DeliveryState.values:
                raise ValidationError({"state": [f"{each[:50]!r} is none of {', '.join(DeliveryState.values)}."]})
        return states
