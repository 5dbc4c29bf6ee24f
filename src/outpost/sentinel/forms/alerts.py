"""Forms of alerts and follow-ups."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from outpost.alerts.follow_ups import LONGEST_NOTE, Answer
from outpost.alerts.recipients import AlertMedium
from outpost.sentinel.errors import OF_RULE
from outpost.sentinel.queries.alerts import FLAGS, NAMES
from outpost.sentinel.rules import OFF, RuleError, TestingRule
from outpost.sentinel.services.alerts import AlertEntry
from outpost.sentinel.services.follow_ups import Reason


class RecipientsForm(forms.Form):
    """Accounts chosen from the officers."""

    seniors = forms.MultipleChoiceField(
        label=NAMES["seniors"], required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, officers: Mapping[UUID, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = sorted(officers.items(), key=lambda officer: officer[1])
        self.fields["seniors"].choices = [(str(user), name) for user, name in offered]  # type: ignore[attr-defined]

    def chosen(self) -> tuple[UUID, ...]:
        """The chosen accounts."""
        return tuple(map(UUID, self.cleaned_data["seniors"]))


class AlertForm(RecipientsForm):
    """告警设置 of one category."""

    is_on = forms.BooleanField(label=NAMES["is_on"], required=False)
    tells_department = forms.BooleanField(label=NAMES["tells_department"], required=False)
    tells_towns = forms.BooleanField(label=NAMES["tells_towns"], required=False)
    tells_principals = forms.BooleanField(label=NAMES["tells_principals"], required=False)
    ways = forms.MultipleChoiceField(
        label=NAMES["ways"],
        required=False,
        choices=AlertMedium.choices(),
        widget=forms.CheckboxSelectMultiple,
    )

    def entry(self, category: str) -> AlertEntry:
        """What was stated, for the service."""
        stated = self.cleaned_data
        return AlertEntry(
            category=category,
            **{name: stated[name] for name in FLAGS},
            media=tuple(stated["ways"]),
            seniors=self.chosen(),
        )


class TryForm(forms.Form):
    """A rule to try, as "window/least"."""

    rule = forms.CharField(
        label=_("Try a rule"),
        required=False,
        max_length=16,
        help_text=_("Days / tests, such as 3/2: two tests in three days."),
    )

    def clean_rule(self) -> TestingRule | None:
        text = self.cleaned_data["rule"] or OFF
        try:
            return TestingRule.parse(text)
        except RuleError as error:
            message = str(OF_RULE[error.code].message).format(**error.fields)
            raise forms.ValidationError(message) from error


class AnswerForm(forms.Form):
    """Why somebody missed."""

    reason = forms.ChoiceField(label=_("Reason"), choices=[("", ""), *Reason.choices()])
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept sealed; only who follows up reads it."),
    )

    def answer(self) -> Answer:
        """What was stated, for the service."""
        return Answer(self.cleaned_data["reason"], self.cleaned_data["note"].strip())
