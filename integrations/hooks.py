"""The addresses at which remotes call integrations, for kinds whose integrations have one each.

The secret in an address is derived and not stored: whoever reads the database cannot call.
"""

import hmac
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import salted_hmac

from integrations.drafts import own
from integrations.models import Integration
from teams import audit
from teams.access import Actor, Permission, require

UID_LENGTH = 32
MAC_LENGTH = 40


def address_of(integration: Integration) -> str:
    """Where the remote calls it: a secret."""
    return f"{settings.BELLHOP_BASE_URL}{reverse('hook', args=[integration.kind, secret_of(integration)])}"


def stem_of(integration: Integration) -> str:
    """What all addresses begin with that it ever had here."""
    return f"{address_of(integration).partition(secret_of(integration))[0]}{integration.uid.hex}"


def secret_of(integration: Integration) -> str:
    """72 hex digits: which integration it is, and the proof that we gave them out."""
    uid = integration.uid.hex
    proof = salted_hmac("integrations.hook", f"{uid}:{integration.hook_turn}", algorithm="sha256").hexdigest()
    return f"{uid}{proof[:MAC_LENGTH]}"


def called(kind: str, secret: str) -> Integration | None:
    """The usable integration of that address; None where there is none."""
    try:
        uid = UUID(hex=secret[:UID_LENGTH])
    except ValueError:
        return None
    usable = Integration.objects.select_related("team").filter(kind=kind, enabled=True, archived_at=None, builtin=False)
    found = usable.filter(uid=uid).first()
    right = found is not None and hmac.compare_digest(secret_of(found).encode(), secret.encode(errors="replace"))
    return found if right else None


def change_address(actor: Actor, integration: Integration) -> Integration:
    """Give it another address: the old one is good no more."""
    require(actor, Permission.EDIT)
    own(actor, integration)
    with transaction.atomic():
        row = Integration.objects.select_for_update(of=("self",)).get(pk=integration.pk)
        row.hook_turn += 1
        row.save(update_fields=["hook_turn", "updated_at"])
        audit.record(actor, "integration.address_changed", row)
    return row
