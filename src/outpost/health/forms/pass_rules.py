"""The form of the rules of the pass."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from outpost.core.clock import day_span
from outpost.health import conditions, passes
from outpost.pages.ledgers import DAY


class PassRulesForm(forms.Form):
    """A proposal for the rules of the pass: for each condition its colour, hours and reason, in the order of `now`.

    Nothing else can be asked about, and of each condition only the colours that it may give are offered.
    """

    reason = forms.CharField(
        label=_("Why the rules change"),
        max_length=200,
        help_text=_("The second officer and the auditors read it."),
    )
    expires_on = forms.DateField(
        label=_("Last day"), widget=DAY, help_text=_("Afterwards the built-in rules hold again.")
    )

    def __init__(self, *args: Any, now: passes.RuleSet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {rule.condition: rule for rule in now.rules}
        others = [condition for condition in passes.DEFAULTS if condition not in known]
        self._conditions = [*list(known)[:-1], *others, conditions.Condition.NOTHING]
        for condition in self._conditions:
            self._ask(condition, known.get(condition))

    def _ask(self, condition: conditions.Condition, rule: passes.Rule | None) -> None:
        offered = conditions.colours_of(condition)
        colours: list[tuple[str, Any]] = [(one.value, one.label) for one in offered]
        if condition not in conditions.ALWAYS_ASKED:
            colours.insert(0, ("", _("Not asked about")))
        shown = rule or passes.DEFAULTS[condition]
        most = passes.LONGEST_REASON
        named = {
            "colour": forms.ChoiceField(
                label=_("Colour"), choices=colours, required=False, initial=rule.colour.value if rule else ""
            ),
            "hours": forms.IntegerField(
                label=_("Hours"), min_value=1, max_value=passes.LONGEST_HOURS, initial=shown.hours
            ),
            "zh": forms.CharField(label=_("Reason in Chinese"), max_length=most, initial=shown.zh),
            "en": forms.CharField(label=_("Reason in English"), max_length=most, initial=shown.en),
        }
        self.fields.update({f"{condition}_{name}": field for name, field in named.items()})

    def groups(self) -> list[tuple[str, list[BoundField]]]:
        """The fields of each condition under its name."""
        names = ("colour", "hours", "zh", "en")
        return [(one.label, [self[f"{one}_{name}"] for name in names]) for one in self._conditions]

    def clean(self) -> dict[str, Any]:
        """Adds `rules`: those that are asked about."""
        stated = super().clean() or {}
        rules = [self._rule(one, stated) for one in self._conditions if stated.get(f"{one}_colour")]
        return {**stated, "rules": [rule for rule in rules if rule is not None]}

    def _rule(self, condition: conditions.Condition, stated: dict[str, Any]) -> passes.Rule | None:
        try:
            return passes.Rule(
                condition=condition,
                colour=conditions.Colour(stated[f"{condition}_colour"]),
                hours=stated[f"{condition}_hours"],
                zh=stated[f"{condition}_zh"],
                en=stated[f"{condition}_en"],
            )
        except KeyError:  # a field of it is wrong and says so
            return None
        except ValueError:
            wrong = _("A reason is short, and {hours} is all that it may hold in brackets.")
            self.add_error(f"{condition}_zh", wrong)
            return None

    @property
    def expires_at(self) -> datetime:
        """The end of the last day. Raises Refusal DAY_OUT_OF_RANGE."""
        last: date = self.cleaned_data["expires_on"]
        return day_span(last, last)[1]
