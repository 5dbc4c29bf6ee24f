"""What a page says after a deletion, with the offer to put it back."""

from datetime import datetime

from django.contrib import messages
from django.urls import reverse

from outpost.audit.deletions import undo_of
from outpost.pages.doors import PageRequest


def tell_deleted(request: PageRequest, text: str, kind: str, *, at: datetime) -> None:
    """Say what the reader has just deleted; the message carries the address that puts it back, if anything went."""
    deletion = undo_of(kind, actor=request.actor, at=at)
    undo = reverse("audit:restore", args=[deletion]) if deletion is not None else ""
    messages.success(request, text, extra_tags=undo)
