"""Forms of officers: the answer to an objection, the word on a disposition, a risk area."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from outpost.core.vocabulary import choices_of
from outpost.health.lifting import HOLDING
from outpost.health.models.proposals import DispositionProposal
from outpost.health.rules import HELD_ON, Disposition, Ground, Outcome, RiskLevel
from outpost.health.services import LONGEST_TEXT
from outpost.health.services.proposals import LONGEST_GROUND, Wanted
from outpost.pages.ledgers import DAY


class AnswerForm(forms.Form):
    """The answer to an objection."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=Outcome.choices(), widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("Answer"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("The person reads it. Say which record was corrected, or why it stands."),
    )


DROP = "drop"
INSTANT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class ProposalForm(forms.Form):
    """An officer's word on a disposition; `offered`: which it may be."""

    decision = forms.ChoiceField(label=_("Disposition"), widget=forms.RadioSelect)
    begins_at = forms.DateTimeField(
        label=_("Begins"),
        required=False,
        widget=INSTANT,
        help_text=_("Empty: from the second officer's word on. Later: until then everything stays as it is."),
    )
    means = forms.CharField(
        label=_("Place of isolation or hospital"),
        max_length=200,
        required=False,
        help_text=_("Needed for isolation, suspected and confirmed."),
    )
    stated_last_on = forms.DateField(
        label=_("Last day, as ordered"),
        required=False,
        widget=DAY,
        help_text=_(
            "Only if the order states one. The rules for lifting compute the end, and that one holds; where this day "
            "differs, both are shown."
        ),
    )
    ground_kind = forms.ChoiceField(
        label=_("Kind of ground"),
        required=False,
        choices=[("", _("Choose one")), *choices_of(HELD_ON)],
        help_text=_(
            "Needed for isolation, suspected and confirmed; left alone of who may enter again. The person reads it on "
            "their own page."
        ),
    )
    ground = forms.CharField(
        label=_("Ground"),
        max_length=LONGEST_GROUND,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("What it rests on: the finding or the order, with its number."),
    )

    def __init__(
        self,
        *args: Any,
        offered: Iterable[Disposition],
        besides: Sequence[tuple[str, Any]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["decision"]).choices = [*choices_of(offered), *besides]

    def wanted(self) -> Wanted:
        """What a valid form says."""
        stated = self.cleaned_data
        return Wanted(
            disposition=Disposition(stated["decision"]),
            ground=stated["ground"],
            means=stated["means"],
            begins_at=stated["begins_at"],
            stated_last_on=stated["stated_last_on"],
            ground_kind=Ground(stated["ground_kind"]) if stated["ground_kind"] else None,
        )


class DispositionForm(ProposalForm):
    """An officer's word on a proposed disposition: to let in again who was proposed to be, to hold the others."""

    def __init__(self, *args: Any, proposed: DispositionProposal, at: datetime, **kwargs: Any) -> None:
        is_lift = proposed.disposition == Disposition.ADMITTED
        offered = (Disposition.ADMITTED,) if is_lift else HOLDING
        super().__init__(*args, offered=offered, besides=[(DROP, _("Drop the proposal"))], **kwargs)
        self.fields["decision"].label = _("Decision")
        self.initial["decision"], self.initial["means"] = proposed.disposition, proposed.means
        self.initial["stated_last_on"] = proposed.stated_last_on
        if proposed.ground_kind in HELD_ON:
            self.initial["ground_kind"] = proposed.ground_kind
        if proposed.begins_at is not None and proposed.begins_at > at:
            self.initial["begins_at"] = proposed.begins_at


class RiskAreaForm(forms.Form):
    """A new risk area."""

    name = forms.CharField(
        label=_("Area"),
        max_length=60,
        help_text=_("As declarations call it, such as a city, district or street."),
    )
    level = forms.ChoiceField(label=_("Level"), choices=RiskLevel.choices(), widget=forms.RadioSelect)
    begins_on = forms.DateField(label=_("From"), widget=DAY)

    def clean_name(self) -> str:
        """Two characters or more: one alone would be found in nearly everything."""
        name = str(self.cleaned_data["name"])
        if len(name) < 2:
            raise ValidationError(_("Write at least two characters."))
        return name
