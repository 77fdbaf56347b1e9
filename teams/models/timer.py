from django.db import models


class Timer(models.Model):
    """When a periodic job is next due; any number of processes may run it, one wins by compare-and-set."""

    name = models.CharField(max_length=40, primary_key=True)
    next_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.next_at}"
