from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from integrations.api.groups import GroupViewSet
from integrations.api.views import DraftTestView, IntegrationViewSet, KindsView

router = SimpleRouter()
router.register("integrations", IntegrationViewSet, basename="integration")
router.register("groups", GroupViewSet, basename="group")

urlpatterns: list[URLPattern | URLResolver] = [
    path("integrations/test/", DraftTestView.as_view(), name="integration-test-draft"),
    *router.urls,
    path("kinds/", KindsView.as_view(), name="kinds"),
]
