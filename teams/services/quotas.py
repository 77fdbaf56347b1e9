"""What operators grant one team instead of what every team is granted."""

from django.db import transaction

from teams import audit
from teams.access import Actor
from teams.models import Team, User
from teams.services.users import require_superuser

GRANTED = ("measurements_per_minute", "measurements_per_day", "stored_measurements", "open_alerts", "mails_per_day")


@transaction.atomic
def grant(operator: User, team: Team, **quotas: int | None) -> Team:
    """Set the quotas named in GRANTED, None for the default; the team finds it in its audit. For superusers."""
    require_superuser(operator)
    team = Team.objects.select_for_update().get(pk=team.pk)
    before = _granted(team)
    for name in GRANTED:
        setattr(team, name, quotas[name])
    if changes := audit.differences(before, _granted(team)):
        team.save(update_fields=list(changes))
        audit.record(Actor(team=team, role=None, user=operator, via="admin"), "team.granted", team, changes)
    return team


def _granted(team: Team) -> dict[str, int | None]:
    return {name: getattr(team, name) for name in GRANTED}
