from django.urls import URLPattern, path

from alerts.views import rule_form, rules

urlpatterns: list[URLPattern] = [
    path("t/<slug:team_slug>/rules/", rules.rules, name="rules"),
    path("t/<slug:team_slug>/rules/new/", rule_form.rule_new, name="rule_new"),
    path("t/<slug:team_slug>/rules/ticks/", rules.rule_ticks, name="rule_ticks"),
    path("t/<slug:team_slug>/rules/now/", rules.rule_now, name="rule_now"),
    path("t/<slug:team_slug>/rules/<int:pk>/", rule_form.rule, name="rule"),
    path("t/<slug:team_slug>/rules/<int:pk>/copy/", rule_form.rule_copy, name="rule_copy"),
    path("t/<slug:team_slug>/rules/<int:pk>/enabled/", rules.rule_enabled, name="rule_enabled"),
    path("t/<slug:team_slug>/rules/<int:pk>/delete/", rules.rule_delete, name="rule_delete"),
]
