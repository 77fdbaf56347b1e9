"""Groups of integrations under /api/v1/groups/."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from integrations import groups
from integrations.api.serializers import NAME_HELP, TestResultSerializer
from integrations.drafts import clean_name
from integrations.grouping import groups_of
from integrations.models import Group
from teams.api import queries
from teams.api.mixins import TeamViewSet
from teams.api.serializers import StrictFields

_NAME = OpenApiParameter("name", str, description="The whole name.")


class MembersField(serializers.ListField):
    """The ids of integrations of the team."""

    child = serializers.IntegerField(min_value=1, max_value=2**63 - 1)

    def get_attribute(self, instance: Group) -> list[int]:
        return [each.pk for each in instance.integrations.all()]


class GroupSerializer(StrictFields):
    """Integrations that go together: a rule that names the group tells all of them."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(trim_whitespace=False, help_text=f"{NAME_HELP} No two groups have the same.")
    integrations = MembersField(
        required=False, max_length=groups.MOST_MEMBERS, help_text="Ids; PATCH replaces them as a whole."
    )
    rules = serializers.SerializerMethodField(help_text="The ids of the rules that tell it.")
    created_at = serializers.DateTimeField(read_only=True)

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_rules(self, group: Group) -> list[int]:
        return [each.pk for each in group.rules.all()]


class MemberResultSerializer(TestResultSerializer):
    """How the test of one integration of the group went."""

    integration = serializers.IntegerField()
    name = serializers.CharField()


@extend_schema_view(list=extend_schema(parameters=[_NAME]))
class GroupViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, TeamViewSet):
    """The team's groups of integrations."""

    queryset = Group.objects.none()
    serializer_class = GroupSerializer
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Group]:
        query = self.request.query_params
        queries.refuse_unknown(query, ("name",))
        name = query.get("name")
        return groups_of(self.team, clean_name(name) if name else name)

    @extend_schema(responses={201: GroupSerializer})
    def create(self, request: Request) -> Response:
        made = groups.create(self.actor, **self._read(request), now=timezone.now())
        return Response(self.get_serializer(self._one(made.pk)).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        changed = groups.update(self.actor, self._one(pk), **self._read(request, partial=True))
        return Response(self.get_serializer(self._one(changed.pk)).data)

    def destroy(self, request: Request, pk: str) -> Response:
        """Take it off every rule and delete it; its integrations stay."""
        groups.delete(self.actor, self._one(pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(operation_id="groups_test", request=None, responses={200: MemberResultSerializer(many=True)})
    @action(detail=True, methods=["post"], pagination_class=None)
    def test(self, request: Request, pk: str) -> Response:
        """Post a marked message to each of its integrations, all at once; 200 with the result of each."""
        results = groups.test(self.actor, self._one(pk), timezone.now())
        rows = [
            {
                "integration": each.pk,
                "name": each.name,
                "ok": result.ok,
                "status": result.status,
                "detail": result.detail,
                "advice": result.advice,
            }
            for each, result in results
        ]
        return Response(MemberResultSerializer(rows, many=True).data)

    def _one(self, pk: str | int) -> Group:
        return get_object_or_404(groups_of(self.team), pk=pk)

    def _read(self, request: Request, partial: bool = False) -> dict[str, Any]:
        serializer = self.get_serializer(data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        given = dict(serializer.validated_data)
        if "integrations" in given:
            given["integrations"] = groups.own_integrations(self.team, given["integrations"])
        return given
