"""What a guide is made of."""

from dataclasses import dataclass

from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True, slots=True)
class GuideStep:
    """`page` is the URL name of a menu entry; without a picture of its own the step is text alone."""

    title: Text
    text: Text
    page: str = ""
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Guide:
    """What one role does, in the order of its day."""

    summary: Text
    steps: tuple[GuideStep, ...]
    is_for_phones: bool = False
