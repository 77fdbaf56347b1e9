"""Creates, changes and archives alert rules. Field names are the API's; tests and integrations are objects."""

from alerts.services.rules.fields import as_fields, as_words
from alerts.services.rules.writing import archive_rule, create_rule, update_rule

__all__ = ["archive_rule", "as_fields", "as_words", "create_rule", "update_rule"]
