"""How attempts read on pages."""

from django import template

from deliveries.models import Attempt
from deliveries.sentences import said

register = template.Library()

register.filter("said", said)


@register.filter
def reason_of(attempt: Attempt) -> str:
    """The reason's word as people write it."""
    return attempt.reason.replace("_", " ")
