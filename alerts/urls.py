from django.urls import path

from alerts import views

urlpatterns = [
    path("t/<slug:team_slug>/alerts/", views.alerts, name="alerts"),
    path("t/<slug:team_slug>/alerts/<int:number>/", views.alert, name="alert"),
    path("t/<slug:team_slug>/views/<slug:slug>/", views.view, name="view"),
]
