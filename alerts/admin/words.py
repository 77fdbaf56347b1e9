"""Sentences that the admin's pages of alerts share."""

from django.db.models import QuerySet

from alerts.models import Alert, AlertQuerySet

NAMED = 20


def will_clear(alerts: AlertQuerySet | QuerySet[Alert]) -> list[str]:
    """Which open alerts an archiving will clear, as a sentence; names the first 20."""
    numbers = list(
        Alert.objects.filter(pk__in=alerts.values("pk")).active().order_by("number").values_list("number", flat=True)
    )
    if not numbers:
        return ["No alert is open on it."]
    named = ", ".join(f"#{number}" for number in numbers[:NAMED])
    more = f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else ""
    return [f"{len(numbers)} open alert{'' if len(numbers) == 1 else 's'} will clear: {named}{more}."]
