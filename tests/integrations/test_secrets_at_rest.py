"""The vault: what is stored opens for one row of one team, with the operator's keys, and else fails closed."""

import threading
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from integrations import selectors, services, vault
from integrations.models import Integration
from integrations.vault import Unreadable
from teams.access import Actor
from tests.conftest import Cast
from tests.factories import TeamFactory
from tests.integrations.factories import SLACK_URL, make_integration

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_a_stored_config_holds_no_readable_part(cast: Cast) -> None:
    made = make_integration(cast.team)

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM integrations_integration WHERE id = %s", [made.pk])
        row = str(cursor.fetchone())

    assert "XXXXsecretslacktokenXXXX" not in row
    assert "hooks.slack.com" not in made.sealed
    assert vault.unseal(made)["url"] == SLACK_URL


@pytest.mark.parametrize("whose", ["same team", "other team"])
def test_ciphertext_moved_to_another_row_fails_closed_and_names_that_row(cast: Cast, whose: str) -> None:
    ours = make_integration(cast.team, name="ours")
    theirs = make_integration(cast.team if whose == "same team" else cast.other_team, name="theirs")

    Integration.objects.filter(pk=theirs.pk).update(sealed=ours.sealed)
    theirs.refresh_from_db()

    with pytest.raises(Unreadable, match=f"integration {theirs.pk} “theirs” belong to another") as caught:
        vault.unseal(theirs)
    assert ours.sealed[:20] not in str(caught.value)
    with pytest.raises(Unreadable):
        selectors.settings_of(theirs)


def test_a_row_moved_to_another_team_fails_closed(cast: Cast) -> None:
    made = make_integration(cast.team)

    Integration.objects.filter(pk=made.pk).update(team=cast.other_team)
    made.refresh_from_db()

    with pytest.raises(Unreadable):
        vault.unseal(made)


@pytest.mark.parametrize("sealed", ["", "nonsense", "gAAAAA" + "A" * 120, "ünïcode"])
def test_damaged_ciphertext_fails_closed(cast: Cast, sealed: str) -> None:
    made = make_integration(cast.team)
    made.sealed = sealed

    with pytest.raises(Unreadable, match="BELLHOP_ENCRYPTION_KEYS"):
        vault.unseal(made)


def test_without_its_key_a_config_stays_closed(cast: Cast, settings: Settings) -> None:
    settings.BELLHOP_ENCRYPTION_KEYS = [OLD]
    made = make_integration(cast.team)

    settings.BELLHOP_ENCRYPTION_KEYS = [NEW]

    with pytest.raises(Unreadable):
        vault.unseal(made)


def test_rotation_seals_every_row_anew_so_that_the_old_key_can_go(cast: Cast, settings: Settings) -> None:
    settings.BELLHOP_ENCRYPTION_KEYS = [OLD]
    rows = [make_integration(cast.team, name=f"room {number}") for number in range(5)]
    services.archive(Actor.system(cast.team), rows[0], rows[0].created_at)

    settings.BELLHOP_ENCRYPTION_KEYS = [NEW, OLD]
    result = vault.rotate(batch=2)

    assert (result.resealed, result.current, result.unreadable) == (5, 0, [])
    settings.BELLHOP_ENCRYPTION_KEYS = [NEW]
    assert [vault.unseal(row)["url"] for row in Integration.objects.all()] == [SLACK_URL] * 5
    assert vault.rotate().current == 5


def test_rotation_names_what_no_key_opens_and_still_does_the_rest(cast: Cast, settings: Settings) -> None:
    settings.BELLHOP_ENCRYPTION_KEYS = [OLD]
    lost, kept = make_integration(cast.team, name="lost"), make_integration(cast.team, name="kept")
    Integration.objects.filter(pk=lost.pk).update(sealed="nonsense")

    settings.BELLHOP_ENCRYPTION_KEYS = [NEW, OLD]
    with pytest.raises(CommandError, match=f"{lost.pk} “lost” of team ops"):
        call_command("rotatekeys", stdout=StringIO())

    settings.BELLHOP_ENCRYPTION_KEYS = [NEW]
    kept.refresh_from_db()
    assert vault.unseal(kept)["url"] == SLACK_URL


def test_rotation_loses_no_edit_that_came_between_its_reading_and_its_writing(
    cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BELLHOP_ENCRYPTION_KEYS = [OLD]
    made = make_integration(cast.team)
    settings.BELLHOP_ENCRYPTION_KEYS = [NEW, OLD]
    batches = vault._batches

    def read_then_edited(size: int) -> object:
        for rows in batches(size):
            settings.BELLHOP_ENCRYPTION_KEYS = [OLD]  # another process that does not have the new key yet
            config = {**vault.unseal(made), "channel": "#edited"}
            Integration.objects.filter(pk=made.pk).update(sealed=vault.seal(made.team_id, made.uid, config))
            settings.BELLHOP_ENCRYPTION_KEYS = [NEW, OLD]
            yield rows

    monkeypatch.setattr(vault, "_batches", read_then_edited)
    assert vault.rotate().resealed == 1

    settings.BELLHOP_ENCRYPTION_KEYS = [NEW]
    made.refresh_from_db()
    assert vault.unseal(made)["channel"] == "#edited"


@pytest.mark.django_db(transaction=True)
def test_rotation_under_load_keeps_every_config_readable(settings: Settings) -> None:
    team = TeamFactory.create()
    settings.BELLHOP_ENCRYPTION_KEYS = [OLD]
    rows = [make_integration(team, name=f"room {number}") for number in range(30)]
    settings.BELLHOP_ENCRYPTION_KEYS = [NEW, OLD]
    over, failures = threading.Event(), []

    def read() -> None:
        try:
            while not over.is_set():
                for row in Integration.objects.all():
                    selectors.settings_of(row)
        except Unreadable as error:
            failures.append(error)
        finally:
            connection.close()

    def edit() -> None:
        actor = Actor.system(team)
        for turn in range(10):
            services.update(actor, rows[turn], config={"channel": f"#edit-{turn}"}, now=rows[turn].created_at)
        connection.close()

    threads = [threading.Thread(target=read), threading.Thread(target=edit)]
    for thread in threads:
        thread.start()
    vault.rotate(batch=5)
    threads[1].join()
    over.set()
    threads[0].join()

    settings.BELLHOP_ENCRYPTION_KEYS = [NEW]
    assert failures == []
    channels = [vault.unseal(row)["channel"] for row in Integration.objects.order_by("pk")]
    assert channels == [f"#edit-{number}" for number in range(10)] + ["#ops"] * 20


def test_a_keyed_hash_outlives_the_encryption_keys_and_depends_on_the_secret_key(settings: Settings) -> None:
    settings.BELLHOP_ENCRYPTION_KEYS = [OLD]
    before = vault.keyed_hash("room 1")

    settings.BELLHOP_ENCRYPTION_KEYS = [NEW]
    assert vault.keyed_hash("room 1") == before
    assert len(before) == 64
    assert vault.keyed_hash("room 2") != before

    settings.SECRET_KEY = "another secret key of this installation"
    assert vault.keyed_hash("room 1") != before
