from integrations.admin.integrations import IntegrationAdmin

__all__ = ["IntegrationAdmin"]
