from django.apps import AppConfig


class DeliveriesConfig(AppConfig):
    name = "deliveries"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers of what happens to alerts and integrations, one each, and register the checks."""
        from alerts.pages import rule_flags
        from alerts.signals import alert_events, quiet_changed
        from deliveries import checks, making_good  # noqa: F401
        from deliveries.drilled import doubts
        from deliveries.outbox import receive
        from deliveries.releasing import judge_anew
        from integrations.signals import mended

        alert_events.connect(receive, dispatch_uid="deliveries.outbox")
        quiet_changed.connect(judge_anew, dispatch_uid="deliveries.releasing")
        mended.connect(making_good.receive, dispatch_uid="deliveries.making_good")
        rule_flags.register(doubts)
