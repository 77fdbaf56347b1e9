"""The forms of the team page. Their words are the administration's too."""

from typing import Any

from django import forms
from django.utils import timezone

from teams.forms.moments import MomentField
from teams.forms.passwords import NewPasswordForm
from teams.models import Role, Team
from teams.services.inputs import NAME_LENGTH

ROLE_HELP = (
    "Viewers read. Members also edit tests, rules and integrations and act on alerts. "
    "Admins also manage people and API keys."
)


class RoleForm(forms.Form):
    """The role of a member."""

    role = forms.ChoiceField(choices=Role.choices, initial=Role.MEMBER, help_text=ROLE_HELP)


class InvitationForm(RoleForm):
    """Whom to invite, and as what."""

    email = forms.EmailField(
        label="E-mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    field_order = ("email", "role")


class KeyForm(forms.Form):
    """A new API key."""

    name = forms.CharField(
        max_length=NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="What uses it: it stands in timelines and the audit.",
    )
    role = forms.ChoiceField(
        choices=Role.choices,
        initial=Role.MEMBER,
        help_text="Viewer reads; member also sends measurements, edits and acts. No key manages people or keys.",
    )
    expires_at = MomentField(label="Expires")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = timezone.get_current_timezone_name()
        self.fields["expires_at"].help_text = f"In your time zone ({zone}). Empty: it never expires."


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's own takes no parameter at run time
    """What an admin may change of the team."""

    class Meta:
        model = Team
        fields = ("name", "announce_minutes", "shadow")
        help_texts = {
            "name": "Stands in messages as their sender.",
            "shadow": "Decide and log who would be told, and send nothing: to try Bellhop beside another system.",
        }

    def _post_clean(self) -> None:
        """The service judges."""


class JoinForm(NewPasswordForm):
    """Opens the account of somebody invited; the invitation says the address."""

    name = forms.CharField(
        label="Your name",
        max_length=NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )
    field_order = ("name", "password", "again")
