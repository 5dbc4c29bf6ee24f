"""What templates say of a pass: `{% load passes %}`."""

from django import template
from django.utils.translation import get_language

from outpost.health.conditions import SHAPES, Colour
from outpost.health.passes import Rule

register = template.Library()


@register.filter
def reason(rule: Rule) -> str:
    """Why, in the reader's language."""
    return rule.reason(get_language())


@register.filter
def shape(colour: Colour) -> str:
    """The shape that stands for a colour."""
    return SHAPES[colour]
