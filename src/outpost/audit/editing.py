"""Two people who edit the same thing: the second is told what the first changed, and nothing is overwritten unread.

What a form showed travels in it, sealed, and comes back with it. The service that saves compares it with what stands,
under its lock; the page is an `edit_page` (`audit.editors`). What it takes, in a module:

    def edited_grid(grid):                                                        # its queries
        return Edited(grid.code, {"name": grid.name}, last_act(grid.code, GRID_SET), names={"name": _("Name")})

    editing.refuse_unread(seen, edited_grid(grid))                                # its service, the row being locked
    return edit_page(request, "grid.html", make, save, lambda: edited_grid(grid))    # its page
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import orjson
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from outpost.audit.differences import Difference, Mask, differences, masked
from outpost.audit.errors import EDITED_MEANWHILE
from outpost.audit.models import AuditEntry
from outpost.core.clock import zone
from outpost.core.errors import Refusal
from outpost.core.sealed_text import open_text, seal_text

Act = tuple[str, datetime]
"""Who did something, and when."""


@dataclass(frozen=True, slots=True)
class Edited:
    """What a form changes, as it stands: texts by field.

    `last` finds who changed it last; looks and acts that changed nothing do not count, and None is nobody known.
    The texts are the same in every language; `names` call the fields, `masks` hide what this reader may not see and
    put codes into words.
    """

    id: object
    texts: Mapping[str, str]
    last: Callable[[], Act | None]
    names: Mapping[str, str | Promise] = field(default_factory=dict)
    masks: Mapping[str, Mask] = field(default_factory=dict)


def last_act(object_id: object, *actions: str, **detail: str) -> Callable[[], Act | None]:
    """For `Edited.last`: the latest audit row of one of these actions over this thing, with this detail."""

    def find() -> Act | None:
        rows = AuditEntry.objects.filter(
            object_id=str(object_id), action__in=actions, detail__contains=detail
        )
        return rows.order_by("-seq").values_list("actor_label", "at").first()

    return find


def flag(value: bool) -> str:
    """Yes or no as a text of `Edited`, the same in every language."""
    return "yes" if value else "no"


def flag_in_words(text: str) -> str:
    """The mask of such a text: the reader's word."""
    return _("yes") if text == "yes" else _("no")


def seen(edited: Edited) -> str:
    """What a form of this thing shows, sealed for the way to the browser and back."""
    return seal_text(orjson.dumps({"of": str(edited.id), "stated": dict(edited.texts)}).decode())


def unread(token: str, edited: Edited) -> tuple[Difference, ...]:
    """What stands otherwise than the form showed, masked. A token that cannot be read showed nothing true."""
    return masked(differences(_read(token, edited.id), edited.texts), edited.masks)


def refuse_unread(token: str, edited: Edited) -> None:
    """Raise EDITED_MEANWHILE when what stands is not what the form showed; it says what changed, from what to what.

    An empty token, from a caller that has shown nothing to anybody, compares nothing.
    """
    found = unread(token, edited) if token else ()
    if found:
        who, at = edited.last() or ("–", None)
        when = at.astimezone(zone()).strftime("%Y-%m-%d %H:%M") if at else "–"
        changes = _("; ").join(
            f"{edited.names.get(one.field, one.field)} {one.before or '–'} → {one.after or '–'}"
            for one in found
        )
        raise Refusal(EDITED_MEANWHILE, who=who, when=when, changes=changes)


def _read(token: str, object_id: object) -> Mapping[str, str]:
    text = open_text(token)
    shown = orjson.loads(text) if text else {}
    stated: Mapping[str, str] = shown["stated"] if shown.get("of") == str(object_id) else {}
    return stated
