from django.contrib.auth.views import LogoutView
from django.urls import path

from teams import views

urlpatterns = [
    path("", views.home, name="home"),
    path("login/", views.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("reset/", views.Reset.as_view(), name="password_reset"),
    path("reset/sent/", views.ResetSent.as_view(), name="password_reset_done"),
    path("reset/done/", views.ResetDone.as_view(), name="password_reset_complete"),
    path("reset/<uidb64>/<token>/", views.ResetConfirm.as_view(), name="password_reset_confirm"),
    path("t/<slug:team_slug>/", views.team_home, name="team_home"),
    path("t/<slug:team_slug>/team/", views.team, name="team"),
]
