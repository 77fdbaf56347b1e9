"""Mutes in the admin: a list to read, and ending one."""

from collections.abc import Callable

from django.test import Client

from alerts.models import Mute
from teams.models import AuditEntry
from tests.admin.conftest import World

Enter = Callable[..., Client]
LIST = "/admin/alerts/mute/"


def test_a_mute_is_read_and_ended_and_never_written(world: World, enter: Enter) -> None:
    client, mute = enter(world.cast.owner), world.mine.of(Mute)
    page = f"{LIST}{mute.pk}/change/"
    assert "Own work" in client.get(LIST).content.decode()
    assert "Own work" in client.get(page).content.decode()
    assert client.get(f"{LIST}add/").status_code == 403
    client.post(page, {"reason": "another"})

    answer = client.post(f"{LIST}{mute.pk}/do/end/", follow=True)

    mute.refresh_from_db()
    assert "is over" in answer.content.decode()
    assert (mute.reason, mute.ended_by_text) == ("Own work", str(world.cast.owner))
    assert AuditEntry.objects.filter(action="mute.ended", target_id=str(mute.pk)).count() == 1
    assert "/do/end/" not in client.get(page).content.decode()


def test_one_who_only_reads_ends_none(world: World, enter: Enter) -> None:
    client, mute = enter(world.both, world.theirs.team), world.theirs.of(Mute)
    assert client.get(f"{LIST}{mute.pk}/change/").status_code == 200
    assert client.post(f"{LIST}{mute.pk}/do/end/").status_code == 403
    mute.refresh_from_db()
    assert mute.ended_at is None
