from django.urls import URLPattern, path

from integrations.views import deeds, drafts, lists

BASE = "t/<slug:team_slug>/integrations/"
ONE = f"{BASE}<int:integration_id>/"

urlpatterns: list[URLPattern] = [
    path(BASE, lists.integrations, name="integrations"),
    path(f"{BASE}popup/", lists.popup, name="integrations_popup"),
    path(f"{BASE}new/", drafts.new, name="integration_new"),
    path(ONE, drafts.edit, name="integration"),
    path(f"{ONE}test/", deeds.test, name="integration_test"),
    path(f"{ONE}enabled/", deeds.enabled, name="integration_enabled"),
    path(f"{ONE}delete/", deeds.delete, name="integration_delete"),
]
