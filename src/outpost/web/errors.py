"""Error pages: what happened and what to do, in the reader's language. They need no database."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from outpost.pages.addresses import came_from
from outpost.web.context import Shell


@dataclass(frozen=True, slots=True)
class ErrorText:
    title: str | Promise
    advice: str | Promise


TEXTS: Mapping[int, ErrorText] = {
    400: ErrorText(
        _("This request could not be understood"),
        _("Go back, reload the page and try again. If you followed a link, it may have been cut off."),
    ),
    401: ErrorText(
        _("Sign in first"),
        _("A file or a long text is taken only from who has signed in. Nothing of it was read."),
    ),
    403: ErrorText(
        _("Your account may not do this"),
        _("If your work needs it, ask the security administrator of your unit for the right."),
    ),
    404: ErrorText(
        _("Nothing here"),
        _(
            "The record does not exist, was deleted or dealt with in the meantime, or is outside what your account"
            " may see. Go back to the list."
        ),
    ),
    405: ErrorText(
        _("This address only takes what a button sends"),
        _(
            "It has no page of its own, so a reload or another language shows nothing here."
            " What was done before stays done. Go back to the page with the button."
        ),
    ),
    409: ErrorText(
        _("This clashes with what is stored"),
        _("Somebody may have changed it in the meantime. Go back, reload the page and look again."),
    ),
    413: ErrorText(
        _("The file is too large"),
        _(
            "At most 50 MiB. Go back; split a table into several files and upload them one after the other, and scan "
            "a paper in black and white or at 200 dpi."
        ),
    ),
    422: ErrorText(
        _("Some of the data cannot be accepted"),
        _("Go back, correct what the message names and send it again."),
    ),
    429: ErrorText(_("Too many requests"), _("Wait a minute, then try again. Nothing was lost.")),
    500: ErrorText(
        _("Something went wrong on our side"),
        _(
            "It has been recorded. Try again in a minute; if it happens again, tell the operator the time of it."
        ),
    ),
    503: ErrorText(
        _("The system is busy or being restarted"),
        _("Wait half a minute and reload the page. What was confirmed to you is stored."),
    ),
}


def error_page(request: HttpRequest, status: int, message: str = "") -> HttpResponse:
    """The page of one status. `message` names the concrete reason; without it only the status decides
    the bytes."""
    text = TEXTS.get(status, TEXTS[500 if status >= 500 else 400])
    context = {
        "status": status,
        "text": text,
        "message": message,
        "shell": Shell(request),
        "back": came_from(request),
    }
    response = HttpResponse(render_to_string("web/error.html", context), status=status)
    if status == 503:
        response["Retry-After"] = "30"
    return response
