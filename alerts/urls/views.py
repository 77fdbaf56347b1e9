from django.urls import URLPattern, path

from alerts.views import views

urlpatterns: list[URLPattern] = [
    path("t/<slug:team_slug>/views/", views.views, name="views"),
    path("t/<slug:team_slug>/views/<slug:slug>/", views.view, name="view"),
    path("t/<slug:team_slug>/views/<slug:slug>/chart.png", views.view_png, name="view_png"),
    path("t/<slug:team_slug>/views/<slug:slug>/values.csv", views.view_csv, name="view_csv"),
]
