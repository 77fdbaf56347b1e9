from django.db import models
from django.utils import timezone

from integrations.models.integration import Integration
from teams.models import Team


class Group(models.Model):
    """Destinations that go together: a rule that names the group tells all of them."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="integration_groups")
    name = models.CharField(max_length=100)
    integrations = models.ManyToManyField(Integration, through="GroupMember", related_name="groups", blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["team", "name"], name="group_name_once_a_team")]

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    """An integration in a group of the same team."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="members")
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="group_links")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "integration"], name="group_member_once")]

    def __str__(self) -> str:
        return f"{self.integration_id} in {self.group_id}"
