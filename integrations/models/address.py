from django.db import models
from django.utils import timezone

from teams.models import Team


class MailAddress(models.Model):
    """What an address outside the team said to its mail: once that it wants it, or that it wants no more.

    `address` is in its normal form (channels_app.addresses). `asked_at` is when it got the one mail that asks,
    `confirmed_at` when it said yes, `stopped_at` when it unsubscribed. Members of the team need none of this.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="mail_addresses")
    address = models.CharField(max_length=254)
    asked_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name_plural = "mail addresses"
        ordering = ["address"]
        constraints = [models.UniqueConstraint(fields=["team", "address"], name="mail_address_once_a_team")]

    def __str__(self) -> str:
        return self.address
