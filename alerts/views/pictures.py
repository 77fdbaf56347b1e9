"""The graph of an alert for whoever has its address, as chats fetch it to show it."""

import threading

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from alerts.pages.graph import png_of
from alerts.pictures import read_token
from teams.limits import PICTURE_ADDRESS, client_address

LATELY, LATER = 60, 86_400  # seconds that a cache may keep it, while values may still come and after
PATIENCE = 1.0  # seconds

_brushes = threading.BoundedSemaphore(2)  # of a process, whose other threads serve people meanwhile


@require_safe
def picture(request: HttpRequest, token: str) -> HttpResponse:
    """The image; unknown, changed and expired tokens are one and the same 404. Only what is drawn is counted."""
    now = timezone.now()
    asked = read_token(token, now)
    if asked is None:
        raise Http404("There is no such picture.")
    if not PICTURE_ADDRESS.take(client_address(request), now):
        wait = PICTURE_ADDRESS.seconds_left(now)
        return HttpResponse(status=429, headers={"Retry-After": str(wait)})
    if not _brushes.acquire(timeout=PATIENCE):
        return HttpResponse(status=503, headers={"Retry-After": "5"})
    try:
        image = png_of(asked, now)
    finally:
        _brushes.release()
    if image is None:
        raise Http404("There is no such picture.")
    settled = (now - asked.at).total_seconds() > LATER
    headers = {"Cache-Control": f"public, max-age={LATER if settled else LATELY}", "X-Robots-Tag": "noindex"}
    return HttpResponse(image, content_type="image/png", headers=headers)
