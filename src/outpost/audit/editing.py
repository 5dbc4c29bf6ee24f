"""Two people who edit the same thing: the second is told what the first changed, and nothing is overwritten unread.

What a form showed travels in it, sealed, and comes back with it. The service that saves compares it with what stands,
under its lock.
"""

from collections.abc import Mapping
from types import MappingProxyType

import orjson
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import Form
from django.utils.functional import Promise

from outpost.audit.differences import Difference, Mask, differences, masked
from outpost.audit.errors import EDITED_MEANWHILE
from outpost.audit.models import AuditEntry
from outpost.core.clock import zone
from outpost.core.errors import Refusal
from outpost.core.sealed_text import open_text, seal_text

NO_MASKS: Mapping[str, Mask] = MappingProxyType({})
NO_NAMES: Mapping[str, str | Promise] = MappingProxyType({})


def seen(object_id: object, stated: Mapping[str, str]) -> str:
    """What a form of this thing shows, sealed for the way to the browser and back."""
    return seal_text(orjson.dumps({"of": str(object_id), "stated": dict(stated)}).decode())


def seen_in(form: Form, fresh: str) -> str:
    """What a form has shown: the first time, and once its reader was told of another's changes, what stands now."""
    was = form.data.get("seen", "")
    return fresh if not was or form.has_error(NON_FIELD_ERRORS, EDITED_MEANWHILE.code) else str(was)


def refuse_unread(
    token: str,
    object_id: object,
    stated: Mapping[str, str],
    *,
    names: Mapping[str, str | Promise] = NO_NAMES,
    masks: Mapping[str, Mask] = NO_MASKS,
) -> None:
    """Raise EDITED_MEANWHILE when what stands is not what the form showed; it says what changed, from what to what.

    `names` call the fields, `masks` hide what the reader may not see. An empty token, from a caller that has shown
    nothing to anybody, compares nothing; one that cannot be read counts as one that showed nothing true.
    """
    if not token:
        return
    found = differences(_read(token, object_id), stated)
    if found:
        who, when = _last_act(object_id)
        changes = "；".join(_in_words(one, names) for one in masked(found, masks))
        raise Refusal(EDITED_MEANWHILE, who=who, when=when, changes=changes)


def _in_words(one: Difference, names: Mapping[str, str | Promise]) -> str:
    return f"{names.get(one.field, one.field)} {one.before or '–'} → {one.after or '–'}"


def _read(token: str, object_id: object) -> Mapping[str, str]:
    text = open_text(token)
    shown = orjson.loads(text) if text else {}
    stated: Mapping[str, str] = shown["stated"] if shown.get("of") == str(object_id) else {}
    return stated


def _last_act(object_id: object) -> tuple[str, str]:
    """Who touched this thing last, and when, in local time; an import is not named by its rows."""
    found = AuditEntry.objects.filter(object_id=str(object_id)).order_by("-seq").first()
    if found is None:
        return "–", "–"
    return found.actor_label, found.at.astimezone(zone()).strftime("%Y-%m-%d %H:%M")
