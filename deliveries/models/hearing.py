from django.conf import settings
from django.db import models
from django.utils import timezone

from alerts.models import Alert
from integrations.models import Integration
from teams.models import Team


class MessageRef(models.Model):
    """The one message of an alert at an integration that keeps it true. `ref` names it there, in the kind's own way."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+", db_index=False)
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="message_refs", db_index=False)
    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, related_name="message_refs")
    recipient = models.CharField(max_length=254, blank=True)
    ref = models.CharField(max_length=200)
    posted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["alert", "integration", "recipient"], name="message_ref_once"),
        ]

    def __str__(self) -> str:
        return f"message of alert {self.alert_id} at integration {self.integration_id}"


class ChatIdentity(models.Model):
    """Who somebody is in a chat, as they confirmed themselves while logged in.

    `key` is the `hears_key` of the integrations whose calls prove it: with another secret it must be confirmed anew.
    `workspace` and `person` are the chat's own ids, `name` is what it called them then.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="chat_identities")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="chat_identities")
    kind = models.CharField(max_length=30)
    key = models.CharField(max_length=64)
    workspace = models.CharField(max_length=100, blank=True)
    person = models.CharField(max_length=100)
    name = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = "chat identities"
        constraints = [
            models.UniqueConstraint(fields=["team", "key", "workspace", "person"], name="chat_identity_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.person} in {self.kind}"


class HeardOnce(models.Model):
    """A call from outside that was obeyed, or a link that was used: by this mark it is known when it comes again.

    `mark` is a keyed hash. Kept for as long as the same could still be taken for new; what is so for a shorter time has
    its `at` dated back. Another mark is an alert's: `at` is when the newest thing happened that a service told of it.
    """

    mark = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "calls heard once"

    def __str__(self) -> str:
        return self.mark[:8]
