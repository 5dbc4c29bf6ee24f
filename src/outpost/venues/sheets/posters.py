"""Posters of many venues in one file: those that the ledger shows, or a chain's branches 连锁; a page A4 for each
checkpoint, as of a single venue.

It is written by a job like each file that goes out, which keeps who took it; the pages themselves name nobody, for they
hang at a door.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import Refusal
from outpost.core.sheets.writing import Cell, Mark, Table, Written, sha256_of
from outpost.exchange.errors import RIGHTS_CHANGED
from outpost.exchange.kinds import SITE, ExportKind, View
from outpost.venues import errors
from outpost.venues.actions import EDIT_VENUES, OWN_VENUE
from outpost.venues.posters import Poster, holes, pdf_of, poster_of, refuse_holes
from outpost.venues.queries.codes import PrintedCode, codes_of_branches, codes_of_found
from outpost.venues.queries.naming import has_branches

MOST = 1_000
"""Pages of a file: a printer takes it in one go, and a job is done in a minute."""
_FILTERS = ("name", "town", "kind", "answer")


class PostersExport(ExportKind):
    """The posters of the venues that a filter finds."""

    page: ClassVar[str] = "venues"
    suffix: ClassVar[str] = "pdf"
    report_every: ClassVar[int] = 20
    holds_addresses: ClassVar[bool] = True
    rows_label = ngettext_lazy("{n} poster", "{n} posters", "n")
    views = (View("venues.posters", EDIT_VENUES, _("Posters of venues"), _("Posters of these venues (PDF)")),)

    def check(self, params: Mapping[str, str], actor: Actor) -> dict[str, str]:
        """Raises Refusal: NO_POSTERS, TOO_MANY_POSTERS."""
        kept = {name: params[name] for name in _FILTERS if params.get(name)}
        found = self.count(kept, actor)
        if not found:
            raise Refusal(errors.NO_POSTERS)
        if found > MOST:
            raise Refusal(errors.TOO_MANY_POSTERS, found=found, most=MOST)
        return kept

    def title(self, params: Mapping[str, str]) -> str:  # noqa: ARG002 - as every kind
        return str(self.label)

    def headers(self, params: Mapping[str, str]) -> list[str]:  # noqa: ARG002 - pages have none
        return []

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        """What each page says (posters.Poster)."""
        for code in self.codes(_narrowed(params), actor):
            yield astuple(poster_of(code, params.get(SITE, settings.OUTPOST_SITE)))

    def count(self, params: Mapping[str, str], actor: Actor) -> int:
        return len(self.codes(_narrowed(params), actor))

    def codes(self, filters: Mapping[str, str], actor: Actor) -> list[PrintedCode]:
        """What is printed: of the venues that the actor may edit."""
        return codes_of_found(filters, actor=actor, at=clock.now())

    def write(self, path: Path, tables: Iterable[Table], mark: Mark) -> Written:  # noqa: ARG002 - see above
        """One that the font cannot show whole keeps no other back. Raises Refusal NO_GLYPH where none is left."""
        pages: list[str] = []
        left_out: list[Poster] = []

        def drawn() -> Iterator[Poster]:
            for table in tables:
                for row in table.rows:
                    poster = Poster(*map(str, row))
                    if holes(poster.venue + poster.checkpoint):
                        left_out.append(poster)
                    else:
                        pages.append(poster.short)
                        yield poster

        content = pdf_of(drawn(), authority=settings.OUTPOST_AUTHORITY, left_out=left_out)
        if left_out and not pages:
            refuse_holes(left_out[0].venue, left_out[0].venue + left_out[0].checkpoint)
        path.write_bytes(content)
        return Written(len(pages), sha256_of(path))


class BranchPostersExport(PostersExport):
    """The posters of a chain's branches, for the manager of its head, as long as that is open."""

    page: ClassVar[str] = "entered"
    views = (
        View(
            "venues.branch_posters",
            OWN_VENUE,
            _("Posters of branches"),
            _("Posters of these branches (PDF)"),
        ),
    )

    def codes(self, filters: Mapping[str, str], actor: Actor) -> list[PrintedCode]:
        return codes_of_branches(filters, actor=actor, at=clock.now())

    def require_still(self, params: Mapping[str, str], actor: Actor) -> None:  # noqa: ARG002 - of whichever branches
        """A manager keeps the right over a closed head for a while; its branches are no longer theirs."""
        if not has_branches(actor):
            raise Refusal(RIGHTS_CHANGED)


def _narrowed(params: Mapping[str, str]) -> dict[str, str]:
    return {name: params[name] for name in _FILTERS if name in params}
