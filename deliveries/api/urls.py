from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from deliveries.api.drills import DrillViewSet, RunDrillView
from deliveries.api.previews import PreviewView
from deliveries.api.views import DeliveryViewSet

router = SimpleRouter()
router.register("deliveries", DeliveryViewSet, basename="delivery")
router.register("drills", DrillViewSet, basename="drill")

urlpatterns: list[URLPattern | URLResolver] = [
    path("integrations/preview/", PreviewView.as_view(), name="integration-preview"),
    path("rules/<int:pk>/drill/", RunDrillView.as_view(), name="rule-drill"),
    *router.urls,
]
