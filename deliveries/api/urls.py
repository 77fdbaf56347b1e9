from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from deliveries.api.views import DeliveryViewSet

router = SimpleRouter()
router.register("deliveries", DeliveryViewSet, basename="delivery")

urlpatterns: list[URLPattern | URLResolver] = list(router.urls)
