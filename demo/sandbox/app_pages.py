"""The pages on which one makes a Slack app and finds what Bellhop asks for: its bot token and signing secret."""

import json
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from channels_app.registry import kind
from demo.models import SandboxApp, SandboxRoom
from demo.sandbox import apps as services
from demo.sandbox.calling import is_ours
from demo.sandbox.shapes import Malformed


class ManifestForm(forms.Form):
    """Slack's "create an app from a manifest"."""

    manifest = forms.CharField(
        label="Manifest (JSON)",
        help_text="This is the one that Bellhop gives for this installation.",
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false"}),
        max_length=20_000,
    )

    def clean_manifest(self) -> services.Design:
        try:
            return services.design_of(json.loads(self.cleaned_data["manifest"]))
        except ValueError:
            raise forms.ValidationError("This is no JSON.") from None
        except Malformed as malformed:
            raise forms.ValidationError(str(malformed)) from malformed


class AppForm(forms.ModelForm):  # type: ignore[type-arg]
    """What can be changed of an app, to see what Bellhop says then."""

    scopes = forms.MultipleChoiceField(
        choices=[(scope, scope) for scope in services.SCOPES], required=False, widget=forms.CheckboxSelectMultiple
    )
    rooms = forms.ModelMultipleChoiceField(
        SandboxRoom.objects.filter(service=SandboxRoom.Service.SLACK),
        label="Invited to the channels",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = SandboxApp
        fields = ["actions_url", "command", "command_url", "escapes", "scopes", "rooms", "revoked"]
        widgets = {name: forms.TextInput(attrs={"size": 60}) for name in ("actions_url", "command_url")}

    def clean_actions_url(self) -> str:
        return self._ours("actions_url")

    def clean_command_url(self) -> str:
        return self._ours("command_url")

    def _ours(self, name: str) -> str:
        url = str(self.cleaned_data[name])
        if url and not is_ours(url):
            raise forms.ValidationError("The sandbox calls nobody but this Bellhop.")
        return url


def apps(request: HttpRequest) -> HttpResponse:
    """The apps, and one more from a manifest."""
    form = ManifestForm(request.POST or None, initial={"manifest": json.dumps(_manifest(), indent=2)})
    if request.method == "POST" and form.is_valid():
        made = services.make(form.cleaned_data["manifest"])
        return redirect("sandbox_slack_app", pk=made.pk)
    return render(request, "sandbox/slack_apps.html", {"form": form, "apps": SandboxApp.objects.all()})


def app(request: HttpRequest, pk: int) -> HttpResponse:
    """One app: what to enter in Bellhop, and what to change about it."""
    found = get_object_or_404(SandboxApp, pk=pk)
    form = AppForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("sandbox_slack_app", pk=pk)
    server = request.build_absolute_uri(reverse("sandbox_slack_api", args=["x"])).removesuffix("/x")
    return render(request, "sandbox/slack_app.html", {"form": form, "app": found, "server": server})


def _manifest() -> dict[str, Any]:
    hear = kind("slack").hear
    return dict(hear.manifest(settings.BELLHOP_BASE_URL)) if hear and hear.manifest else {}
