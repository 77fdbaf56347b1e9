from django.contrib.auth.views import LogoutView
from django.urls import path

from teams.views import entry, invitations, keys, me, people, team

urlpatterns = [
    path("", entry.home, name="home"),
    path("teams/", entry.teams, name="teams"),
    path("login/", entry.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("reset/", entry.Reset.as_view(), name="password_reset"),
    path("reset/sent/", entry.ResetSent.as_view(), name="password_reset_done"),
    path("reset/done/", entry.ResetDone.as_view(), name="password_reset_complete"),
    path("reset/<uidb64>/<token>/", entry.ResetConfirm.as_view(), name="password_reset_confirm"),
    path("invitations/<token>/", invitations.invitation, name="invitation"),
    path("me/", me.me, name="me"),
    path("me/password/", me.my_password, name="my_password"),
    path("me/theme/", me.my_theme, name="my_theme"),
    path("me/teams/<slug:team_slug>/leave/", me.leave, name="leave_team"),
    path("t/<slug:team_slug>/", entry.team_home, name="team_home"),
    path("t/<slug:team_slug>/team/", people.team, name="team"),
    path("t/<slug:team_slug>/team/people/<int:membership_id>/", people.person, name="team_person"),
    path("t/<slug:team_slug>/team/people/<int:membership_id>/remove/", people.remove_person, name="remove_person"),
    path("t/<slug:team_slug>/team/invitations/", people.invite, name="invite"),
    path(
        "t/<slug:team_slug>/team/invitations/<int:invitation_id>/revoke/",
        people.revoke_invitation,
        name="revoke_invitation",
    ),
    path("t/<slug:team_slug>/team/keys/", keys.keys, name="team_keys"),
    path("t/<slug:team_slug>/team/keys/<int:key_id>/revoke/", keys.revoke_key, name="revoke_key"),
    path("t/<slug:team_slug>/team/settings/", team.settings, name="team_settings"),
    path("t/<slug:team_slug>/team/history/", team.team_history, name="team_history"),
    path("t/<slug:team_slug>/team/usage/", team.usage, name="team_usage"),
]
