"""What stands before every view: the probes, and the gate."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

from config.probes import Readiness, alive, metrics_for_holders
from config.public_urls import is_public
from teams.pages import to_login

Next = Callable[[HttpRequest], HttpResponse]


class Probes:
    """/healthz, /readyz and /metrics, before anything that could fail, and whatever the Host header says."""

    def __init__(self, get_response: Next) -> None:
        self._get_response = get_response
        ready = Readiness().answer
        self._answers = {"/healthz": alive, "/readyz": ready, "/metrics": metrics_for_holders}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self._answers.get(request.path_info, self._get_response)
        response = answer(request)
        if request.method == "HEAD" and not response.streaming:
            _leave_the_head(response)
        return response


class Gate:
    """Nobody passes without login, but to what `config.public_urls` lists; calls below /api/ ask for their key.

    No cache keeps what comes out: even where there is no such page, it names the person and their teams.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/api/"):  # calls judge what they are sent
            _refuse_nonsense(request)
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        route = request.resolver_match.route if request.resolver_match else ""
        if is_public(route) or route.startswith("api/") or request.user.is_authenticated:
            return None
        return to_login(request)


def _leave_the_head(response: HttpResponse) -> None:
    """Django leaves this to the web server, which warns of it in the log each time that a balancer asks."""
    response.headers.setdefault("Content-Length", str(len(response.content)))
    response.content = b""


def _refuse_nonsense(request: HttpRequest) -> None:
    """No browser sends a NUL, and PostgreSQL refuses to look for one. No page takes files, which Django would store."""
    if any("\x00" in piece for piece in (*request.COOKIES.values(), *_asked(request))):
        raise BadRequest
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise RequestDataTooBig


def _asked(request: HttpRequest) -> list[str]:
    return [piece for name, texts in request.GET.lists() for piece in (name, *texts)]
