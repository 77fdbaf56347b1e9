from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from alerts.api.alerts import AlertViewSet
from alerts.api.maintenance import WindowViewSet
from alerts.api.mutes import MuteViewSet
from alerts.api.views import MeasurementsView, RuleViewSet, TestViewSet

router = SimpleRouter()
router.register("tests", TestViewSet, basename="test")
router.register("rules", RuleViewSet, basename="rule")
router.register("maintenance-windows", WindowViewSet, basename="maintenancewindow")
router.register("alerts", AlertViewSet, basename="alert")
router.register("mutes", MuteViewSet, basename="mute")

urlpatterns: list[URLPattern | URLResolver] = [
    path("measurements/", MeasurementsView.as_view(), name="measurements"),
    *router.urls,
]
