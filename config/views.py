"""Answers that belong to no app: errors, and what nobody serves."""

from django.core.exceptions import BadRequest
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


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What no view is asked about: a strange Host header, a request that cannot be read."""
    if request.path.startswith("/api/"):
        return problems.response(400, "The request cannot be read, or its Host is not an address of this server.")
    return defaults.bad_request(request, exception or BadRequest())


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problems.response(500, "An internal error; it was logged. Nothing was stored.")
    return defaults.server_error(request)
