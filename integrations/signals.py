"""What others must know of integrations."""

from django.dispatch import Signal

# Sent inside the transaction that switches an integration on, changes its settings or remembers that a Test of it went
# well: `integration` and `now`. Receivers are connected in deliveries.apps.
mended = Signal()
