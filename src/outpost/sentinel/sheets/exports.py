"""The ledgers out: organisations and staff as the list pages show them, masked, in clear for a purpose, or one's own.

The columns are those of the import, so that a file in clear can be corrected and sent in again.
"""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import orjson
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.db import streamed
from outpost.core.ledgers import masks, plain
from outpost.core.sealed_text import open_search, open_text, seal_text
from outpost.core.sheets.columns import Sheet
from outpost.core.sheets.parsing import picker
from outpost.core.sheets.writing import Cell, Table
from outpost.core.spells import covering
from outpost.core.vocabulary import is_chinese
from outpost.exchange.kinds import ExportKind, View
from outpost.fields.sheets import cell_writer
from outpost.fields.specs import PREFIX, FieldSpec
from outpost.people import seals as people
from outpost.people.rules import DocumentType
from outpost.people.trying import count_tries
from outpost.regions import queries as regions
from outpost.sentinel.actions import SEE_ORGANIZATIONS, SEE_STAFF
from outpost.sentinel.columns import ORGANIZATIONS, STAFF, Audience, table_of
from outpost.sentinel.duty import DutyState
from outpost.sentinel.models import Category, DutySpell, Enrolment
from outpost.sentinel.narrow import NarrowRow
from outpost.sentinel.queries import categories
from outpost.sentinel.queries.enrolments import FILTERS, enrolment_filter_of, filtered_enrolments
from outpost.sentinel.queries.latest import AS_ENTERED
from outpost.sentinel.queries.staff_filter import FILTERED, PRIVATE, filter_of, filtered
from outpost.sentinel.queries.staff_numbers import number_of
from outpost.sentinel.seals import open_staff
from outpost.sentinel.sheets.views import COMPANIES, EXPORT, OWN, PEOPLE, in_clear, masked

CHUNK = 5000


class LedgerExport(ExportKind):
    """What both ledgers share. Parameters are those of the list page's filter. Without a `category` the file has a
    sheet for each that has rows."""

    audience: ClassVar[Audience]
    filters: ClassVar[frozenset[str]]
    tried: ClassVar[frozenset[str]]  # filters by what is shown masked
    of_category: ClassVar[str]

    def check(self, params: Mapping[str, str], actor: Actor) -> dict[str, str]:
        """Keep the filter, with what it says of people sealed.

        Raises Refusal: NOT_FOUND for a category out of reach or a value that no page offers.
        """
        code = params.get("category", "")
        if code:
            categories.category(code, actor=actor, action=self.action)
        on = clock.local_day(clock.now())
        kept = {
            # the address of a list holds these sealed; what is no seal is searched for as it stands
            name: (open_search(text, reader=actor.id, on=on) or text) if name in PRIVATE else text
            for name, text in params.items()
            if text and (name in self.filters or (code and name.startswith(PREFIX)))
        }
        typed = {name: kept.get(name) for name in self.tried}
        count_tries(typed, self.action, actor=actor, at=clock.now())
        self.found(kept, actor)
        return {name: seal_text(text) if name in PRIVATE else text for name, text in kept.items()}

    def title(self, params: Mapping[str, str]) -> str:
        table, code = self._table(params), params.get("category", "")
        if is_chinese(get_language()):
            return f"{table.title}-{categories.known_category(code).name}" if code else table.title
        name = table.name.removeprefix("sentinel.")
        return f"{name}-{code}" if code else name

    def headers(self, params: Mapping[str, str]) -> list[str]:
        return self._table(params).headers(get_language())

    def tables(self, params: Mapping[str, str], actor: Actor) -> Iterator[Table]:
        """A sheet for each category, in the order of the categories."""
        if "category" not in params:
            codes = set(
                self.found(_opened(params), actor).values_list(self.of_category, flat=True).distinct()
            )
            for category in Category.objects.filter(code__in=codes).order_by("position", "code"):
                of_one = {**params, "category": category.code}
                yield Table(category.name, self.headers(of_one), self.rows(of_one, actor))
            if codes:
                return
        yield from super().tables(params, actor)

    def count(self, params: Mapping[str, str], actor: Actor) -> int | None:
        return self.found(_opened(params), actor).count()

    def shown_filters(self, params: Mapping[str, str]) -> dict[str, str]:
        return {name: "***" if name in PRIVATE else text for name, text in params.items()}

    @abstractmethod
    def found(self, params: Mapping[str, str], actor: Actor) -> QuerySet[Any]:
        """The records that the filter wants within the actor's reach."""

    def specs(self, params: Mapping[str, str]) -> Sequence[FieldSpec]:
        """The category's own columns."""
        code = params.get("category", "")
        return categories.fields_of(code, self.audience) if code else ()

    def _table(self, params: Mapping[str, str]) -> Sheet:
        return table_of(self.audience, self.specs(params))


