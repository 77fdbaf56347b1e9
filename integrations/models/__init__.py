from integrations.models.address import MailAddress
from integrations.models.group import Group, GroupMember
from integrations.models.health import Health
from integrations.models.integration import Integration, IntegrationQuerySet
from integrations.models.telling import Language, Telling

__all__ = [
    "Group",
    "GroupMember",
    "Health",
    "Integration",
    "IntegrationQuerySet",
    "Language",
    "MailAddress",
    "Telling",
]
