"""The pages of the sandbox chat: its rooms, and the set-up pages that Slack and HipChat offer."""

from datetime import timedelta

from django import forms
from django.core.validators import RegexValidator
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, Max, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from demo.models import SandboxApp, SandboxHook, SandboxMessage, SandboxRoom, SandboxToken
from demo.sandbox import rooms as services
from demo.sandbox.hooks import MESSAGE
from demo.sandbox.people import PEOPLE, you

SHOWN = 40
WHISPERS_LAST = timedelta(minutes=5)
Service = SandboxRoom.Service


class WebhookForm(forms.Form):
    """Slack's "choose a channel"."""

    channel = forms.CharField(
        max_length=50,
        label="Post to channel",
        help_text="An existing channel, or a new one to create.",
        validators=[RegexValidator(r"^#?[a-z0-9_-]+$", "Small letters, digits, - and _ only.")],
        widget=forms.TextInput(attrs={"list": "channels", "placeholder": "#ops"}),
    )
    label = forms.CharField(max_length=64, initial="bellhop", label="Name shown in the channel")
    legacy = forms.BooleanField(
        required=False, label="Legacy webhook", help_text="May choose its channel and name with each message."
    )


class RoomForm(forms.Form):
    name = forms.CharField(max_length=50, label="Room name")


class LabelForm(forms.Form):
    label = forms.CharField(max_length=64, label="Label", help_text="Shown as the sender of what it posts.")


class RoomTokenForm(LabelForm):
    administers = forms.BooleanField(
        required=False, label="Scope admin_room", help_text="It may also register webhooks, by which Bellhop hears."
    )


class PersonalTokenForm(LabelForm):
    scopes = forms.MultipleChoiceField(
        choices=[(scope, scope) for scope in services.SCOPES],
        initial=[services.NOTIFY, services.VIEW],
        widget=forms.CheckboxSelectMultiple,
    )


class RoomSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = SandboxRoom
        fields = ["archived", "restricted"]


def _shown() -> QuerySet[SandboxMessage]:
    """What stands in the rooms themselves, newest first, each message with its thread.

    What one person alone sees goes after a while, so that it hides no alert.
    """
    thread = Prefetch("replies", SandboxMessage.objects.select_related("app").order_by("at", "id"), to_attr="thread")
    fresh = Q(seen_by="") | Q(at__gt=timezone.now() - WHISPERS_LAST)
    top = SandboxMessage.objects.filter(fresh, Q(parent=None) | Q(broadcast=True)).select_related("app", "parent")
    return top.order_by("-at", "-id").prefetch_related(thread)


def _rooms() -> QuerySet[SandboxRoom]:
    """The rooms; `heard` are those in which somebody hears what begins with a slash."""
    hooks = Exists(SandboxHook.objects.filter(room=OuterRef("pk"), event=MESSAGE))
    command = Q(Exists(SandboxApp.objects.exclude(command_url="")), service=Service.SLACK)
    return SandboxRoom.objects.annotate(heard=ExpressionWrapper(Q(hooks) | command, BooleanField()))


@require_safe
def rooms(request: HttpRequest) -> HttpResponse:
    """Every room with its newest messages first; the room that spoke last comes first."""
    newest = Prefetch("messages", _shown()[:SHOWN], to_attr="newest")
    spoke = F("spoke_at").desc(nulls_last=True)
    found = _rooms().annotate(spoke_at=Max("messages__at")).order_by(spoke, "service", "name")
    context = {"rooms": found.prefetch_related(newest), "people": PEOPLE, "you": you(request)}
    return render(request, "sandbox/rooms.html", context)


@require_safe
def room(request: HttpRequest, pk: int) -> HttpResponse:
    """One room with all that the sandbox keeps of it."""
    found = get_object_or_404(_rooms(), pk=pk)
    context = {
        "room": found,
        "messages_of_room": _shown().filter(room=found),
        "form": RoomSettingsForm(instance=found),
        "people": PEOPLE,
        "you": you(request),
    }
    return render(request, "sandbox/room.html", context)


@require_POST
def room_settings(request: HttpRequest, pk: int) -> HttpResponse:
    """Archive or restrict a room, to see how Bellhop reports it."""
    form = RoomSettingsForm(request.POST, instance=get_object_or_404(SandboxRoom, pk=pk))
    form.save()
    return redirect("sandbox_room", pk=pk)


def slack_webhooks(request: HttpRequest) -> HttpResponse:
    """Choose a channel, get a webhook URL."""
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        channel = services.slack_channel(form.cleaned_data["channel"])
        services.webhook(channel, form.cleaned_data["label"], legacy=form.cleaned_data["legacy"])
        return redirect("sandbox_slack")
    hooks = SandboxToken.objects.filter(room__service=Service.SLACK).select_related("room").order_by("-created_at")
    for hook in hooks:
        hook.url = request.build_absolute_uri(services.webhook_path(hook))  # type: ignore[attr-defined]
    channels = SandboxRoom.objects.filter(service=Service.SLACK)
    return render(request, "sandbox/slack.html", {"form": form, "hooks": hooks, "channels": channels})


def hipchat_rooms(request: HttpRequest) -> HttpResponse:
    """The rooms with their Room API IDs."""
    form = RoomForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = services.hipchat_room(form.cleaned_data["name"])
        return redirect("sandbox_hipchat_room", api_id=made.api_id)
    found = SandboxRoom.objects.filter(service=Service.HIPCHAT)
    return render(request, "sandbox/hipchat.html", {"form": form, "rooms": found})


def hipchat_room(request: HttpRequest, api_id: int) -> HttpResponse:
    """One room's tokens, and "build your own integration": a token with the URL that uses it."""
    found = get_object_or_404(SandboxRoom, api_id=api_id)
    form = RoomTokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        more = (services.ADMIN,) if form.cleaned_data["administers"] else ()
        services.room_token(found, form.cleaned_data["label"], *more)
        return redirect("sandbox_hipchat_room", api_id=api_id)
    base = request.build_absolute_uri(f"/sandbox/hipchat/v2/room/{api_id}/notification?auth_token=")
    hooks = found.hooks.select_related("token")
    context = {"form": form, "room": found, "tokens": found.tokens.all(), "hooks": hooks, "base": base}
    return render(request, "sandbox/hipchat_room.html", context)


def hipchat_account(request: HttpRequest) -> HttpResponse:
    """A person's own tokens."""
    form = PersonalTokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.personal_token(form.cleaned_data["label"], form.cleaned_data["scopes"], timezone.now())
        return redirect("sandbox_hipchat_account")
    context = {"form": form, "tokens": SandboxToken.objects.filter(room=None)}
    return render(request, "sandbox/hipchat_account.html", context)
