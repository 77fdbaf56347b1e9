from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import autodiscover_modules


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        """Every app's admin pages register themselves, before the checks look at them.

        With a broker, the bell rings there too; without one Celery is never loaded.
        """
        from config import checks  # noqa: F401 - Django registers checks here

        autodiscover_modules("admin")
        if settings.CELERY_BROKER_URL:
            from config.celery import app
            from deliveries import bell
            from deliveries.broker import Broker

            bell.also(Broker(app).ring)
