from django.urls import URLPattern, path

from alerts.views import pictures

urlpatterns: list[URLPattern] = [
    path("i/<str:token>.png", pictures.picture, name="picture"),
]
