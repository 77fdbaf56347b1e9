from integrations.models.health import Health
from integrations.models.integration import Integration, IntegrationQuerySet

__all__ = ["Health", "Integration", "IntegrationQuerySet"]
