from django.db import models

from alerts.models.measurement import Series

HALF_HOUR = 1800  # seconds


class Extremes(models.Model):
    """The lowest and the highest value of a series in one half hour, so that long ranges are drawn from few rows.

    `begin` is in epoch seconds, a multiple of HALF_HOUR; `lowest_at` and `highest_at` too, when they were measured.
    Kept by alerts.condensing.
    """

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="extremes", db_index=False)
    begin = models.BigIntegerField()
    lowest = models.FloatField()
    lowest_at = models.FloatField()
    highest = models.FloatField()
    highest_at = models.FloatField()

    class Meta:
        verbose_name_plural = "extremes"
        constraints = [models.UniqueConstraint(fields=["series", "begin"], name="extremes_once")]

    def __str__(self) -> str:
        return f"{self.lowest} to {self.highest}"


class CondensedUntil(models.Model):
    """One row: what was received until then is in Extremes; `newest` is the highest id of a measurement that was."""

    received_at = models.DateTimeField()
    newest = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.received_at)
