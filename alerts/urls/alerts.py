from django.urls import URLPattern, path

from alerts.views import acting_on_many, alerts

urlpatterns: list[URLPattern] = [
    path("alerts/", alerts.all_alerts, name="all_alerts"),
    path("t/<slug:team_slug>/alerts/", alerts.alerts, name="alerts"),
    path("t/<slug:team_slug>/alerts/act/", acting_on_many.alerts_act, name="alerts_act"),
]