class StaffExport(LedgerExport):
    """Staff, identities masked or in clear."""

    page: ClassVar[str] = "staff"
    rows_label = PEOPLE
    views = (
        View("sentinel.own_staff", OWN, _("Own staff"), _("Export all"), is_clear=True),
        masked("sentinel.staff", _("Staff, masked"), _("Export, masked")),
        in_clear("sentinel.staff_in_clear", _("Staff, identities in clear"), _("Export in clear")),
    )
    audience: ClassVar[Audience] = Audience.STAFF
    of_category: ClassVar[str] = "enrolment__category"
    tried: ClassVar[frozenset[str]] = PRIVATE
    filters: ClassVar[frozenset[str]] = PRIVATE | {
        *("category", "town", "organization", "organization_name"),
        *("recency", "state", "dose", "duty", "word"),
        *FILTERED,
    }

    def found(self, params: Mapping[str, str], actor: Actor) -> QuerySet[NarrowRow]:
        """Their narrow rows: they tell how many there are and who, and lead to what else a row shows."""
        found = filtered(filter_of(params), actor=actor, at=clock.now(), action=self.action)
        seen = actor.reach(SEE_STAFF)
        if self.action == EXPORT or seen.everything:
            return found
        return found.filter(enrolment__in=Enrolment.objects.within(seen))

    def count(self, params: Mapping[str, str], actor: Actor) -> int | None:
        if self.action != EXPORT and actor.reach(self.action) != actor.reach(SEE_STAFF):
            return super().count(params, actor)
        return number_of(filter_of(_opened(params)), actor=actor, at=clock.now(), action=self.action)

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        today = clock.local_day(clock.now())
        away = dict(DutySpell.objects.filter(covering(today)).values_list(_as_text("staff_id"), "state"))
        write = _StaffWriter(self.specs(params), away, self.view.is_clear)
        cells = picker([column.name for column in self._table(params).columns])
        found = self.found(_opened(params), actor).order_by(
            "enrolment__organization__region_id", "enrolment__organization__name", *AS_ENTERED
        )
        for row in streamed(found.values_list(*_SOURCES.values())):
            yield cells(write(dict(zip(_SOURCES, row, strict=True))))

    def people(self, params: Mapping[str, str], actor: Actor) -> Iterable[str]:
        ids = self.found(_opened(params), actor).values_list(_as_text("person_id"), flat=True)
        return ids.iterator(CHUNK)


