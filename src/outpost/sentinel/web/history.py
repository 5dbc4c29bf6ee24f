"""The history of a row in words: who did what, and how each field was called."""

from collections.abc import Iterable
from typing import Any

from outpost.audit.versions import Change
from outpost.sentinel import labels
from outpost.sentinel.columns import FIELD
from outpost.sentinel.fields import FieldSpec
from outpost.sentinel.queries import texts

FROM_FILES = "import"


def shown(changes: Iterable[Change], specs: Iterable[FieldSpec]) -> list[dict[str, Any]]:
    """Rows for `audit/_history.html`; `specs` are the category's own fields."""
    names = texts.names_of(specs)
    return [
        {
            "at": one.at,
            "who": one.who,
            "act": labels.CHANGES.get(one.cause, labels.CHANGES[FROM_FILES]),
            "differences": [
                {
                    "label": names.get(each.field, each.field.removeprefix(FIELD)),
                    "before": each.before,
                    "after": each.after,
                    "is_hidden": each.is_hidden,
                }
                for each in one.differences
            ],
        }
        for one in changes
    ]
