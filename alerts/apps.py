from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "alerts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have mails show what is drawn here."""
        from channels_app.doors import pictures

        pictures.register(_drawn)


def _drawn(token: str) -> bytes | None:
    from alerts.pages.graph import png_of_token  # only senders of mails with pictures load what draws

    return png_of_token(token)
