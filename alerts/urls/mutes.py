from django.urls import URLPattern, path

from alerts.views import mutes

urlpatterns: list[URLPattern] = [
    path("t/<slug:team_slug>/mutes/", mutes.mutes, name="mutes"),
    path("t/<slug:team_slug>/mutes/new/", mutes.mute_new, name="mute_new"),
    path("t/<slug:team_slug>/mutes/<int:mute_id>/end/", mutes.mute_end, name="mute_end"),
]
