"""The table of contents of all addresses: each app brings its calls in api/urls.py and its pages in urls.py."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from config.views import no_such_call
from teams.adminkit import site
from teams.api.schema import DocsView

# One line an app: path("", include("alerts.api.urls")) here, path("", include("alerts.urls")) in pages.
api: list[URLPattern | URLResolver] = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
    path("", include("alerts.api.urls")),
    path("", include("integrations.api.urls")),
    path("", include("deliveries.api.urls")),
]
pages: list[URLPattern | URLResolver] = [
    path("", include("teams.urls")),
    path("", include("integrations.urls")),
    path("", include("alerts.urls")),
    path("", include("deliveries.urls")),
]
if settings.DEMO:
    pages.append(path("sandbox/", include("demo.urls")))

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include(api)),
    re_path("^api/", no_such_call, name="no_such_call"),
    path("admin/", site.urls),
    *pages,
]
handler400 = "config.views.bad_request"
handler500 = "config.views.server_error"
