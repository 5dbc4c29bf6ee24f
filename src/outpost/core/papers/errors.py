"""The problems of uploaded papers."""

from django.utils.translation import gettext_lazy as _

from outpost.core.errors import Problem

TOO_LARGE = Problem(
    "papers.too_large",
    413,
    _("The file has more than {limit} MiB. Scan it in black and white or at 200 dpi, or send a photo."),
)
EMPTY = Problem("papers.empty", 422, _("The file is empty. Choose another one."))
UNKNOWN = Problem(
    "papers.unknown",
    422,
    _(
        "This is no PDF, JPEG or PNG (found: {found}). What a file is called does not count; scan or photograph it."
    ),
)
NO_PAPER = Problem(
    "papers.no_paper",
    422,
    _("This is no PDF, JPEG or PNG. What a file is called does not count; scan or photograph it."),
)
HEIC = Problem(
    "papers.heic",
    422,
    _(
        "This is a HEIC or AVIF photo, as some phones keep them. Set the camera to “most compatible” (JPEG), or take "
        "a screenshot of the photo and send that."
    ),
)
MARKUP = Problem(
    "papers.markup",
    422,
    _("This is a web page or an SVG drawing, which is never taken. Send PDF, JPEG or PNG."),
)
TWO_FILES = Problem(
    "papers.two_files",
    422,
    _("Two files are hidden in this one. It is not taken; scan or photograph the paper anew."),
)
DAMAGED_PICTURE = Problem(
    "papers.damaged_picture", 422, _("The picture is damaged or cut off. Take it again and send it whole.")
)
TOO_MANY_PIXELS = Problem(
    "papers.too_many_pixels",
    422,
    _("The picture has {found} million pixels, at most {most} million are taken. Make it smaller."),
)
DAMAGED_PDF = Problem(
    "papers.damaged_pdf",
    422,
    _("The PDF is damaged or cut off, or not built as scanners build them. Scan it again, or send a photo."),
)
ENCRYPTED_PDF = Problem(
    "papers.encrypted_pdf", 422, _("The PDF is encrypted. Save it without a password and send it again.")
)
ACTIVE_PDF = Problem(
    "papers.active_pdf",
    422,
    _(
        "The PDF holds something that runs or is attached ({found}). Print it and scan the print, or send a photo."
    ),
)
TOO_MANY_PAGES = Problem(
    "papers.too_many_pages",
    422,
    _("The PDF has {found} pages, at most {most} are taken. Send the checklist alone."),
)
UNPACKS_TOO_LARGE = Problem(
    "papers.unpacks_too_large",
    422,
    _("The PDF unpacks to more than {most} MiB. Scan it at 200 dpi, or send a photo."),
)
TOO_HEAVY = Problem(
    "papers.too_heavy",
    422,
    _("The file takes more memory or time than any scan needs. Scan it again at 200 dpi, or send a photo."),
)
INFECTED = Problem(
    "papers.infected",
    422,
    _("The virus scanner found something in this file. It was not kept. Scan the paper anew."),
)
NOT_SCANNED = Problem(
    "papers.not_scanned",
    503,
    _(
        "The virus scanner does not answer, so nothing is taken. Try again later; the operator can read why in the log."
    ),
)
