"""The page of a form by which two may edit the same thing (see `audit.editing`).

Its template includes `components/seen.html` inside the form: what was shown, and, once somebody else has changed it,
what they changed, with the offer to take that over. A form that comes without what it showed is not saved.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import CharField, HiddenInput
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from outpost.audit.differences import Difference
from outpost.audit.editing import Edited, seen, unread
from outpost.audit.errors import EDITED_MEANWHILE
from outpost.pages.forms import NOWHERE, Act, FormT, Make, Places, form_page, keep

SEEN, THEIRS = "seen", "theirs"
LONGEST_SEEN = 40_000
SAME: Mapping[str, tuple[str, ...]] = MappingProxyType({})


def edit_page(
    request: HttpRequest,
    template: str,
    make: Make[FormT],
    act: Act[FormT],
    stands: Callable[[], Edited],
    *,
    at: Places = NOWHERE,
    inputs: Mapping[str, tuple[str, ...]] = SAME,
    context: Mapping[str, Any] | Callable[[FormT], Mapping[str, Any]] = NOWHERE,
) -> HttpResponse:
    """A `form_page` whose `act` gives `cleaned_data[SEEN]` to the service; `stands` says what there is to see now.

    `inputs` are those of a field of `Edited` that is not typed into an input of its own name.
    """

    def made(data: QueryDict | None) -> FormT:
        form = make(data)
        form.fields[SEEN] = _seen_field()
        return form

    def with_seen(form: FormT) -> Mapping[str, Any]:
        edited, shown = stands(), str(form.data.get(SEEN, ""))
        is_told = form.has_error(NON_FIELD_ERRORS, EDITED_MEANWHILE.code)
        found = unread(shown, edited) if is_told else ()
        more = context(form) if callable(context) else context
        token = seen(edited) if is_told or not shown else shown
        return {**more, "seen": token, "meanwhile": _meanwhile(found, edited, inputs)}

    if request.method == "POST" and THEIRS in request.POST:
        return _take_theirs(request, made)
    return form_page(request, template, made, act, at=at, context=with_seen)


def _seen_field() -> CharField:
    said = _("What this page showed did not come along, so nothing was saved. Look at it again, then save.")
    return CharField(widget=HiddenInput, max_length=LONGEST_SEEN, error_messages={"required": said})


def _meanwhile(
    found: Iterable[Difference], edited: Edited, inputs: Mapping[str, tuple[str, ...]]
) -> dict[str, Any]:
    """For `components/seen.html`: the changes in words, and the inputs that they are typed into."""
    changes = [(edited.names.get(one.field, one.field), one) for one in found]
    return {
        "changes": changes,
        "inputs": ",".join(name for _label, one in changes for name in inputs.get(one.field, (one.field,))),
    }


def _take_theirs(request: HttpRequest, make: Make[FormT]) -> HttpResponse:
    """Put what stands now into the inputs that the button names; the others keep what was typed."""
    fresh, data = make(None), request.POST.copy()
    for name in request.POST[THEIRS].split(","):
        if name in fresh.fields:
            _put(data, name, fresh[name].value())
    keep(request, make(data))
    return redirect(request.get_full_path())


def _put(data: QueryDict, name: str, value: Any) -> None:
    """State a value as a browser would send it: a box that is not ticked is not sent."""
    data.pop(name, None)
    if isinstance(value, list):
        data.setlist(name, map(str, value))
    elif value is not False:
        data[name] = "on" if value is True else "" if value is None else str(value)
