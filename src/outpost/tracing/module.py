"""The manifest of tracing."""

from django.utils.translation import gettext_lazy as _

from outpost.core.modules import Module
from outpost.tracing import actions

MODULE = Module(name="tracing", title=_("Tracing"), actions=actions.ACTIONS)
