"""What the house knows about itself: what the auditor found, who is alive, and counts that outlive pruned rows."""

from django.db import models


class FindingKind(models.TextChoices):
    """A promise that was not kept, or would not have been. deliveries.auditing.words
    has a sentence for each, and docs/operating.md says what to do."""

    OVERDUE = "overdue"
    LEASE_LEFT = "lease_left"
    LANE_FORGOTTEN = "lane_forgotten"
    DELIVERY_STRANDED = "delivery_stranded"
    DISPATCH_LEFT = "dispatch_left"
    DELIVERY_OVERSTAYED = "delivery_overstayed"
    EVENT_UNDECIDED = "event_undecided"
    LEASE_AHEAD = "lease_ahead"
    WAIT_AHEAD = "wait_ahead"
    BUDGET_AHEAD = "budget_ahead"
    TIMER_LATE = "timer_late"
    CLOCK_JUMPED = "clock_jumped"
    CLOCKS_DIFFER = "clocks_differ"
    CHECK_FAILED = "check_failed"


class Finding(models.Model):
    """All that was ever found of one kind. `found` and `repaired` only grow; `open` is what was left last time.

    `examples` are ids (of lanes, deliveries, dispatches, events or names, by kind), the last ones that were seen.
    `mailed_at` is when operators were last mailed about what is open.
    """

    kind = models.CharField(max_length=30, choices=FindingKind.choices, primary_key=True)
    found = models.PositiveBigIntegerField(default=0)
    repaired = models.PositiveBigIntegerField(default=0)
    open = models.PositiveBigIntegerField(default=0)
    examples = models.JSONField(default=list)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-last_at", "kind"]

    def __str__(self) -> str:
        return self.kind


class FindingHour(models.Model):
    """The history: what was found of one kind in one hour (`hour` is its start). Kept for 30 days."""

    kind = models.CharField(max_length=30, choices=FindingKind.choices)
    hour = models.DateTimeField()
    found = models.PositiveBigIntegerField(default=0)
    repaired = models.PositiveBigIntegerField(default=0)
    open = models.PositiveBigIntegerField(default=0)
    examples = models.JSONField(default=list)

    class Meta:
        ordering = ["-hour", "kind"]
        constraints = [models.UniqueConstraint(fields=["hour", "kind"], name="finding_once_an_hour")]

    def __str__(self) -> str:
        return f"{self.kind} at {self.hour:%Y-%m-%d %H}"


class Heartbeat(models.Model):
    """A process that sends or keeps time, as deliveries.owner names it, and when it last said that it lives."""

    class Role(models.TextChoices):
        SENDER = "sender"
        WORKER = "worker"

    owner = models.CharField(max_length=120, primary_key=True)
    role = models.CharField(max_length=10, choices=Role.choices)
    version = models.CharField(max_length=30)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["-seen_at"]

    def __str__(self) -> str:
        return self.owner


class Tally(models.Model):
    """How often something ended in some way, for all time, by kind of integration.

    `settled` counts the rows up to the watermark of its family, `total` all that there are; neither ever falls.
    """

    family = models.CharField(max_length=12)
    name = models.CharField(max_length=12)
    kind = models.CharField(max_length=30)
    settled = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["family", "name", "kind"], name="tally_once")]

    def __str__(self) -> str:
        return f"{self.family} {self.name} {self.kind}"


class Watermark(models.Model):
    """How far something that walks through growing tables has come: a time, or an id and the last one it saw."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField(null=True, blank=True)
    number = models.PositiveBigIntegerField(default=0)
    seen = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name
