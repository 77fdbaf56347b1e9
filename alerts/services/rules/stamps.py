"""Tells whether a rule is still as somebody saw it."""

import hashlib
import json

from alerts.models import AlertRule
from alerts.selectors import stored_rule
from alerts.services.rules.fields import JsonDict, as_words


def stamp_of(rule: AlertRule) -> str:
    """An opaque word that differs once anything that a form of the rule shows was changed."""
    return stamp_of_words(as_words(stored_rule(rule)))


def stamp_of_words(words: JsonDict) -> str:
    """The same of a rule as `as_words` says it. Tests that come by the selector do not count: nobody changed those."""
    text = json.dumps(words, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
