from django.db import models


class Counter(models.Model):
    """A fixed-window counter in shared storage: how often `key` was counted in the window that starts at `window`
    (epoch s)."""

    key = models.CharField(max_length=120)
    window = models.BigIntegerField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "window"], name="counter_once_a_window")]
        indexes = [models.Index(fields=["window"])]

    def __str__(self) -> str:
        return f"{self.key} @ {self.window}: {self.count}"
