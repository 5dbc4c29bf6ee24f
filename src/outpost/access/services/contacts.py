"""Where an account gets its messages: set by its owner, or by whoever manages accounts."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from outpost.access.contacts import Contacts, edited_contacts, seal_contacts
from outpost.access.models import User
from outpost.access.services.accounts import account_to_manage
from outpost.audit import editing
from outpost.audit.services import record
from outpost.core.actor import Actor


@transaction.atomic
def change_contacts(user_id: UUID, contacts: Contacts, *, actor: Actor, at: datetime, seen: str = "") -> None:
    """Set the addresses of somebody else's account. Raises EDITED_MEANWHILE by what the form showed (`seen`)."""
    _change(account_to_manage(user_id, actor=actor), contacts, actor=actor, at=at, seen=seen)


@transaction.atomic
def change_own_contacts(
    user: User, contacts: Contacts, *, actor: Actor, at: datetime, seen: str = ""
) -> None:
    """Set the addresses of one's own account. Raises EDITED_MEANWHILE by what the form showed (`seen`)."""
    _change(user, contacts, actor=actor, at=at, seen=seen)


def _change(user: User, contacts: Contacts, *, actor: Actor, at: datetime, seen: str) -> None:
    """The phone of a phone account is its sign-in and stays what it is."""
    user = User.objects.select_for_update().get(id=user.id)
    editing.refuse_unread(seen, edited_contacts(user))
    if user.phone_hash is not None:
        contacts = Contacts(wecom=contacts.wecom, email=contacts.email)
    user.sealed_contacts = seal_contacts(user, contacts)
    user.save(update_fields=["sealed_contacts"])
    given = {"wecom": bool(contacts.wecom), "email": bool(contacts.email), "phone": bool(contacts.phone)}
    record("access.contacts_changed", actor=actor, at=at, object_id=user.id, detail=given)
