from integrations.admin.groups import GroupAdmin
from integrations.admin.integrations import IntegrationAdmin

__all__ = ["GroupAdmin", "IntegrationAdmin"]
