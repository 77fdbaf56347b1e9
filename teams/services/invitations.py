"""Inviting people by link: to one address and one role, once, for a week, while the inviter may still invite."""

from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from teams import audit, keys
from teams.access import Actor, Permission, exceeds, require
from teams.errors import Conflict, TooOften
from teams.invitations import InvitationDead, find, fresh_token, is_backed
from teams.limits import INVITING_TEAM
from teams.models import Invitation, Membership, Role, Team, User
from teams.selectors import pending_invitations
from teams.services.inputs import checked_email, checked_name, checked_role
from teams.services.joining import join

LASTS = timedelta(days=7)
HAS_ACCOUNT = "This address has an account already. Log in to accept the invitation."


@transaction.atomic
def invite(actor: Actor, email: str, role: str, now: datetime) -> tuple[Invitation, str]:
    """Invite the person with that address; return the invitation and its token, which is kept nowhere.

    Raises PermissionDenied; ValidationError at `email` (no address, a member, invited already) or `role` (unknown, more
    than the inviter's own); TooOften for a team that invited very many today.
    """
    require(actor, Permission.MANAGE)
    if actor.user is None:
        raise PermissionDenied("Only people invite.")
    address, granted = _stranger(actor.team, email, now), _granted(actor, role)
    if not INVITING_TEAM.take(str(actor.team.pk), now):
        wait = INVITING_TEAM.seconds_left(now)
        raise TooOften(f"A team invites at most {INVITING_TEAM.rate.limit} people a day. Try again tomorrow.", wait)
    token = fresh_token()
    invitation = Invitation.objects.create(
        team=actor.team,
        email=address,
        role=granted,
        digest=keys.digest(token),
        inviter=actor.user,
        created_at=now,
        expires_at=now + LASTS,
    )
    audit.record(actor, "invitation.created", invitation, {"email": [None, address], "role": [None, granted.value]})
    return invitation, token


@transaction.atomic
def revoke_invitation(actor: Actor, invitation: Invitation, now: datetime) -> None:
    """End an invitation at once; one that is over already stays as it is. Raises PermissionDenied."""
    require(actor, Permission.MANAGE)
    if invitation.team_id != actor.team.pk:
        raise PermissionDenied("This belongs to another team.")
    _revoke(actor, invitation, now)


def revoke_invitations_of(actor: Actor, user: User, now: datetime) -> None:
    """Revoke what the user offers in the actor's team and may not offer any more."""
    for invitation in Invitation.objects.select_related("team", "inviter").filter(
        team=actor.team, inviter=user, accepted_at=None, revoked_at=None
    ):
        if not is_backed(invitation):
            _revoke(actor, invitation, now)


@transaction.atomic
def accept_invitation(token: str, user: User, now: datetime) -> Membership:
    """Make the person a member as they were invited to be, and the token worthless.

    Raises InvitationDead; PermissionDenied for anybody but the invited; Conflict for who is a member by now.
    """
    invitation = _locked(token, now)
    if not user.is_active or user.email.lower() != invitation.email:
        raise PermissionDenied("This invitation is for another e-mail address.")
    return _accept(invitation, user, now)


@transaction.atomic
def accept_as_new(token: str, name: str, password: str, now: datetime) -> Membership:
    """Open an account for the invited, who has none yet, and make it a member.

    Raises InvitationDead; ValidationError at `name` or `password`; Conflict where there is an account by now.
    """
    invitation = _locked(token, now)
    if User.objects.with_email(invitation.email).exists():
        raise Conflict(HAS_ACCOUNT)
    checked = checked_name(name)
    try:
        validate_password(password, User(email=invitation.email, name=checked))
    except ValidationError as weak:
        raise ValidationError({"password": weak.messages}) from None
    try:
        with transaction.atomic():
            user = User.objects.create_user(invitation.email, password, name=checked, created_at=now)
    except IntegrityError:  # by the invitation of another team, at the same moment
        raise Conflict(HAS_ACCOUNT) from None
    return _accept(invitation, user, now)


def _stranger(team: Team, email: str, now: datetime) -> str:
    address = checked_email(email)
    if Membership.objects.filter(team=team, user__in=User.objects.with_email(address)).exists():
        raise ValidationError({"email": [f"{address} is a member already."]})
    if pending_invitations(team, now).filter(email=address).exists():
        raise ValidationError({"email": [f"{address} is invited already. Revoke that invitation to send another."]})
    return address


def _granted(actor: Actor, role: str) -> Role:
    granted = checked_role(role)
    if exceeds(granted, actor.role):
        raise ValidationError({"role": [f"An invitation may not allow more than your own role, {actor.role}."]})
    return granted


def _locked(token: str, now: datetime) -> Invitation:
    """The invitation once nobody else can change the team's people; see people._locked."""
    invitation = find(token, now)
    Team.objects.select_for_update().get(pk=invitation.team_id)
    return find(token, now)


def _accept(invitation: Invitation, user: User, now: datetime) -> Membership:
    unused = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
    if not unused.update(accepted_at=now):
        raise InvitationDead
    actor = Actor(team=invitation.team, role=None, user=user)
    audit.record(actor, "invitation.accepted", invitation, {"accepted_at": [None, now]})
    try:
        return join(actor, user, Role(invitation.role), now)
    except ValidationError:
        raise Conflict(f"You are a member of {invitation.team} already.") from None


def _revoke(actor: Actor, invitation: Invitation, now: datetime) -> None:
    if Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(revoked_at=now):
        audit.record(actor, "invitation.revoked", invitation, {"revoked_at": [None, now]})
