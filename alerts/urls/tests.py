from django.urls import URLPattern, path

from alerts.views import tests

_ONE = "t/<slug:team_slug>/tests/<slug:slug>/"

# A test may be called "new": what is done to one test stands a level below.
urlpatterns: list[URLPattern] = [
    path("t/<slug:team_slug>/tests/new/", tests.test_new, name="test_new"),
    path(f"{_ONE}edit/", tests.test_edit, name="test_edit"),
    path(f"{_ONE}enabled/", tests.test_enabled, name="test_enabled"),
    path(f"{_ONE}delete/", tests.test_delete, name="test_delete"),
]
