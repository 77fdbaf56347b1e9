from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        """Every app's admin pages register themselves, before the checks look at them."""
        autodiscover_modules("admin")
