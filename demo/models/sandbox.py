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

    @property
    def channel_id(self) -> str:
        """The C... id of a Slack channel."""
        return f"C0SBX{self.pk:05d}"


class SandboxToken(models.Model):
    """What lets somebody post: a Slack webhook, a HipChat room notification token, or (without a room) a personal
    HipChat token of `label`.

    `hook` is the B... part of a webhook's address. `legacy` webhooks may choose their channel and sender name.
    `oauth_secret` signs what the room webhooks of a HipChat token send. `window` (epoch s) and `taken` are the rate
    limit's memory.
    """

    room = models.ForeignKey(SandboxRoom, on_delete=models.CASCADE, null=True, related_name="tokens")
    label = models.CharField(max_length=64)
    token = models.CharField(max_length=40, unique=True)
    hook = models.CharField(max_length=12, blank=True)
    oauth_secret = models.CharField(max_length=40, blank=True)
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
    """What was posted into a room: the payload as it came, and under which name it shows.

    `ts` is Slack's name for it within its channel. `parent` has it in its thread; `broadcast` shows it in the channel
    as well. `app` or `person` (an id) said it; `seen_by` is the one person who sees it, empty for everybody. `history`
    is what it said before it was edited, oldest first: `{"at", "text", "color"}`.
    """

    room = models.ForeignKey(SandboxRoom, on_delete=models.CASCADE, related_name="messages")
    ts = models.CharField(max_length=20)
    at = models.DateTimeField(default=timezone.now)
    sender = models.CharField(max_length=150)
    payload = models.JSONField()
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="replies")
    broadcast = models.BooleanField(default=False)
    app = models.ForeignKey("demo.SandboxApp", on_delete=models.SET_NULL, null=True, related_name="messages")
    person = models.CharField(max_length=20, blank=True)
    seen_by = models.CharField(max_length=20, blank=True)
    edited_at = models.DateTimeField(null=True)
    history = models.JSONField(default=list)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["room", "-at"])]
        constraints = [models.UniqueConstraint(fields=["room", "ts"], name="sandbox_ts_once")]

    def __str__(self) -> str:
        return f"{self.sender} in {self.room_id} at {self.at}"
