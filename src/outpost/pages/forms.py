"""One function behind every form page. A page is drawn by a GET alone: a POST acts and redirects.

@door(EDIT)
@require_http_methods(["GET", "POST"])
def new_product(request):
    def save(form):
        services.save_product(form.facts(), actor=request.actor, at=clock.now())
        messages.success(request, _("The vaccine was saved."))
        return redirect("health:products")

    return form_page(request, "health/product.html", ProductForm, save)

A form that is not valid, or that a service refuses, is kept for some minutes, sealed, in the session under the address
of its page. The page draws it again as often as it is asked to, in the language of the moment, with all mistakes at
their fields. Passwords, passcodes and files are never kept.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms import CheckboxSelectMultiple, FileInput, Form, PasswordInput, SelectMultiple, TextInput
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import translation

from outpost.core.errors import FORBIDDEN, NOT_FOUND, Fault, Refusal, as_not_found, find_problem
from outpost.pages.keeping import Keep

FormT = TypeVar("FormT", bound=Form)
Make = Callable[[QueryDict | None], FormT]
Act = Callable[[FormT], HttpResponse]
Places = Mapping[str, str] | str

FORMS = Keep("forms", life=timedelta(minutes=10), most=4)
LONGEST = 5_000  # characters kept of one input whose field allows no more
NOWHERE: Mapping[str, str] = MappingProxyType({})


class SecretInput(TextInput):
    """An input whose text is neither kept nor drawn back: a code from a message, of an authenticator."""

    def format_value(self, value: Any) -> str | None:  # noqa: ARG002 - Django passes it
        return None


def form_page(
    request: HttpRequest,
    template: str,
    make: Make[FormT],
    act: Act[FormT],
    *,
    at: Places = NOWHERE,
    name: str = "",
    context: Mapping[str, Any] | Callable[[FormT], Mapping[str, Any]] = NOWHERE,
) -> HttpResponse:
    """The page of one form at its own address: drawn by GET, taken by POST.

    `make` builds the form from what was sent (None: a fresh one); `act` calls the service with the valid form and
    says where to go. `context` is what the template needs beside `form`; a function of the form runs only when the
    page is drawn. `at` and `name`: see `take`.
    """
    if request.method == "POST":
        return take(request, make, act, at=at, name=name)
    form = drawn(request, make, name=name)
    return render(request, template, {"form": form, **(context(form) if callable(context) else context)})


def drawn(request: HttpRequest, make: Make[FormT], *, name: str = "") -> FormT:
    """The form as its page draws it: with what was refused there a while ago and why, else fresh."""
    kept = FORMS.get(request, _key(request.path, name))
    if kept is None:
        return make(None)
    data = QueryDict(mutable=True)
    for field, values in kept["typed"].items():
        data.setlist(field, values)
    form = make(data)
    for field in _secrets(form):
        form.errors.pop(field, None)
    for field, texts in kept["secrets"].items():
        form.add_error(field, texts.get(translation.get_language()) or next(iter(texts.values())))
    for fault in kept["faults"]:
        problem = find_problem(fault["code"])
        said = problem.render(**fault["fields"]) if problem else fault["code"]
        form.add_error(fault["field"], ValidationError(said, code=fault["code"]))
    return form


def take(
    request: HttpRequest,
    make: Make[FormT],
    act: Act[FormT],
    *,
    page: str = "",
    at: Places = NOWHERE,
    name: str = "",
) -> HttpResponse:
    """What a POST of a form does: act and go on, or keep what was typed and go back to the page that draws it.

    `page` is the address of that page, the POST's own by default; `name` tells its forms apart. `at` says at which
    field a refusal stands, by its code or its column; one name is the field of them all. A refusal because the right
    is missing or the record is out of reach goes on to the error page.
    """
    page = page or request.get_full_path()
    key = _key(page.partition("?")[0].partition("#")[0], name)
    form = make(request.POST)
    faults: list[dict[str, Any]] = []
    if form.is_valid():
        try:
            response = act(form)
        except Refusal as refusal:
            if refusal.problem in (NOT_FOUND, FORBIDDEN) or refusal.status == NOT_FOUND.status:
                raise
            faults = [_as_kept(form, fault, at) for fault in refusal.faults]
        else:
            FORMS.drop(request, key)
            return response
    _keep(request, key, form, faults)
    return redirect(page)


def keep(request: HttpRequest, form: Form) -> None:
    """Let the page of a form show it the next time as it was sent."""
    _keep(request, _key(request.path, ""), form, [])


def _keep(request: HttpRequest, key: str, form: Form, faults: list[dict[str, Any]]) -> None:
    typed = {field: _typed(form, field) for field in form.fields if form.add_prefix(field) in form.data}
    secrets = _secrets(form)
    kept = {
        "typed": {form.add_prefix(field): values for field, values in typed.items() if field not in secrets},
        "secrets": {field: _in_each_language(form, field) for field in secrets if field in form.errors},
        "faults": faults,
    }
    FORMS.put(request, key, kept)


def ticked(request: HttpRequest) -> list[UUID]:
    """The ids of the ticked rows. Raises NOT_FOUND for what is no id."""
    with as_not_found():
        return [UUID(text) for text in request.POST.getlist("id")]


def _key(path: str, name: str) -> str:
    return f"{path}#{name}"


def _secrets(form: Form) -> list[str]:
    kinds = (PasswordInput, FileInput, SecretInput)
    return [name for name, field in form.fields.items() if isinstance(field.widget, kinds)]


def _typed(form: Form, field: str) -> list[str]:
    name = form.add_prefix(field)
    is_multiple = isinstance(form.fields[field].widget, CheckboxSelectMultiple | SelectMultiple)
    values = form.data.getlist(name) if is_multiple else [form.data[name]]  # type: ignore[attr-defined]  # a QueryDict
    longest = max(LONGEST, getattr(form.fields[field], "max_length", None) or 0)
    return [value[:longest] for value in values]


def _in_each_language(form: Form, field: str) -> dict[str, list[str]]:
    """The mistakes of a field that is not kept, so that they can be told again without it."""
    said = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            said[language] = list(map(str, form.errors[field]))
    return said


def _as_kept(form: Form, fault: Fault, at: Places) -> dict[str, Any]:
    return {"code": fault.problem.code, "fields": fault.fields, "field": _place(form, fault, at)}


def _place(form: Form, fault: Fault, at: Places) -> str | None:
    """The field at which a fault stands; None above the form. An extra field's name ends in its column's."""
    if isinstance(at, str):
        return at
    column = fault.column
    wanted = at.get(fault.problem.code) or at.get(column) or column
    return next((n for n in form.fields if wanted and (n == wanted or n.endswith(f".{wanted}"))), None)
