from django.db import models
from django.utils import timezone


class SandboxRoom(models.Model):
    """A Slack channel or HipChat room of the sandbox.

    `api_id` is HipChat's Room API ID. `free_at` (epoch s) and `window`/`taken` are the rate limits' memory.
    """

    class Service(models.TextChoices):
        SLACK = "slack", "Slack"
        HIPCHAT = "hipchat", "HipChat"

    service = models.CharField(max_length=10, choices=Service.choices)
    name = models.CharField(max_length=50)
    topic = models.CharField(max_length=250, blank=True)
    api_id = models.PositiveIntegerField(null=True, unique=True)
    archived = models.BooleanField(default=False)
    restricted = models.BooleanField("only admins may post", default=False)
    free_at = models.FloatField(default=0)
    window = models.BigIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["service", "name"]
        constraints = [
            models.UniqueConstraint(fields=["service", "name"], name="sandbox_room_name_once"),
            models.CheckConstraint(
                condition=models.Q(service="slack") ^ models.Q(api_id__isnull=False), name="sandbox_api_id_is_hipchats"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.name}" if self.service == self.Service.SLACK else self.name


class SandboxToken(models.Model):
    """What lets somebody post: a Slack webhook, a HipChat room notification token, or (without a room) a personal
    HipChat token of `label`.

    `hook` is the B... part of a webhook's address. `legacy` webhooks may choose their channel and sender name.
    `window` (epoch s) and `taken` are the rate limit's memory.
    """

    room = models.ForeignKey(SandboxRoom, on_delete=models.CASCADE, null=True, related_name="tokens")
    label = models.CharField(max_length=64)
    token = models.CharField(max_length=40, unique=True)
    hook = models.CharField(max_length=12, blank=True)
    scopes = models.JSONField(default=list)
    legacy = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    window = models.BigIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.label


class SandboxMessage(models.Model):
    """What was posted into a room: the payload as it came, and under which name it shows."""

    room = models.ForeignKey(SandboxRoom, on_delete=models.CASCADE, related_name="messages")
    at = models.DateTimeField(default=timezone.now)
    sender = models.CharField(max_length=150)
    payload = models.JSONField()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["room", "-at"])]

    def __str__(self) -> str:
        return f"{self.sender} in {self.room_id} at {self.at}"
