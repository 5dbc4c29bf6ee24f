"""The filters of the list pages. What holds identities is sealed in the address (see the listings)."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Refusal
from outpost.core.ledgers import plain
from outpost.core.phones import normalise_phone
from outpost.fields.forms import add_filters
from outpost.fields.specs import FieldSpec
from outpost.pages.ledgers import DAY
from outpost.people.rules import normalise_name
from outpost.regions.models import Region
from outpost.sentinel import labels
from outpost.sentinel.columns import JOB_TYPE, STAFF
from outpost.sentinel.duty import DutyState
from outpost.sentinel.models import Category
from outpost.sentinel.queries.outlook import Due
from outpost.sentinel.rules import Recency, State

LONGEST = 100
ALL = ("", _("All"))
EVERY_DUTY = "all"


def _text(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=LONGEST)


def _select(
    label: Any, choices: Iterable[tuple[Any, Any]] = (), first: tuple[str, Any] = ALL
) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[first, *choices])


def _offer(form: forms.Form, name: str, choices: Iterable[tuple[str, Any]]) -> None:
    """Fill a select; with nothing to choose between it is left out."""
    found = list(choices)
    if len(found) < 2:
        del form.fields[name]
        return
    form.fields[name].choices = [ALL, *found]  # type: ignore[attr-defined]


def _normal(check: Callable[[str], str], text: str) -> str:
    if not text:
        return ""
    try:
        return check(text)
    except Refusal as refusal:
        raise forms.ValidationError(refusal.message, code=refusal.code) from None


class PlaceFilter(forms.Form):
    """Category and town, each among those that the reader meets."""

    category = _select(_("Category"))
    town = _select(_("Town"))

    def __init__(
        self,
        *args: Any,
        categories: Sequence[Category],
        towns: Iterable[Region],
        specs: Iterable[FieldSpec] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "category", ((category.code, category.name) for category in categories))
        _offer(self, "town", ((town.code, town.name) for town in towns))
        add_filters(self, specs)


class OrganizationFilter(PlaceFilter):
    name = _text(_("Organisation"))
    grid = _select(_("Grid"))
    phone = _text(_("Phone of the principal"))
    field_order = ["name", "category", "town", "grid", "phone"]

    def __init__(self, *args: Any, grids: Iterable[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "grid", grids)

    def clean_phone(self) -> str:
        return _normal(normalise_phone, self.cleaned_data["phone"])


FREE = tuple(column for column in plain(STAFF) if column.is_filter and column is not JOB_TYPE)


class StaffListFilter(PlaceFilter):
    """`organization` is one chosen on another page; by name an officer finds others."""

    name = _text(_("Full name or surname"))
    phone = _text(_("Mobile number"))
    document = _text(_("ID number"))
    organization = _select(_("Organisation"))
    organization_name = _text(_("Name of the organisation"))
    job_type = _select(_("Job type"))
    state = _select(_("Test state"), State.choices())
    recency = _select(_("Since the last test"), Recency.choices())
    dose = _select(_("Vaccination"), labels.DOSES.items())
    duty = _select(
        _("Duty"),
        [
            *((duty, name) for duty, name in DutyState.choices() if duty != DutyState.ON_DUTY),
            (EVERY_DUTY, _("All")),
        ],
        first=("", dict(DutyState.choices())[DutyState.ON_DUTY]),
    )
    word = _select(_("Name and number"), [("unconfirmed", _("Stated by the employer alone"))])
    field_order = [
        *("name", "document", "phone", "category", "organization", "organization_name", "town", "state"),
        *("recency", "dose", "duty", "word", "job_type"),
    ]

    def __init__(
        self,
        *args: Any,
        organizations: Iterable[tuple[UUID, str]] = (),
        jobs: Iterable[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for column in FREE:
            self.fields[column.name] = _text(column.title)
        offered = [(str(id_), name) for id_, name in organizations]
        if offered:
            self.fields["organization"].choices = [ALL, *offered]  # type: ignore[attr-defined]
            del self.fields["organization_name"]
        else:
            del self.fields["organization"]
        _offer(self, "job_type", ((job, job) for job in jobs))

    def clean_phone(self) -> str:
        return _normal(normalise_phone, self.cleaned_data["phone"])

    def clean_name(self) -> str:
        return _normal(normalise_name, self.cleaned_data["name"])


class DueFilter(PlaceFilter):
    """`kind`, a `queries.outlook.Due`, is the tab; without one those who are overdue."""

    kind = forms.ChoiceField(choices=[(due, due) for due in Due], required=False, widget=forms.HiddenInput)


class MissedFilter(forms.Form):
    """Inside one category and one day; the day stands in the address as well."""

    town = _select(_("Town"))
    organization = _text(_("Organisation"))
    on = forms.DateField(label=_("Day"), required=False, widget=DAY)
    field_order = ["organization", "town", "on"]

    def __init__(self, *args: Any, towns: Iterable[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "town", ((town.code, town.name) for town in towns))
