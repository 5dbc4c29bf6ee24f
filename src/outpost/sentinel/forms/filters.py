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
from outpost.health.conditions import Condition
from outpost.pages.filters import ALL, filter_choice, filter_text, offer
from outpost.pages.ledgers import DAY
from outpost.people.rules import normalise_name
from outpost.regions.models import Region
from outpost.sentinel import labels
from outpost.sentinel.columns import JOB_TYPE, STAFF
from outpost.sentinel.duty import DutyState
from outpost.sentinel.models import Category
from outpost.sentinel.queries.outlook import Due
from outpost.sentinel.rules import Recency, State

EVERY_DUTY = "all"


def _normal(check: Callable[[str], str], text: str) -> str:
    if not text:
        return ""
    try:
        return check(text)
    except Refusal as refusal:
        raise forms.ValidationError(refusal.message, code=refusal.code) from None


class PlaceFilter(forms.Form):
    """Category and town, each among those that the reader meets."""

    category = filter_choice(_("Category"))
    town = filter_choice(_("Town"))

    def __init__(
        self,
        *args: Any,
        categories: Sequence[Category],
        towns: Iterable[Region],
        specs: Iterable[FieldSpec] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "category", ((category.code, category.name) for category in categories))
        offer(self, "town", ((town.code, town.name) for town in towns))
        add_filters(self, specs)


class OrganizationFilter(PlaceFilter):
    name = filter_text(_("Organisation"))
    grid = filter_choice(_("Grid"))
    phone = filter_text(_("Phone of the principal"))
    field_order = ["name", "category", "town", "grid", "phone"]

    def __init__(self, *args: Any, grids: Iterable[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "grid", grids)

    def clean_phone(self) -> str:
        return _normal(normalise_phone, self.cleaned_data["phone"])


FREE = tuple(column for column in plain(STAFF) if column.is_filter and column is not JOB_TYPE)


class StaffListFilter(PlaceFilter):
    """`organization` is one chosen on another page; by name an officer finds others."""

    name = filter_text(_("Full name or surname"))
    phone = filter_text(_("Mobile number"))
    document = filter_text(_("ID number"))
    organization = filter_choice(_("Organisation"))
    organization_name = filter_text(_("Name of the organisation"))
    job_type = filter_choice(_("Job type"))
    state = filter_choice(_("Test state"), State.choices())
    recency = filter_choice(_("Since the last test"), Recency.choices())
    dose = filter_choice(_("Vaccination"), labels.DOSES.items())
    pass_reason = filter_choice(_("Reason of the pass"), Condition.choices())
    duty = filter_choice(
        _("Duty"),
        [
            *((duty, name) for duty, name in DutyState.choices() if duty != DutyState.ON_DUTY),
            (EVERY_DUTY, _("All")),
        ],
        first=("", dict(DutyState.choices())[DutyState.ON_DUTY]),
    )
    word = filter_choice(_("Name and number"), [("unconfirmed", _("Stated by the employer alone"))])
    field_order = [
        *("name", "document", "phone", "category", "organization", "organization_name", "town", "state"),
        *("recency", "dose", "pass_reason", "duty", "word", "job_type"),
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
            self.fields[column.name] = filter_text(column.title)
        offered = [(str(id_), name) for id_, name in organizations]
        if offered:
            self.fields["organization"].choices = [ALL, *offered]  # type: ignore[attr-defined]
            del self.fields["organization_name"]
        else:
            del self.fields["organization"]
        offer(self, "job_type", ((job, job) for job in jobs))

    def clean_phone(self) -> str:
        return _normal(normalise_phone, self.cleaned_data["phone"])

    def clean_name(self) -> str:
        return _normal(normalise_name, self.cleaned_data["name"])


class DueFilter(PlaceFilter):
    """`kind`, a `queries.outlook.Due`, is the tab; without one those who are overdue."""

    kind = forms.ChoiceField(choices=[(due, due) for due in Due], required=False, widget=forms.HiddenInput)


class MissedFilter(forms.Form):
    """Inside one category and one day; the day stands in the address as well."""

    town = filter_choice(_("Town"))
    organization = filter_text(_("Organisation"))
    on = forms.DateField(label=_("Day"), required=False, widget=DAY)
    field_order = ["organization", "town", "on"]

    def __init__(self, *args: Any, towns: Iterable[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "town", ((town.code, town.name) for town in towns))
