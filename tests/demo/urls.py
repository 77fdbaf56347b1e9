from django.urls import include, path

from config import urls

urlpatterns = [path("sandbox/", include("demo.urls")), *urls.urlpatterns]
