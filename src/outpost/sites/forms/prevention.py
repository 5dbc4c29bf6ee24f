"""Forms of the prevention file: they check what is typed, the services write."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from outpost.core.ids import new_id
from outpost.core.papers import errors as papers
from outpost.core.papers.rules import MIB
from outpost.pages.filters import filter_choice, offer
from outpost.pages.ledgers import DAY, KEEPS
from outpost.people.rules import NAME_LENGTH
from outpost.regions.columns import LONGEST_ADDRESS, LONGEST_NUMBER
from outpost.sites.columns.contracts import LONGEST_NAME
from outpost.sites.models.prevention import SupplyItem
from outpost.sites.queries.prevention import HOSPITAL_NAMES, ITEM_NAMES, MEMBER_NAMES, MemberRow, item_name
from outpost.sites.rules.prevention import (
    LONGEST_NOTE,
    LONGEST_ROLE,
    LOW_DAYS,
    MOST_QUANTITY,
    ChecklistState,
    Look,
    Unit,
)
from outpost.sites.services.prevention import MemberFacts
from outpost.sites.services.supplies import ItemFacts, Movement

IN, OUT = "in", "out"
PAPERS = "application/pdf,image/jpeg,image/png"
LONGEST_DAYS = 90


class MemberForm(forms.Form):
    """Somebody of a prevention group. `kept`: name and phone on record, masked, that an empty field keeps."""

    name = forms.CharField(label=MEMBER_NAMES["name"], max_length=NAME_LENGTH)
    role = forms.CharField(
        label=MEMBER_NAMES["role"],
        max_length=LONGEST_ROLE,
        help_text=_("Such as head, disinfection, reporting"),
    )
    phone = forms.CharField(label=MEMBER_NAMES["phone"], max_length=LONGEST_NUMBER)
    confirmed_on = forms.DateField(label=MEMBER_NAMES["confirmed_on"], widget=DAY)

    def __init__(self, *args: Any, kept: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, text in (kept or {}).items():
            self.fields[name].required = False
            self.fields[name].help_text = str(KEEPS).format(shown=text)

    def facts(self) -> MemberFacts:
        """What a valid form says."""
        typed = self.cleaned_data
        return MemberFacts(typed["name"], typed["phone"], typed["role"], typed["confirmed_on"])


class NewMemberForm(MemberForm):
    """Who joins, and in whose place."""

    succeeds = forms.TypedChoiceField(
        label=_("In the place of"),
        required=False,
        coerce=UUID,
        empty_value=None,
        help_text=_("Whoever is chosen leaves the group on that day."),
    )

    def __init__(self, *args: Any, present: Iterable[MemberRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(str(row.member.id), f"{row.who.name} · {row.member.role}") for row in present]
        self.fields["succeeds"].choices = [("", _("Nobody, an additional member")), *offered]  # type: ignore[attr-defined]


class HospitalForm(forms.Form):
    """The paired hospital."""

    name = forms.CharField(label=HOSPITAL_NAMES["name"], max_length=LONGEST_NAME)
    address = forms.CharField(label=HOSPITAL_NAMES["address"], max_length=LONGEST_ADDRESS)
    phone = forms.CharField(label=HOSPITAL_NAMES["phone"], max_length=LONGEST_NUMBER)
    supplies = forms.CharField(
        label=HOSPITAL_NAMES["supplies"],
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Beds, ambulance, supplies that are set aside for the site"),
    )


class MovementForm(forms.Form):
    """What came in or went out. The hidden key makes the same entry, sent twice, one."""

    direction = forms.ChoiceField(
        label=_("In or out"), choices=[(IN, _("Came in")), (OUT, _("Went out"))], widget=forms.RadioSelect
    )
    item = forms.TypedChoiceField(label=_("Item"), coerce=UUID)
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=MOST_QUANTITY)
    day = forms.DateField(label=_("Day"), widget=DAY)
    remark = forms.CharField(label=_("Remark"), required=False, max_length=LONGEST_NOTE)
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, items: Iterable[SupplyItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(str(one.id), f"{item_name(one)} ({Unit(one.unit).label})") for one in items]
        self.fields["item"].choices = [("", _("Choose…")), *offered]  # type: ignore[attr-defined]
        self.fields["key"].initial = new_id

    def entry(self) -> Movement:
        """What a valid form says."""
        typed = self.cleaned_data
        change = typed["quantity"] if typed["direction"] == IN else -typed["quantity"]
        return Movement(typed["key"], typed["item"], typed["day"], change, typed["remark"])


class ItemForm(forms.Form):
    """An item of the list."""

    name = forms.CharField(label=ITEM_NAMES["name"], max_length=LONGEST_ROLE)
    name_en = forms.CharField(label=ITEM_NAMES["name_en"], required=False, max_length=LONGEST_ROLE)
    unit = forms.ChoiceField(label=ITEM_NAMES["unit"], choices=Unit.choices())
    low_days = forms.IntegerField(
        label=ITEM_NAMES["low_days"], min_value=1, max_value=LONGEST_DAYS, initial=LOW_DAYS
    )
    is_active = forms.BooleanField(
        label=ITEM_NAMES["is_active"],
        required=False,
        initial=True,
        help_text=_("What is out of use is not offered any more; what was entered stays."),
    )

    def facts(self) -> ItemFacts:
        """What a valid form says."""
        typed = self.cleaned_data
        return ItemFacts(
            typed["name"], typed["name_en"], Unit(typed["unit"]), typed["low_days"], typed["is_active"]
        )


class ChecklistForm(forms.Form):
    """A scan or photo. What it is is told by its content, never by its name."""

    file = forms.FileField(
        label=_("Scan or photo"),
        error_messages={
            "required": _("Choose a file."),
            "empty": _("The file is empty. Choose another one."),
        },
        widget=forms.ClearableFileInput(attrs={"accept": PAPERS}),
    )

    def __init__(self, *args: Any, limit: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limit = limit
        said = str(_("PDF, JPEG or PNG, at most {limit} MiB and 50 pages"))
        self.fields["file"].help_text = said.format(limit=limit // MIB)

    def clean_file(self) -> Any:
        """Too large a file is not even looked at."""
        file = self.cleaned_data["file"]
        if file.size > self._limit:
            raise ValidationError(papers.TOO_LARGE.render(limit=self._limit // MIB))
        return file


class VerdictForm(forms.Form):
    """The station's word."""

    verdict = forms.ChoiceField(
        label=_("Verdict"),
        choices=[
            one
            for one in ChecklistState.choices()
            if one[0] in (ChecklistState.ACCEPTED, ChecklistState.TO_MEND)
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("What is to be mended"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea({"rows": 3}),
    )


class MovementFilter(forms.Form):
    """By item."""

    item = filter_choice(_("Item"))

    def __init__(self, *args: Any, items: Iterable[SupplyItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "item", ((str(one.id), item_name(one)) for one in items))


class FileFilter(forms.Form):
    """By what is wrong, and by station."""

    look = filter_choice(_("State"), Look.choices())
    station = filter_choice(_("Supervision station"))

    def __init__(self, *args: Any, stations: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "station", ((one, one) for one in stations))
