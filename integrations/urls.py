from django.urls import URLPattern, path

from integrations.views import consent, deeds, drafts, groups, hooks, lists

BASE = "t/<slug:team_slug>/integrations/"
ONE = f"{BASE}<int:integration_id>/"
GROUPS = f"{BASE}groups/"
GROUP = f"{GROUPS}<int:group_id>/"

urlpatterns: list[URLPattern] = [
    path(BASE, lists.integrations, name="integrations"),
    path(f"{BASE}popup/", lists.popup, name="integrations_popup"),
    path(f"{BASE}new/", drafts.new, name="integration_new"),
    path(GROUPS, groups.groups, name="groups"),
    path(f"{GROUPS}new/", groups.new, name="group_new"),
    path(GROUP, groups.edit, name="group"),
    path(f"{GROUP}test/", groups.test, name="group_test"),
    path(f"{GROUP}delete/", groups.delete, name="group_delete"),
    path(f"{BASE}app/<slug:kind>/", hooks.app, name="integration_app"),
    path(ONE, drafts.edit, name="integration"),
    path(f"{ONE}test/", deeds.test, name="integration_test"),
    path(f"{ONE}enabled/", deeds.enabled, name="integration_enabled"),
    path(f"{ONE}delete/", deeds.delete, name="integration_delete"),
    path(f"{ONE}hook/change/", hooks.change, name="integration_hook_change"),
    path(f"{ONE}hook/register/", hooks.register, name="integration_hook_register"),
    path("mail/confirm/<str:token>/", consent.mail_confirm, name="mail_confirm"),
    path("mail/stop/<str:token>/", consent.mail_unsubscribe, name="mail_unsubscribe"),
]
