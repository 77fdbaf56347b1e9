"""Where remotes call: what people say and press in chats."""

import logging
import time
from concurrent.futures import TimeoutError as StillAtWork
from datetime import datetime

from django.db import Error as DatabaseFailure
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from channels_app.hearing import Forged, Garbled, Heard, Request, Response, Trust
from deliveries.hearing import later, limits
from deliveries.hearing.finding import Caller, caller_of, most_bytes
from deliveries.hearing.obeying import FAILED, deeds_of, obey
from teams.limits import Limit, client_address

log = logging.getLogger(__name__)

PATIENCE = 2.0  # seconds; the remotes' own ends at 3
OBEYED = Response(202)
REFUSED = Response(401)


@csrf_exempt  # what proves a call is no cookie
@require_POST
def hook(request: HttpRequest, kind: str, door: str) -> HttpResponse:
    """One call. Whatever proves nothing gets one and the same 401, and nothing of it stands in a log but why."""
    began, now, address = time.monotonic(), timezone.now(), client_address(request)
    calm = limits.UNPROVEN.take(address, now)
    if not calm and not limits.FLOODING.take(address, now):
        return _too_often(limits.FLOODING, now)
    if _length(request) > most_bytes(kind):
        return HttpResponse(status=413)
    try:
        asked = _request_of(request, door)
        caller = caller_of(kind, asked, now)
    except UnreadablePostError:
        return HttpResponse(status=400)
    except Forged as why:
        if not calm:
            return _too_often(limits.UNPROVEN, now)
        log.warning("a call of %s was refused: %s", kind[:30], why)
        return _http(REFUSED)
    limits.UNPROVEN.give_back(address, now)
    if not calm:
        limits.FLOODING.give_back(address, now)
    heard = _heard(caller, asked)
    deeds = deeds_of(heard) if isinstance(heard, Heard) else 1
    for limit, whose in ((limits.PROVEN, caller.scope), (limits.OF_TEAM, caller.teams)):
        if not limit.take(whose, now, deeds):
            return _too_often(limit, now)
    return _http(_obeyed(caller, heard, now, began + PATIENCE) if isinstance(heard, Heard) else heard)


def _heard(caller: Caller, asked: Request) -> Heard | Response:
    try:
        heard = caller.hear.read(asked, caller.settings)
    except Garbled as why:
        log.warning("a call of %s could not be read: %s", caller.kind.spec.kind, why)
        return Response(400)
    return Response(400) if isinstance(heard, Heard) and not heard.once else heard


def _obeyed(caller: Caller, heard: Heard, now: datetime, until: float) -> Response:
    """The answer to what was done; or that it is at work, where the remote waits no longer and can be told later."""
    deed = later.workers.submit(obey, caller, heard, now)
    try:
        answer = deed.result(max(until - time.monotonic(), 0.0) if heard.reply_to else None)
    except StillAtWork:
        later.tell_when_done(caller, heard, deed)
        return caller.hear.waiting(heard)
    except DatabaseFailure as failure:
        log.error("what was heard from %s failed (%s)", caller.kind.spec.kind, type(failure).__name__)
        if caller.trust is Trust.SERVICE:
            return Response(503)  # it will be sent again
        answer = FAILED
    if answer is None:
        return REFUSED if caller.hear.doors else OBEYED
    if not heard.heeds_answer and later.must_be_told(heard, answer):
        later.tell(caller, heard, answer)
    return caller.hear.answer(answer, heard)


def _request_of(request: HttpRequest, door: str) -> Request:
    headers = {name.lower(): value for name, value in request.headers.items()}
    query = {name: request.GET[name] for name in request.GET}
    return Request(door, headers, query, request.body)


def _length(request: HttpRequest) -> int:
    said = request.META.get("CONTENT_LENGTH") or "0"
    return int(said) if said.isdecimal() else 0


def _too_often(limit: Limit, now: datetime) -> HttpResponse:
    response = HttpResponse(status=429)
    response["Retry-After"] = str(limit.seconds_left(now))
    return response


def _http(response: Response) -> HttpResponse:
    return HttpResponse(response.body, status=response.status, content_type=response.content_type)
