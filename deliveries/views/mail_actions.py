"""The page that a link in a mail leads to: it shows the alert, and one button that does what the link says.

GET only shows, since scanners and previews follow every link of a mail; POST acts. It works in any browser, also in
that of a mail program which keeps no cookies: the signed token in the address is all that counts, never who is logged
in. That is why no CSRF token is needed: a foreign page gains nothing by making somebody post here, since it would have
to know the address, and whoever knows it may post there themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from alerts import selectors
from alerts.forms.acting import ActionForm, form_for
from alerts.models import Alert, AlertEvent, EventType
from alerts.sentences import CLEARED_WORDS
from alerts.transitions import Action
from deliveries import mail_actions
from deliveries.mail_actions import Asked
from teams.access import Actor, Permission, require
from teams.errors import Conflict, TooOften
from teams.limits import Limit, client_address
from teams.pages import refused
from teams.rates import Rate

ACTING_ADDRESS = Limit("mail-acting-address", Rate(60, 900))


@dataclass(frozen=True, slots=True)
class Words:
    """How the page speaks of a deed; `{n}` is the alert's number, `{who}` the member."""

    asked: str
    button: str
    done: str
    already: str
    tone: str = ""


WORDS: dict[str, Words] = {
    Action.ACKNOWLEDGE: Words(
        "Acknowledge #{n}?", "Acknowledge", "#{n} is acknowledged.", "#{n} was acknowledged already."
    ),
    Action.ASSIGN: Words(
        "Assign #{n} to {who}?", "Assign to me", "#{n} is assigned to {who}.", "#{n} was assigned to {who} already."
    ),
    Action.CLOSE: Words("Close #{n} by hand?", "Close #{n}", "#{n} is closed.", "#{n} is over already.", "danger"),
}
OVER = "#{n} is over already."


class Useless(Exception):
    """A link that we made and that does nothing: the page's heading and words, its status, whether to lead on."""

    def __init__(self, heading: str, words: str, status: int, leads_on: bool = True) -> None:
        super().__init__(words)
        self.heading, self.words, self.status, self.leads_on = heading, words, status, leads_on


View = Callable[[HttpRequest, str], HttpResponse]


def _kindly(view: View) -> View:
    """Turn what a link cannot do into a page that says so."""

    @wraps(view)
    def page(request: HttpRequest, token: str) -> HttpResponse:
        try:
            response = view(request, token)
        except TooOften as refusal:
            response = refused(request, refusal)
        except Useless as useless:
            asked = mail_actions.read_token(token)
            link = reverse("alert", args=[asked.team_slug, asked.number]) if asked and useless.leads_on else ""
            context = {"heading": useless.heading, "words": useless.words, "link": link}
            response = render(request, "deliveries/mail_actions/useless.html", context, status=useless.status)
        response["X-Robots-Tag"] = "noindex"
        return response

    return page


@csrf_exempt  # the docstring above says why
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@_kindly
def mail_act(request: HttpRequest, token: str) -> HttpResponse:
    """“Acknowledge #17?”, and on POST what became of it."""
    now = timezone.now()
    asked = mail_actions.read_token(token)
    if asked is None:
        raise Http404("There is no such page.")
    if request.method != "POST":
        actor, alert = _meant(asked, now)
        return _page(request, asked, actor, alert, form=_form(asked))
    if not ACTING_ADDRESS.take(client_address(request), now):
        wait = ACTING_ADDRESS.seconds_left(now)
        raise TooOften(f"Too many answers from here. Try again in {-(-wait // 60)} min.", wait)
    actor, alert = _meant(asked, now)
    return _act(request, asked, actor, alert, now)


def _meant(asked: Asked, now: datetime) -> tuple[Actor, Alert]:
    """Who acts on what; raises Useless where the link is too old, they may not, or the alert is gone."""
    actor = mail_actions.actor_of(asked)
    if actor is None:
        raise Useless("This link is good no more", f"{asked.address} is not of that team any more.", 403, False)
    if asked.until <= now:
        words = f"Links in mails are good for {mail_actions.KEPT_FOR.days} days. Log in to act on the alert."
        raise Useless("This link is too old", words, 410)
    try:
        require(actor, Permission.ACT)
    except PermissionDenied as refusal:
        raise Useless("This was not done", str(refusal), 403) from None
    return actor, _alert(asked, actor)


def _alert(asked: Asked, actor: Actor) -> Alert:
    found = selectors.alerts_of(actor.team, drills=True).filter(number=asked.number).first()
    if found is None:
        raise Useless("This alert is not kept any more", f"#{asked.number} was deleted after its time.", 410, False)
    return found


def _act(request: HttpRequest, asked: Asked, actor: Actor, alert: Alert, now: datetime) -> HttpResponse:
    form = _form(asked, request.POST)
    try:
        event = mail_actions.do(asked, actor, alert, form.typed().get("reason", ""), now)
    except Conflict:
        return _page(request, asked, actor, _alert(asked, actor), status=409)
    except ValidationError as refusal:
        form.refuse(refusal)
        return _page(request, asked, actor, alert, form=form, status=422)
    return _page(request, asked, actor, _alert(asked, actor), done=event)


def _form(asked: Asked, typed: Any = None) -> ActionForm:
    return form_for(asked.action if asked.action == Action.CLOSE else "", data=typed)


def _page(
    request: HttpRequest,
    asked: Asked,
    actor: Actor,
    alert: Alert,
    *,
    form: ActionForm | None = None,
    done: AlertEvent | None = None,
    status: int = 200,
) -> HttpResponse:
    """How the alert stands, with the button where the deed would still change something."""
    words = WORDS[asked.action]
    offered = form is not None and _helps(asked, actor, alert)
    said = words.done if done else words.asked if offered else OVER if alert.cleared_at else words.already
    context = {
        "heading": said.format(n=alert.number, who=actor.user),
        "button": words.button.format(n=alert.number) if offered else "",
        "tone": words.tone,
        "form": form,
        "done": done,
        "alert": alert,
        "person": actor.user,
        "address": asked.address,
        "why": CLEARED_WORDS.get(alert.cleared_reason, ""),
        "closed_by": _closed_by(alert),
        "link": reverse("alert", args=[asked.team_slug, asked.number]),
    }
    return render(request, "deliveries/mail_actions/page.html", context, status=status)


def _helps(asked: Asked, actor: Actor, alert: Alert) -> bool:
    theirs = asked.action == Action.ASSIGN and alert.assigned_to == actor.user
    return mail_actions.changes(alert.state, asked.action) and not theirs


def _closed_by(alert: Alert) -> str:
    if alert.cleared_reason != "closed_by_hand":
        return ""
    ended = alert.events.filter(type=EventType.CLEARED).order_by("-id").first()
    return ended.actor_text if ended else ""