class OrganizationExport(LedgerExport):
    """Organisations, their principals masked or in clear."""

    page: ClassVar[str] = "organizations"
    rows_label = COMPANIES
    views = (
        masked("sentinel.organizations", _("Organisations, masked"), _("Export, masked")),
        in_clear(
            "sentinel.organizations_in_clear", _("Organisations, principals in clear"), _("Export in clear")
        ),
    )
    audience: ClassVar[Audience] = Audience.ORGANIZATION
    of_category: ClassVar[str] = "category"
    tried: ClassVar[frozenset[str]] = frozenset({"phone"})
    filters: ClassVar[frozenset[str]] = frozenset({"category", *FILTERS})

    def found(self, params: Mapping[str, str], actor: Actor) -> QuerySet[Enrolment]:
        seen = Enrolment.objects.visible_to(actor, SEE_ORGANIZATIONS)
        found = filtered_enrolments(enrolment_filter_of(params), actor=actor, action=self.action)
        return found.filter(id__in=seen.values("id"))

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        own = cell_writer(self.specs(params))
        cells = picker([column.name for column in self._table(params).columns])
        hidden = {} if self.view.is_clear else masks(ORGANIZATIONS)
        enrolments = (
            self.found(_opened(params), actor)
            .select_related("organization__region", "organization__grid")
            .order_by("organization__region_id", "organization__name", "id")
        )
        for enrolment in enrolments.iterator(CHUNK):
            row = _organization(enrolment)
            for name, mask in hidden.items():
                row[name] = mask(row[name])
            yield cells(row | own(enrolment.fields))


def _organization(enrolment: Enrolment) -> dict[str, Any]:
    """What stands of an organisation, by the names of the table's columns."""
    organization = enrolment.organization
    principal = regions.principal_of(organization)
    return {
        "name": organization.name,
        "social_credit_code": organization.social_credit_code,
        "town": organization.region.name,
        "grid": organization.grid.name if organization.grid else None,
        "principal_name": principal.name,
        "principal_phone": principal.phone,
        "address": organization.address,
    }


class _StaffWriter:
    """Turns what stands of one staff member into the cells of the table, by the names of its columns."""

    def __init__(self, specs: Sequence[FieldSpec], away: Mapping[str, str], is_clear: bool) -> None:
        language = get_language()
        self._keys = ring()
        self._away = away
        self._own = cell_writer(specs) if specs else None
        self._duties = {word.value: word.label for word in DutyState}
        self._documents = {word.value: word.label for word in DocumentType}
        self._masks = {} if is_clear else masks(STAFF)
        self._words = {
            column.name: {choice.code: choice.label(language) for choice in column.choices}
            for column in plain(STAFF)
            if column.choices
        }

    def __call__(self, row: dict[str, Any]) -> dict[str, Cell]:
        private = open_staff(self._keys, row["enrolment_id"], row["person_id"], row["sealed"])
        document = people.open_identity(
            self._keys, row["person_id"], row["document_type"], row["document_number"]
        )
        row["name"], row["phone"], row["address"] = private.name, private.phone, private.address
        row["document_type"], row["document_number"] = self._documents[row["document_type"]], document.number
        row["duty"] = self._duties[self._away.get(row["id"], DutyState.ON_DUTY)]
        for name, mask in self._masks.items():
            row[name] = mask(row[name])
        for name, words in self._words.items():
            row[name] = words.get(row[name], row[name])
        if self._own is not None:
            row |= self._own(orjson.loads(row["fields"]))
        return row


def _as_text(column: str) -> Cast:
    """What is only passed on needs no objects of Python's: half the time of a row went into them."""
    return Cast(column, TextField())


# from where each cell comes, beginning at the narrow row; what is sealed is opened row by row
_SOURCES: Mapping[str, Any] = {
    "id": _as_text("staff_id"),
    "enrolment_id": _as_text("staff__enrolment_id"),
    "person_id": _as_text("staff__person_id"),
    "sealed": "staff__sealed",
    "document_type": "staff__person__doc_type",
    "document_number": "staff__person__sealed",
    "organization": "enrolment__organization__name",
    "town": "enrolment__organization__region__name",
    "joined_on": "staff__joined_on",
    "fields": _as_text("staff__fields"),
    **{column.name: f"staff__{column.name}" for column in plain(STAFF)},
}


def _opened(params: Mapping[str, str]) -> dict[str, str]:
    return {name: open_text(text) if name in PRIVATE else text for name, text in params.items()}
