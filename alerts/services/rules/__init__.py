"""Creates, changes and archives alert rules. Field names are the API's; tests and integrations are objects."""

from alerts.services.rules.fields import as_fields, as_words, selected_in_words
from alerts.services.rules.stamps import stamp_of
from alerts.services.rules.writing import Outdated, archive_rule, create_rule, update_rule

__all__ = [
    "Outdated",
    "archive_rule",
    "as_fields",
    "as_words",
    "create_rule",
    "selected_in_words",
    "stamp_of",
    "update_rule",
]
