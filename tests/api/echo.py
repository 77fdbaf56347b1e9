"""An address table with calls that do nothing but show what the foundation does."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import include, path
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from config.urls import handler500 as handler500
from config.urls import urlpatterns as real_urls
from teams.access import Permission
from teams.api.mixins import TeamAPIView, TeamViewSet
from teams.api.serializers import StrictFields
from teams.models import AuditEntry


class Item(StrictFields):
    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=5)


class Echo(TeamAPIView):
    needs: ClassVar[dict[str, Permission]] = {"PUT": Permission.ACT}

    def get(self, request: Request) -> Response:
        return Response({"team": self.team.slug, "actor": self.actor.text})

    def post(self, request: Request) -> Response:
        item = Item(data=request.data)
        item.is_valid(raise_exception=True)
        return Response(item.validated_data)

    def put(self, request: Request) -> Response:
        body: Any = request.data
        if "crash" in body:
            raise RuntimeError(body["crash"])
        return Response({})


class Manage(TeamAPIView):
    permission = Permission.MANAGE

    def post(self, request: Request) -> Response:
        return Response({})


class Entry(StrictFields):
    action = serializers.CharField()


class Entries(ListModelMixin, TeamViewSet):
    queryset = AuditEntry.objects.none()
    serializer_class = Entry

    def get_queryset(self) -> QuerySet[AuditEntry]:
        return AuditEntry.objects.filter(team=self.team)


class OldestFirst(Entries):
    ordering = "id"


calls = [
    path("echo/", Echo.as_view()),
    path("manage/", Manage.as_view()),
    path("entries/", Entries.as_view({"get": "list"})),
    path("oldest/", OldestFirst.as_view({"get": "list"})),
]
urlpatterns = [path("api/v1/", include(calls)), *real_urls]
