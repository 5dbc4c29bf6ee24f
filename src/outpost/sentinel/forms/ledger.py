"""Forms of organisations and staff."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from outpost.fields.forms import columns_with
from outpost.fields.specs import FieldSpec
from outpost.pages.ledgers import DAY, StatedForm
from outpost.people.rules import DocumentType, Purpose
from outpost.regions.columns import LONGEST_NUMBER
from outpost.sentinel.columns import ORGANIZATIONS, STAFF
from outpost.sentinel.duty import DutyState

GridChoices = Sequence[tuple[str, Sequence[tuple[str, str]]]]


class OrganizationForm(StatedForm):
    """One organisation of one category; `specs` are the category's own fields."""

    def __init__(
        self,
        *args: Any,
        towns: Iterable[tuple[str, str]],
        grids: GridChoices,
        specs: Iterable[FieldSpec],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, columns=columns_with(ORGANIZATIONS, specs), **kwargs)
        self.offer("town", towns)
        if grids:
            self.offer("grid", grids)
        else:
            del self.fields["grid"]


class StaffForm(StatedForm):
    """One staff member of one organisation; `specs` are the category's own fields."""

    def __init__(self, *args: Any, specs: Iterable[FieldSpec], **kwargs: Any) -> None:
        super().__init__(*args, columns=columns_with(STAFF, specs), **kwargs)
        self.fields["job_type"].widget.attrs["list"] = "job-types"


class DocumentCheckForm(forms.Form):
    """What is asked while the number is being typed; `staff` is the row under edit."""

    document_type = forms.ChoiceField(choices=DocumentType.choices())
    document_number = forms.CharField(max_length=LONGEST_NUMBER)
    staff = forms.UUIDField(required=False)


class DutyForm(forms.Form):
    """On or off duty from a day, up to and including another; without it until further notice."""

    state = forms.ChoiceField(label=_("Duty"), choices=[("", ""), *DutyState.choices()])
    starts_on = forms.DateField(label=_("From"), widget=DAY)
    last_on = forms.DateField(
        label=_("Up to and including"),
        required=False,
        widget=DAY,
        help_text=_("Empty: until further notice."),
    )

    @property
    def ends_on(self) -> date | None:
        """The first day after the span, as the service takes it; none after the last day that there is, by which other
        systems say "until further notice"."""
        last: date | None = self.cleaned_data["last_on"]
        return last + timedelta(days=1) if last and last < date.max else None


class RevealForm(forms.Form):
    purpose = forms.ChoiceField(label=_("Purpose"), choices=[("", ""), *Purpose.choices()])
