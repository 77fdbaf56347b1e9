"""Answers that belong to no app: errors, and what nobody serves."""

from django.http import HttpRequest, HttpResponse
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt

from teams.api import problems


@csrf_exempt
def no_such_call(request: HttpRequest) -> HttpResponse:
    """What lies below /api/ and is served by nobody."""
    path = request.path
    if path.endswith("/"):
        return problems.response(404, f"There is no call {path}; /api/v1/docs/ lists them all.")
    return problems.response(404, f"There is no call {path}; addresses of calls end with a slash.")


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problems.response(500, "An internal error; it was logged. Nothing was stored.")
    return defaults.server_error(request)
