from django.db import models

from alerts.models.test import Test
from teams.models import Team


class Series(models.Model):
    """One metric of one test from one source; measurements hang on it, so that a row costs little."""

    # Neither has an index of its own: of two that begin alike, PostgreSQL may take the one that tells less.
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+", db_index=False)
    test = models.ForeignKey(Test, on_delete=models.PROTECT, related_name="series", db_index=False)
    metric = models.CharField(max_length=100)
    source = models.CharField(max_length=100)

    class Meta:
        verbose_name_plural = "series"
        constraints = [models.UniqueConstraint(fields=["test", "metric", "source"], name="series_once")]
        indexes = [models.Index(fields=["team", "source"]), models.Index(fields=["team", "metric"])]

    def __str__(self) -> str:
        return f"{self.metric} from {self.source}"


class Measurement(models.Model):
    """A value of a series at a time. The same (series, observed_at) again replaces the value."""

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="measurements", db_index=False)
    observed_at = models.DateTimeField()
    received_at = models.DateTimeField()
    value = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "observed_at"], name="measurement_once")]
        indexes = [models.Index(fields=["received_at"])]

    def __str__(self) -> str:
        return f"{self.value} at {self.observed_at}"
