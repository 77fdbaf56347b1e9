"""What lets the sandbox call back: Slack's apps and response URLs, HipChat's room webhooks."""

from django.db import models
from django.utils import timezone

from demo.models.sandbox import SandboxMessage, SandboxRoom, SandboxToken


class SandboxApp(models.Model):
    """A Slack app of the sandbox's workspace, with its one bot token and one signing secret.

    `rooms` are the channels that it was invited to. Presses of its buttons go to `actions_url`, its slash command to
    `command_url`; where that is empty, it has none. `home` is the origin at which it calls the Web API. `window` (epoch
    s) and `taken` are the rate limit's memory.
    """

    name = models.CharField(max_length=35)
    app_id = models.CharField(max_length=12, unique=True)
    bot_id = models.CharField(max_length=12)
    bot_user = models.CharField(max_length=12)
    bot_token = models.CharField(max_length=80, unique=True)
    signing_secret = models.CharField(max_length=40)
    scopes = models.JSONField(default=list)
    rooms = models.ManyToManyField(SandboxRoom, blank=True, related_name="apps")
    actions_url = models.CharField("request URL of buttons", max_length=300, blank=True)
    command = models.CharField("slash command", max_length=32, blank=True)
    command_url = models.CharField("request URL of the slash command", max_length=300, blank=True)
    escapes = models.BooleanField("escape channels and users in commands", default=True)
    home = models.CharField(max_length=200, blank=True)
    revoked = models.BooleanField("token revoked", default=False)
    window = models.BigIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name


class SandboxReply(models.Model):
    """A response URL: five answers within thirty minutes to what `person` did in the room, at `message` if it was a
    button."""

    key = models.CharField(max_length=40, unique=True)
    app = models.ForeignKey(SandboxApp, on_delete=models.CASCADE, related_name="+")
    room = models.ForeignKey(SandboxRoom, on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey(SandboxMessage, on_delete=models.SET_NULL, null=True, related_name="+")
    person = models.CharField(max_length=20)
    used = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"answers to {self.person} in {self.room_id}"


class SandboxHook(models.Model):
    """A room webhook of HipChat: where what people say in the room is posted, if it matches `pattern`."""

    room = models.ForeignKey(SandboxRoom, on_delete=models.CASCADE, related_name="hooks")
    token = models.ForeignKey(SandboxToken, on_delete=models.CASCADE, related_name="hooks")
    url = models.CharField(max_length=500)
    event = models.CharField(max_length=30)
    pattern = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=100, blank=True)
    key = models.CharField(max_length=40, blank=True)
    authentication = models.CharField(max_length=4, default="none")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name or f"{self.event} in {self.room_id}"
