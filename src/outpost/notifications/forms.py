"""Forms of channels and of the log. The fields of a channel are those that its kind declares."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from outpost.notifications import templates
from outpost.notifications.channels import KINDS
from outpost.notifications.channels.base import Channel, Field
from outpost.notifications.channels.sms_templates import OF_MESSAGE, TEMPLATES, kept, stated
from outpost.notifications.labels import STATES
from outpost.notifications.models import Channel as ChannelModel
from outpost.notifications.services.channels import ChannelSettings
from outpost.notifications.services.delivering import settings_of

NAME_LENGTH = 60
TEMPLATE_LENGTH = 200
VALUE_LENGTH = 4000


class ChannelForm(forms.Form):
    """Name, rate and the declared fields of one kind. Stored secrets are not in it: empty means as it was."""

    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH)
    per_minute = forms.IntegerField(label=_("At most so many messages a minute"), min_value=1)

    def __init__(
        self, kind: Channel, *args: Any, stored: frozenset[str] = frozenset(), **kwargs: Any
    ) -> None:
        """`stored` names the secrets that are there already."""
        super().__init__(*args, **kwargs)
        self.kind = kind
        for field in kind.fields:
            if field is TEMPLATES:
                self.fields |= _template_fields(str(self.initial.get(field.name, "")))
            else:
                self.fields[field.name] = _form_field(field, is_kept=field.name in stored)
        rate = self.fields.pop("per_minute")
        rate.max_value = kind.per_minute  # type: ignore[attr-defined]  # an IntegerField
        rate.initial, rate.widget.attrs["max"] = kind.per_minute, kind.per_minute
        rate.help_text = _("This kind allows at most %(most)s.") % {"most": kind.per_minute}
        self.fields["per_minute"] = rate

    def plain_fields(self) -> list[forms.BoundField]:
        """All but the approved templates."""
        return [bound for bound in self.visible_fields() if not bound.name.startswith(OF_MESSAGE)]

    def template_fields(self) -> list[forms.BoundField]:
        """One for each of our messages, where the provider sends approved templates only."""
        return [bound for bound in self if bound.name.startswith(OF_MESSAGE)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if TEMPLATES in self.kind.fields:
            said = {name.removeprefix(OF_MESSAGE): cleaned.get(name, "") for name in self.fields}
            cleaned[TEMPLATES.name] = kept({name: said[name] for name, _text in templates.all_texts()})
            if not cleaned[TEMPLATES.name]:
                raise forms.ValidationError(_("Fill in the approved template of at least one message."))
        return cleaned

    def clean_per_minute(self) -> int:
        return min(int(self.cleaned_data["per_minute"]), self.kind.per_minute)

    @classmethod
    def of(cls, channel: ChannelModel, data: Mapping[str, Any] | None) -> "ChannelForm":
        """The form of a stored channel."""
        initial = {"name": channel.name, "per_minute": channel.per_minute, **channel.settings}
        kind, values = KINDS[channel.kind], settings_of(channel)
        stored = frozenset(f.name for f in kind.fields if f.is_secret and values.get(f.name))
        return cls(kind, data, initial=initial, stored=stored)

    def settings(self) -> ChannelSettings:
        """What was filled in, as the services take it."""
        cleaned = self.cleaned_data
        values = {field.name: str(cleaned.get(field.name) or "") for field in self.kind.fields}
        return ChannelSettings(cleaned["name"], cleaned["per_minute"], values)


def _template_fields(lines: str) -> dict[str, forms.Field]:
    """An input for each of our messages, called by its text."""
    said = stated(lines)
    return {
        OF_MESSAGE + name: forms.CharField(
            label=text,
            required=False,
            max_length=TEMPLATE_LENGTH,
            initial=said.get(name, ""),
            widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        )
        for name, text in templates.all_texts()
    }


def _form_field(field: Field, *, is_kept: bool) -> forms.Field:
    options: dict[str, Any] = {
        "label": field.label,
        "required": field.is_required and not is_kept,
        "help_text": _("Stored, and not shown again. Leave it empty to keep it.") if is_kept else field.hint,
        "initial": "" if is_kept else field.default,
    }
    match field.kind:
        case "choice":
            return forms.ChoiceField(choices=field.choices, **options)
        case "number":
            return forms.IntegerField(min_value=0, **options)
        case "lines":
            widget: forms.Widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})
        case _ if field.is_secret:
            widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
        case _:
            widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(max_length=VALUE_LENGTH, widget=widget, **options)


class TestForm(forms.Form):
    """Where a test goes. Not stored but with its delivery, sealed."""

    address = forms.CharField(
        label=_("Send the test to"),
        max_length=120,
        required=False,
        help_text=_("A phone, an e-mail address or a WeCom member's ID, as the channel needs it."),
    )


class DeliveryFilter(forms.Form):
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("All")), *((name, look.label) for name, look in STATES.items())],
    )

    def __init__(self, *args: Any, channels: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"].choices = [("", _("All")), *channels]  # type: ignore[attr-defined]
