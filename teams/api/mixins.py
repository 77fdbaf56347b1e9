"""The base of every API view: who calls is `self.actor`, and only that team's things are in reach."""

from typing import Any, ClassVar

from django.conf import settings
from rest_framework.exceptions import APIException, NotAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from teams.access import Actor, Permission
from teams.api.parsing import drop
from teams.models import Team


class LengthRequired(APIException):
    status_code = 411
    default_detail = "Send the body with a Content-Length; chunked bodies are not read."
    default_code = "length_required"


class TeamMixin(APIView):
    """`needs` maps HTTP methods to permissions; others need VIEW to read and `permission` to write."""

    needs: ClassVar[dict[str, Permission]] = {}
    permission: ClassVar[Permission] = Permission.EDIT
    request: Request

    @property
    def actor(self) -> Actor:
        if not isinstance(self.request.auth, Actor):
            raise NotAuthenticated
        return self.request.auth

    @property
    def team(self) -> Team:
        return self.actor.team

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
            raise LengthRequired

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """A call that was refused before its body was read has it read now, so that the connection can be kept."""
        drop(request._request, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        return super().finalize_response(request, response, *args, **kwargs)


class TeamAPIView(TeamMixin):
    """For calls that are no list of things."""


class TeamViewSet(TeamMixin, GenericViewSet[Any]):
    """For nouns: set `queryset = Model.objects.none()` for the schema, and override `get_queryset` by `self.team`."""
