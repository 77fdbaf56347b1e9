"""The phrases of the hand-over for its page."""

from django import template

from deliveries.handover import has_it
from deliveries.handover_text import how_cleared, losses, summary

register = template.Library()
register.filter("has_it", has_it)
register.filter("how_cleared", how_cleared)
register.filter("losses", losses)
register.filter("summary", summary)
