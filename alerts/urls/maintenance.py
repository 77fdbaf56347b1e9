from django.urls import URLPattern, path

from alerts.views import maintenance

_ALL = "t/<slug:team_slug>/maintenance/"

urlpatterns: list[URLPattern] = [
    path(_ALL, maintenance.windows, name="maintenance"),
    path(f"{_ALL}new/", maintenance.window_new, name="window_new"),
    path(f"{_ALL}<int:window_id>/", maintenance.window_edit, name="window"),
    path(f"{_ALL}<int:window_id>/end/", maintenance.window_end, name="window_end"),
    path(f"{_ALL}<int:window_id>/delete/", maintenance.window_delete, name="window_delete"),
]
