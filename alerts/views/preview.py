"""The live preview of a rule as it is typed: what it would have done in the last days. Reads only."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from alerts.backtest import CHOICES, Backtest, backtest
from alerts.backtest.picture import panels_of
from alerts.forms.rule_words import NOTIFICATION_FIELDS, item_errors
from alerts.forms.rules import RuleForm, fields_of
from alerts.services.rules.writing import JUDGED
from teams.access import Actor, Permission
from teams.errors import texts_of
from teams.limits import Limit
from teams.models import Team
from teams.pages import team_page
from teams.rates import Rate

PREVIEWS = Limit("rule-preview", Rate(60, 60))
ASKED = JUDGED | {
    *("tests", "selector", "integrations", "groups", "recipients", "only_these", "notify_on_clear", "shadow")
}
USUAL_DAYS = 3
MAX_MISSING = 5
_PLACE = re.compile(r"rule-(new|\d{1,19})-preview")


@require_POST
@team_page(Permission.EDIT)
def preview(request: HttpRequest, team: Team, actor: Actor) -> HttpResponse:
    """The part beside the form of a rule; always a 200, with what is missing where the form is half typed."""
    now = timezone.now()
    days = _days(request.POST.get("days", ""))
    context = {"days": days, "choices": CHOICES, "place": _place(request)}
    if not PREVIEWS.take(str(request.user.pk), now):
        context["wait"] = PREVIEWS.seconds_left(now)
    else:
        context |= _tried(team, request.POST, days, now)
    return render(request, "alerts/preview/_preview.html", context)


def _tried(team: Team, data: QueryDict, days: int, now: datetime) -> dict[str, Any]:
    """The back-test and its charts, or what is `missing` for it."""
    form = RuleForm(team, data)
    missing = [] if form.is_valid() else _missing(form)
    if missing:
        return {"missing": missing[:MAX_MISSING]}
    if not form.cleaned_data["tests"] and not form.cleaned_data["selector"]:
        return {"missing": ["Choose a test for the rule to watch."]}
    try:
        found = _backtest(team, fields_of(form), days, now)
    except ValidationError as refusal:
        return {"missing": _sentences(texts_of(refusal))[:MAX_MISSING]}
    return {"found": found, "first": found.trials[0], "panels": panels_of(found.trials[0], found.facts)}


def _backtest(team: Team, fields: Mapping[str, Any], days: int, now: datetime) -> Backtest:
    """Half-typed recipients hinder no preview: they are left out."""
    asked = {name: value for name, value in fields.items() if name in ASKED}
    try:
        return backtest(team, asked, days, now)
    except ValidationError as refusal:
        if set(texts_of(refusal)) - set(NOTIFICATION_FIELDS):
            raise
        kept = {name: value for name, value in asked.items() if name not in NOTIFICATION_FIELDS}
        return backtest(team, kept, days, now)


def _missing(form: RuleForm) -> list[str]:
    texts = {
        str(form.fields[name].label or name.replace("_", " ")).capitalize(): [str(text) for text in errors]
        for name, errors in form.errors.items()
        if name not in (*NOTIFICATION_FIELDS, "name", NON_FIELD_ERRORS)
    }
    found = [f"{label}: {text}" for label, errors in texts.items() for text in errors]
    for place, row in enumerate(form.conditions, start=1):
        found += [f"Condition {place}, {name}: {text}" for name, errors in row.errors.items() for text in errors]
    return found


def _sentences(texts: dict[str, list[str]]) -> list[str]:
    conditions = item_errors("conditions", texts.pop("conditions", []))
    found = [text if index is None else f"Condition {index + 1}, {name}: {text}" for index, name, text in conditions]
    return found + [f"{name.replace('_', ' ').capitalize()}: {text}" for name, each in texts.items() for text in each]


def _days(asked: str) -> int:
    return next((days for days in CHOICES if str(days) == asked), USUAL_DAYS)


def _place(request: HttpRequest) -> str:
    """The id of the part that asked, so that ids stay apart where several forms are open."""
    asked = request.headers.get("HX-Target", "")
    return asked if _PLACE.fullmatch(asked) else "rule-preview"
