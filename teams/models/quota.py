from django.db import models

from teams.models.team import Team


class Grant(Team):
    """A team as operators see it: what it is granted instead of the default. Its fields are the team's."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = "quota"


class DayUsage(models.Model):
    """What a team sent on a day (UTC): measurements that were taken, as reserved in blocks, and that were refused.

    The days that measurements are kept add up to what is stored.
    """

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="usage", db_index=False)
    day = models.DateField()
    measurements = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "day"], name="usage_once_a_day")]
        indexes = [models.Index(fields=["day"], name="usage_by_age")]

    def __str__(self) -> str:
        return f"{self.measurements} on {self.day}"
