"""Forms of organisations and staff."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from outpost.people.rules import DocumentType, Purpose
from outpost.sentinel.columns import LONGEST_ADDRESS, LONGEST_NUMBER
from outpost.sentinel.duty import DutyState
from outpost.sentinel.fields import FieldSpec
from outpost.sentinel.forms import extra
from outpost.sentinel.services.organizations import EnrolmentEntry
from outpost.sentinel.services.staff import StaffEntry

LONGEST_NAME = 120
KEEPS = _("Leave empty to keep {shown}")

GridChoices = Sequence[tuple[str, Sequence[tuple[str, str]]]]


def _keep(form: forms.Form, shown: Mapping[str, str]) -> None:
    """Fields that stand on record, masked for this reader: empty keeps them."""
    for name, text in shown.items():
        form.fields[name].required = False
        form.fields[name].help_text = str(KEEPS).format(shown=text)


class OrganizationForm(forms.Form):
    """One organisation of one category. `kept` are masked texts that an empty field keeps."""

    name = forms.CharField(label=_("Name of the organisation"), max_length=LONGEST_NAME)
    social_credit_code = forms.CharField(
        label=_("Unified social credit code"), max_length=LONGEST_NUMBER, required=False
    )
    town = forms.ChoiceField(label=_("Town"))
    grid = forms.ChoiceField(label=_("Grid"), required=False)
    address = forms.CharField(label=_("Address"), max_length=LONGEST_ADDRESS)
    principal_name = forms.CharField(label=_("Name of the principal"), max_length=LONGEST_NAME)
    principal_phone = forms.CharField(
        label=_("Phone of the principal"),
        max_length=LONGEST_NUMBER,
        help_text=_("The principal signs in with it."),
    )

    def __init__(
        self,
        *args: Any,
        towns: Iterable[tuple[str, str]],
        grids: GridChoices,
        specs: Iterable[FieldSpec],
        language: str,
        kept: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["town"].choices = [("", ""), *towns]  # type: ignore[attr-defined]
        self.fields["grid"].choices = [("", _("None")), *grids]  # type: ignore[attr-defined]
        if not grids:
            del self.fields["grid"]
        _keep(self, kept or {})
        extra.add_fields(self, specs, language)

    def entry(self, category: str) -> EnrolmentEntry:
        """What was stated, for the service."""
        stated = self.cleaned_data
        return EnrolmentEntry(
            category=category,
            name=stated["name"],
            town=stated["town"],
            grid=stated.get("grid", ""),
            address=stated["address"],
            principal_name=stated["principal_name"],
            principal_phone=stated["principal_phone"],
            social_credit_code=stated["social_credit_code"],
            fields=extra.typed(stated),
        )


class StaffForm(forms.Form):
    """One staff member of one organisation. `kept` are masked texts that an empty field keeps."""

    name = forms.CharField(label=_("Full name"), max_length=LONGEST_NAME)
    document_type = forms.ChoiceField(label=_("Document type"), choices=DocumentType.choices())
    document_number = forms.CharField(label=_("ID number"), max_length=LONGEST_NUMBER)
    phone = forms.CharField(label=_("Mobile number"), max_length=LONGEST_NUMBER)
    address = forms.CharField(label=_("Home address"), max_length=LONGEST_ADDRESS)
    job_type = forms.CharField(
        label=_("Job type"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"list": "job-types"}),
    )
    joined_on = forms.DateField(label=_("Joined on"), required=False, widget=extra.DAY)

    def __init__(
        self,
        *args: Any,
        specs: Iterable[FieldSpec],
        language: str,
        kept: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        _keep(self, kept or {})
        extra.add_fields(self, specs, language)

    def entry(self) -> StaffEntry:
        """What was stated, for the service."""
        stated = self.cleaned_data
        return StaffEntry(
            name=stated["name"],
            phone=stated["phone"],
            number=stated["document_number"],
            address=stated["address"],
            doc_type=DocumentType(stated["document_type"]),
            job_type=stated["job_type"],
            joined_on=stated["joined_on"],
            fields=extra.typed(stated),
        )


class DocumentCheckForm(forms.Form):
    """What is asked while the number is being typed; `staff` is the row under edit."""

    document_type = forms.ChoiceField(choices=DocumentType.choices())
    document_number = forms.CharField(max_length=LONGEST_NUMBER)
    staff = forms.UUIDField(required=False)


class DutyForm(forms.Form):
    """On or off duty from a day, up to and including another; without it until further notice."""

    state = forms.ChoiceField(label=_("Duty"), choices=DutyState.choices())
    starts_on = forms.DateField(label=_("From"), widget=extra.DAY)
    last_on = forms.DateField(
        label=_("Up to and including"),
        required=False,
        widget=extra.DAY,
        help_text=_("Empty: until further notice."),
    )

    @property
    def ends_on(self) -> date | None:
        """The first day after the span, as the service takes it."""
        last: date | None = self.cleaned_data["last_on"]
        return last + timedelta(days=1) if last else None


class RevealForm(forms.Form):
    purpose = forms.ChoiceField(label=_("Purpose"), choices=[("", ""), *Purpose.choices()])
