from django.urls import URLPattern, path

from alerts.views import unlinking

urlpatterns: list[URLPattern] = [
    path("t/<slug:team_slug>/rules/unlink/", unlinking.rules_unlink, name="rules_unlink"),
    path("t/<slug:team_slug>/rules/<int:rule_id>/unlink/", unlinking.rule_unlink, name="rule_unlink"),
]
