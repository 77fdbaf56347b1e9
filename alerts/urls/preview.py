from django.urls import URLPattern, path

from alerts.views import preview

urlpatterns: list[URLPattern] = [path("t/<slug:team_slug>/rules/preview/", preview.preview, name="rule_preview")]
