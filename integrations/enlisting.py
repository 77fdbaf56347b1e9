"""Asking a remote to call an integration from now on. Never inside a transaction: it waits for the remote."""

from dataclasses import replace
from datetime import datetime

from channels_app.doors import run
from integrations import hooks, selectors, testing, trials, vault
from integrations.drafts import own
from integrations.models import Integration
from integrations.testing import TestResult
from integrations.vault import Unreadable
from teams import audit
from teams.access import Actor, Permission, require
from teams.errors import Conflict

BY_HAND = "Or set it up by hand: the steps say how."


def enlist(actor: Actor, integration: Integration, now: datetime) -> TestResult:
    """Ask the remote to call the integration's address; it counts as a Test does.

    Conflict where the remote cannot be asked, or the integration was removed; may raise TooOften.
    """
    require(actor, Permission.EDIT)
    own(actor, integration)
    trials.throttle(actor.team, str(integration.pk), now)
    try:
        result = _asked(integration)
    except Unreadable as error:
        result = TestResult(False, None, str(error))
    audit.record(actor, "integration.registered", integration, {"ok": [None, result.ok]})
    return result


def _asked(integration: Integration) -> TestResult:
    kind = selectors.kind_of(integration)
    if kind.hear is None or kind.hear.enlist is None:
        raise Conflict(f"{kind.spec.name} cannot be asked to call: set it up by hand.")
    config = vault.unseal(integration)
    address = hooks.address_of(integration)
    outcome, exchanges = run(kind.hear.enlist(kind.spec.settings(config), address, hooks.stem_of(integration)))
    # The remote may say the address back to us.
    secrets = (*selectors.secrets_in(kind, config), address, hooks.secret_of(integration))
    result = testing.result_of(kind, outcome, exchanges, secrets)
    return result if result.ok else replace(result, advice=BY_HAND)
