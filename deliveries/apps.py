from django.apps import AppConfig


class DeliveriesConfig(AppConfig):
    name = "deliveries"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the one receiver of alert events, and register the checks."""
        from alerts.signals import alert_events
        from deliveries import checks  # noqa: F401
        from deliveries.outbox import receive

        alert_events.connect(receive, dispatch_uid="deliveries.outbox")
