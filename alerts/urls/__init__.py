"""The addresses of the pages: one module a subject."""

from alerts.urls import alert, alerts, maintenance, mutes, pictures, preview, rules, tests, unlinking, views

urlpatterns = [
    *unlinking.urlpatterns,
    *preview.urlpatterns,
    *rules.urlpatterns,
    *alerts.urlpatterns,
    *alert.urlpatterns,
    *maintenance.urlpatterns,
    *tests.urlpatterns,
    *views.urlpatterns,
    *pictures.urlpatterns,
    *mutes.urlpatterns,
]
