"""The forms of a case and of a search within it."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from outpost.core.clock import day_span
from outpost.pages.filters import filter_choice
from outpost.pages.ledgers import DAY
from outpost.tracing.cases import LONGEST_GROUND, Ending, Purpose, Window
from outpost.tracing.services import Opening

MOST_TOLERANCE = 240
_CHOSEN = tuple(choice for choice in Ending.choices() if choice[0] != Ending.IDLE)
_ALL_OF_VENUE, SAME_CHECKPOINT = "venue", "checkpoint"


class WindowForm(forms.Form):
    """The window of a case, by its first and last day."""

    begins_on = forms.DateField(label=_("First day of the window"), widget=DAY)
    ends_on = forms.DateField(
        label=_("Last day of the window"),
        widget=DAY,
        help_text=_("In which the person may have been infectious. Visits are read in it alone."),
    )

    def window(self) -> Window:
        """Raises Refusal DAY_OUT_OF_RANGE."""
        return Window(*day_span(self.cleaned_data["begins_on"], self.cleaned_data["ends_on"]))


class CaseForm(WindowForm):
    """What a case is opened on."""

    document = forms.CharField(label=_("ID number"), max_length=64)
    purpose = forms.ChoiceField(label=_("Purpose"), choices=Purpose.choices())
    ground = forms.CharField(
        label=_("Legal ground"),
        max_length=LONGEST_GROUND,
        help_text=_("The order or the report on which the tracing rests, with its number. Name nobody here."),
    )
    field_order = ("document", "purpose", "ground", "begins_on", "ends_on")

    def opening(self) -> Opening:
        """Raises Refusal DAY_OUT_OF_RANGE."""
        stated = self.cleaned_data
        return Opening(stated["document"], stated["purpose"], stated["ground"], self.window())


class EndingForm(forms.Form):
    """Why a case is closed."""

    ending = forms.ChoiceField(label=_("Reason"), choices=_CHOSEN)


class SearchFilter(forms.Form):
    """The days of a search, and what counts as a meeting. Nothing is read before a day is named."""

    first = forms.DateField(label=_("From"), required=False, widget=DAY)
    last = forms.DateField(label=_("To"), required=False, widget=DAY)
    tolerance = forms.IntegerField(
        label=_("Minutes before and after"), required=False, min_value=0, max_value=MOST_TOLERANCE
    )
    place = filter_choice(
        _("Place"), [(_ALL_OF_VENUE, _("The whole venue")), (SAME_CHECKPOINT, _("The same checkpoint alone"))]
    )

    def __init__(self, *args: Any, window: tuple[date, date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first", "last"):
            about = {"min": window[0].isoformat(), "max": window[1].isoformat()}
            self.fields[name].widget.attrs.update(about)
