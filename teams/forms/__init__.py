from teams.forms.entry import LIMITED, LoginForm, ResetForm, too_many
from teams.forms.me import PasswordForm, ProfileForm, ThemeForm
from teams.forms.saving import saved
from teams.forms.team import ROLE_HELP, InvitationForm, JoinForm, KeyForm, RoleForm, SettingsForm

__all__ = [
    "LIMITED",
    "ROLE_HELP",
    "InvitationForm",
    "JoinForm",
    "KeyForm",
    "LoginForm",
    "PasswordForm",
    "ProfileForm",
    "ResetForm",
    "RoleForm",
    "SettingsForm",
    "ThemeForm",
    "saved",
    "too_many",
]
