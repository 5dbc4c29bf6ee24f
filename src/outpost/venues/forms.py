"""Filters of the lists, forms of a venue."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from outpost.pages.filters import ALL, filter_choice, filter_text, offer
from outpost.pages.ledgers import DAY, StatedForm
from outpost.people.rules import NAME_LENGTH
from outpost.regions.models import Department, Region
from outpost.venues.columns import MANAGER, OTHER, VENUES
from outpost.venues.models import Checkpoint, Kind
from outpost.venues.queries.check_ins import ABNORMAL, MEASURED
from outpost.venues.queries.flow import HOURS
from outpost.venues.queries.kinds import NAMES
from outpost.venues.queries.overview import Look
from outpost.venues.queries.temperatures import CLOSED, OPEN
from outpost.venues.rules import (
    JOINED_WITHIN_DAYS,
    LONGEST_CHECKPOINT,
    LONGEST_KIND,
    LONGEST_TO_JOIN,
    LONGEST_USUAL,
    MOST_BRANCHES,
    MOST_MEMBERS,
    USUAL_MEMBERS,
    Answer,
    Mark,
    Outcome,
)
from outpost.venues.services.kinds import KindEntry


class _PlaceFilter(forms.Form):
    """By town and kind, each among those that the reader meets."""

    town = filter_choice(_("Town"))
    kind = filter_choice(_("Kind of venue"))

    def __init__(self, *args: Any, towns: Iterable[Region], kinds: Iterable[Kind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "town", ((town.code, town.name) for town in towns))
        offer(self, "kind", ((kind.code, kind.label) for kind in kinds))


class VenueFilter(_PlaceFilter):
    """By a part of the name, too, and by what its manager said."""

    name = filter_text(_("Venue"))
    answer = filter_choice(_("Manager"), Answer.choices())
    field_order = ["name", "town", "kind", "answer"]


class OverviewFilter(_PlaceFilter):
    """By what a venue is like just now, too."""

    look = filter_choice(_("State"), Look.choices())
    field_order = ["look", "town", "kind"]


class CheckInFilter(forms.Form):
    """The local day (today where none is given), and what narrows its check-ins: as the numbers of the flow do."""

    on = forms.DateField(label=_("Day"), required=False, widget=DAY)
    hour = forms.TypedChoiceField(
        label=_("Hour"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[ALL, *((hour, f"{hour:02}:00") for hour in HOURS)],
    )
    checkpoint = filter_choice(_("Checkpoint"))
    temperature = filter_choice(_("Temperature"), [(MEASURED, _("Taken")), (ABNORMAL, _("Above 37.3"))])
    mark = filter_choice(_("Mark"), Mark.choices())

    def __init__(self, *args: Any, checkpoints: Iterable[Checkpoint], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "checkpoint", ((str(one.id), one.name) for one in checkpoints))


class VenueForm(StatedForm):
    """One venue; `has_manager` for who may correct its manager. Checkpoints have forms of their own."""

    def __init__(
        self,
        *args: Any,
        has_manager: bool,
        towns: Iterable[tuple[str, str]],
        kinds: Iterable[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        shown = {
            one.name: one
            for one in VENUES
            if one.name != "checkpoints" and (has_manager or not one.name.startswith("manager_"))
        }
        super().__init__(*args, columns=shown, **kwargs)
        self.offer("town", towns)
        self.offer("kind", kinds)


class NewVenueForm(StatedForm):
    """A venue of one's own: all of the ledger but the phone, which is that of the account."""

    def __init__(
        self, *args: Any, towns: Iterable[tuple[str, str]], kinds: Iterable[tuple[str, str]], **kwargs: Any
    ) -> None:
        shown = {one.name: one for one in (*VENUES, *OTHER) if one.name != "manager_phone"}
        super().__init__(*args, columns=shown, **kwargs)
        self.offer("town", towns)
        self.offer("kind", kinds)
        self.fields["manager_name"].label = _("Your full name")
        self.fields["checkpoints"].help_text = _(
            "Part several names by 、. Without any there is the main entrance."
        )
        self.fields["other_phone"].help_text = _(
            "Leave both empty if you manage it yourself. Otherwise they get a message, and you stay the manager until "
            "they agree."
        )
        self.fields["is_sure"] = forms.BooleanField(
            label=_("The unit is called so, not otherwise"), required=False
        )


class CheckpointsForm(forms.Form):
    """Checkpoints to open."""

    names = forms.CharField(
        label=_("New checkpoints"), max_length=1000, help_text=_("Part several names by 、.")
    )


class CheckpointForm(forms.Form):
    """What a checkpoint is called."""

    name = forms.CharField(label=_("Name of the checkpoint"), max_length=LONGEST_CHECKPOINT)


class SuccessorForm(StatedForm):
    """Who shall manage a venue."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, columns={one.name: one for one in MANAGER}, **kwargs)


class BranchesForm(forms.Form):
    """How many branches a manager may enter."""

    most = forms.IntegerField(
        label=_("Branches at most"),
        min_value=0,
        max_value=MOST_BRANCHES,
        help_text=_("The manager enters them by a file and names who manages each. With 0 they enter none."),
    )


class TypedCodeForm(forms.Form):
    """The short code of a poster."""

    code = forms.CharField(label=_("Number on the poster"), max_length=20)


class JoinCodeForm(forms.Form):
    """For how long a join code is good, and how many members it lets a venue have."""

    days = forms.IntegerField(
        label=_("Good for days"), min_value=1, max_value=LONGEST_TO_JOIN, initial=JOINED_WITHIN_DAYS
    )
    most = forms.IntegerField(
        label=_("Inspectors at most"), min_value=1, max_value=MOST_MEMBERS, initial=USUAL_MEMBERS
    )


class TypedJoinCodeForm(forms.Form):
    """The short join code."""

    code = forms.CharField(label=_("Join code"), max_length=20)


class JoinForm(forms.Form):
    """How an inspector is called."""

    name = forms.CharField(label=_("Your full name"), max_length=NAME_LENGTH)


class KindForm(forms.Form):
    """A kind of venue 场所类型."""

    name = forms.CharField(label=NAMES["name"], max_length=LONGEST_KIND)
    name_en = forms.CharField(label=NAMES["name_en"], max_length=LONGEST_KIND, required=False)
    usual_minutes = forms.IntegerField(
        label=NAMES["usual_minutes"],
        min_value=1,
        max_value=LONGEST_USUAL,
        help_text=_(
            "How long people stay who do not check out. Searches for contacts count with it from now on."
        ),
    )
    department = filter_choice(NAMES["department"])

    def __init__(self, *args: Any, departments: Iterable[Department], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = ((one.code, one.name) for one in departments)
        self.fields["department"].choices = [("", "–"), *choices]  # type: ignore[attr-defined]

    def entry(self) -> KindEntry:
        """What is stated."""
        return KindEntry(**{name: self.cleaned_data[name] for name in NAMES})


class AbnormalFilter(forms.Form):
    """By a part of the venue's name, and whether somebody said what became of it."""

    venue = filter_text(_("Venue"))
    state = filter_choice(_("State"), [(OPEN, _("Not closed yet")), (CLOSED, _("Closed"))])


class OutcomeForm(forms.Form):
    """What became of somebody with an abnormal temperature."""

    outcome = forms.ChoiceField(label=_("What became of it"), choices=Outcome.choices())
