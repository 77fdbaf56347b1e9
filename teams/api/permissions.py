from typing import Any

from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from teams.access import Actor, Permission, require
from teams.api.authentication import HOW


class TeamPermission(BasePermission):
    """What a call needs: the view's `needs[method]`; else VIEW for safe methods and the view's `permission`, EDIT."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, Actor):
            raise NotAuthenticated(f"This call needs an API key. {HOW}")
        require(request.auth, needed(request.method or "", view))
        return True


def needed(method: str, view: Any) -> Permission:
    needs: dict[str, Permission] = getattr(view, "needs", {})
    default = Permission.VIEW if method in SAFE_METHODS else getattr(view, "permission", Permission.EDIT)
    return needs.get(method, default)
