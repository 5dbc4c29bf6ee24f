"""What `outpost doctor` says of the key file: whether its safe copies are known to be whole."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_noop as _

from outpost.core.findings import Finding, ok, warn
from outpost.people.keys import uncopied_versions


def key_copies(at: datetime) -> Iterator[Finding]:  # noqa: ARG001 - every check has this shape
    """Whether somebody has confirmed that the safe copies hold every version of the sealing key."""
    versions = uncopied_versions()
    if versions:
        yield warn(
            "key copies",
            _("Nobody has confirmed that the safe copies hold the sealing key of version {versions}."),
            _("Copy {path} to both safe places anew, then run: outpost keys copied COPY"),
            versions=", ".join(map(str, versions)),
            path=settings.OUTPOST_KEY_FILE,
        )
    else:
        yield ok("key copies", _("hold every key"))
