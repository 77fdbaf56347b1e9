from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from deliveries.api.previews import PreviewView
from deliveries.api.views import DeliveryViewSet

router = SimpleRouter()
router.register("deliveries", DeliveryViewSet, basename="delivery")

urlpatterns: list[URLPattern | URLResolver] = [
    path("integrations/preview/", PreviewView.as_view(), name="integration-preview"),
    *router.urls,
]
