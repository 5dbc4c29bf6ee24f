"""Where accounts are reached by messages: WeCom, e-mail and phone, sealed in one column."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from uuid import UUID

import orjson
from django.utils.translation import gettext_lazy as _

from outpost.access.models import User
from outpost.audit.editing import Edited, last_act
from outpost.core.crypto import ring
from outpost.core.rights import Role
from outpost.regions.rules import DEPARTMENT


@dataclass(frozen=True, slots=True)
class Contacts:
    """Addresses of one account, empty where there is none. `wecom` is the member's id; `phone` is in normal form."""

    wecom: str = ""
    email: str = ""
    phone: str = ""


def seal_contacts(user: User, contacts: Contacts) -> bytes | None:
    """The sealed column of an account; None when there is nothing to keep."""
    kept = {name: value for name, value in asdict(contacts).items() if value}
    return ring().seal(orjson.dumps(kept), user.sealing_context) if kept else None


def contacts_of(user: User) -> Contacts:
    """The addresses of one account; of a phone account, its own phone."""
    kept = (
        orjson.loads(ring().open(user.sealed_contacts, user.sealing_context)) if user.sealed_contacts else {}
    )
    if user.sealed_phone is not None:
        kept["phone"] = ring().open(user.sealed_phone, user.sealing_context).decode()
    return Contacts(**kept)


NAMES = {"wecom": _("WeCom member ID"), "email": _("E-mail"), "phone": _("Mobile number for messages")}


def edited_contacts(user: User) -> Edited:
    """What a form shows of them, in clear to whoever may change them; a phone account's own phone is not in it."""
    stated = asdict(contacts_of(user))
    if user.phone_hash is not None:
        del stated["phone"]
    return Edited(user.id, stated, last_act(user.id, "access.contacts_changed"), NAMES)


def contacts_of_accounts(user_ids: Iterable[UUID]) -> dict[UUID, Contacts]:
    """The addresses of these accounts, without those that are disabled."""
    users = User.objects.filter(id__in=list(user_ids), is_active=True)
    return {user.id: contacts_of(user) for user in users}


def officers_of(department: str) -> list[UUID]:
    """The active accounts that are officers of a department (its code)."""
    held = User.objects.filter(
        is_active=True,
        grants__role=Role.BUREAU,
        grants__scope_kind=DEPARTMENT,
        grants__scope_key=department,
        grants__revoked_at__isnull=True,
    )
    return list(held.order_by("id").distinct().values_list("id", flat=True))


def may_sign_in(phone: str) -> bool:
    """Whether a code lets somebody in by this phone (normal form): to its account or to a new one, not to a disabled
    one."""
    hashed = ring().search_hash("phone", phone)
    return not User.objects.filter(phone_hash=hashed, is_active=False).exists()
