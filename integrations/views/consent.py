"""The pages that links in mails lead to: an address says that it wants the team's mail, or no more of it.

GET only shows; POST does it. Mail programs unsubscribe by a POST of their own (RFC 8058), without cookies.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from integrations import consent
from integrations.consent import What
from teams.errors import TooOften
from teams.limits import Limit, client_address
from teams.models import Team
from teams.pages import refused
from teams.rates import Rate

ANSWERING_ADDRESS = Limit("consent-address", Rate(60, 900))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mail_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """“I want the alerts of this team.”"""
    return _answer(request, "confirm", token)


@csrf_exempt  # whoever holds the signed address may do no more than this
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mail_unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """“I want no more of them.”"""
    return _answer(request, "unsubscribe", token)


def _answer(request: HttpRequest, what: What, token: str) -> HttpResponse:
    now = timezone.now()
    if request.method == "POST" and not ANSWERING_ADDRESS.take(client_address(request), now):
        wait = ANSWERING_ADDRESS.seconds_left(now)
        return refused(request, TooOften(f"Too many answers from here. Try again in {-(-wait // 60)} min.", wait))
    found = consent.read_token(what, token)
    if found is None:
        raise Http404("There is no such page.")
    team, address = found
    done = ""
    if request.method == "POST":
        (consent.confirm if what == "confirm" else consent.unsubscribe)(team, address, now)
        done = _done(what, team, address)
    return render(request, "integrations/pages/consent.html", _words(what, team, address) | {"done": done})


def _words(what: What, team: Team, address: str) -> dict[str, object]:
    if what == "confirm":
        asked = f"Shall alerts of the team {team} be mailed to {address}?"
        return {"heading": "Alerts by mail", "question": asked, "button": "Yes, send them"}
    asked = f"Shall no more alerts of the team {team} be mailed to {address}? They are told elsewhere all the same."
    back = (consent.link("confirm", team.slug, address), "I want them after all")
    return {"heading": "No more mail", "question": asked, "button": "Stop these mails", "other": back}


def _done(what: What, team: Team, address: str) -> str:
    if what == "confirm":
        return f"Alerts of the team {team} are mailed to {address} from now on."
    return f"No more alerts of the team {team} are mailed to {address}."
