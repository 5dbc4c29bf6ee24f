"""The ledgers out: organisations and staff as the list pages show them, masked, in clear for a purpose, or one's own.

The columns are those of the import, so that a file in clear can be corrected and sent in again.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

import orjson
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.db import streamed
from outpost.core.masking import mask_address, mask_document, mask_name, mask_phone
from outpost.core.sealed_text import open_text, seal_text
from outpost.core.sheets.writing import Cell
from outpost.core.vocabulary import is_chinese
from outpost.exchange.kinds import ExportKind
from outpost.people import seals as people
from outpost.people.rules import DocumentType, Purpose
from outpost.regions import queries as regions
from outpost.sentinel.duty import DutyState
from outpost.sentinel.fields import Audience, FieldKind, FieldSpec, FieldValue
from outpost.sentinel.models import DutySpell, Enrolment, StaffMember
from outpost.sentinel.queries import categories
from outpost.sentinel.queries.enrolments import EnrolmentFilter, filtered_enrolments
from outpost.sentinel.queries.staff_filter import PRIVATE, covering, filter_of, filtered
from outpost.sentinel.seals import open_staff

Mask = Callable[[str], str]
CHUNK = 5000
_PURPOSES: Mapping[str, str | Promise] = dict(Purpose.choices())


def _clear(text: str) -> str:
    return text


class LedgerExport(ExportKind):
    """What both ledgers share. Parameters are those of the list page's filter; `category` is required."""

    audience: ClassVar[Audience]
    is_clear: ClassVar[bool] = False

    def check(self, params: Mapping[str, str], actor: Actor) -> dict[str, str]:
        """Keep the filter, with what it says of people sealed.

        Raises Refusal: NOT_FOUND for a category out of reach or a value that no page offers.
        """
        categories.category(params.get("category", ""), actor=actor, action=self.action)
        kept = {
            # the address of a list holds these sealed; what is no seal is searched for as it stands
            name: (open_text(text) or text) if name in PRIVATE else text
            for name, text in params.items()
            if text and self._is_known(name)
        }
        self.found(kept, actor)
        return {name: seal_text(text) if name in PRIVATE else text for name, text in kept.items()}

    def title(self, params: Mapping[str, str]) -> str:
        category = categories.known_category(params["category"])
        table = categories.table(category.code, self.audience)
        if is_chinese(get_language()):
            return f"{table.title}-{category.name}"
        return f"{table.name.removeprefix('sentinel.')}-{category.code}"

    def headers(self, params: Mapping[str, str]) -> list[str]:
        return categories.table(params["category"], self.audience).headers(get_language())

    def count(self, params: Mapping[str, str], actor: Actor) -> int | None:
        return self.found(_opened(params), actor).count()

    def shown_filters(self, params: Mapping[str, str]) -> dict[str, str]:
        return {name: "***" if name in PRIVATE else text for name, text in params.items()}

    def mask(self, mask: Mask) -> Mask:
        """How a private cell is written in this kind of file."""
        return _clear if self.is_clear else mask

    @abstractmethod
    def found(self, params: Mapping[str, str], actor: Actor) -> QuerySet[Enrolment] | QuerySet[StaffMember]:
        """The records that the filter wants within the actor's reach."""

    def _is_known(self, name: str) -> bool:
        return name in self.filters or name.startswith("field.")

    filters: ClassVar[frozenset[str]]


class StaffExport(LedgerExport):
    """Staff, identities masked."""

    name: ClassVar[str] = "sentinel.staff"
    action: ClassVar[str] = "sentinel.export"
    label = _("Staff, masked")
    audience: ClassVar[Audience] = Audience.STAFF
    filters: ClassVar[frozenset[str]] = PRIVATE | {
        *("category", "town", "organization", "organization_name", "job_type"),
        *("recency", "state", "dose", "duty"),
    }

    def found(self, params: Mapping[str, str], actor: Actor) -> QuerySet[StaffMember]:
        seen = StaffMember.objects.visible_to(actor, "sentinel.see_staff")
        found = filtered(filter_of(params), actor=actor, at=clock.now(), action=self.action)
        return found.filter(id__in=seen.values("id")) if self.action != "sentinel.export" else found

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        today = clock.local_day(clock.now())
        own = fields_writer(categories.fields_of(params["category"], Audience.STAFF))
        away = dict(DutySpell.objects.filter(covering(today)).values_list("staff_id", "state"))
        write = _StaffWriter(self.mask, away)
        members = self.found(_opened(params), actor).order_by(
            "enrolment__organization__region_id", "enrolment__organization__name", "created_at", "id"
        )
        columns = (
            *("id", _as_text("enrolment_id"), _as_text("person_id"), "sealed"),
            *("person__doc_type", "person__sealed"),
            *("enrolment__organization__name", "enrolment__organization__region__name"),
            *("job_type", "joined_on", _as_text("fields")),
        )
        for row in streamed(members.values_list(*columns)):
            yield (*write(row), *own(orjson.loads(row[-1])))


class StaffInClearExport(StaffExport):
    """Staff in clear, for a purpose."""

    name: ClassVar[str] = "sentinel.staff_in_clear"
    action: ClassVar[str] = "people.reveal"
    label = _("Staff, identities in clear")
    purposes = _PURPOSES
    is_clear: ClassVar[bool] = True


class OwnStaffExport(StaffExport):
    """A principal's own staff, in clear."""

    name: ClassVar[str] = "sentinel.own_staff"
    action: ClassVar[str] = "people.see_own_staff"
    label = _("Own staff")
    is_clear: ClassVar[bool] = True


class OrganizationExport(LedgerExport):
    """Organisations, principals masked."""

    name: ClassVar[str] = "sentinel.organizations"
    action: ClassVar[str] = "sentinel.export"
    label = _("Organisations, masked")
    audience: ClassVar[Audience] = Audience.ORGANIZATION
    filters: ClassVar[frozenset[str]] = frozenset({"category", "town", "grid", "name", "phone"})

    def found(self, params: Mapping[str, str], actor: Actor) -> QuerySet[Enrolment]:
        typed = {n.removeprefix("field."): text for n, text in params.items() if n.startswith("field.")}
        wanted = EnrolmentFilter(
            fields=categories.typed_fields(params["category"], Audience.ORGANIZATION, typed),
            **{name: params.get(name, "") for name in self.filters},
        )
        seen = Enrolment.objects.visible_to(actor, "sentinel.see_organizations")
        return filtered_enrolments(wanted, actor=actor, action=self.action).filter(id__in=seen.values("id"))

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        own = fields_writer(categories.fields_of(params["category"], Audience.ORGANIZATION))
        name, phone = self.mask(mask_name), self.mask(mask_phone)
        enrolments = (
            self.found(_opened(params), actor)
            .select_related("organization__region", "organization__grid")
            .order_by("organization__region_id", "organization__name", "id")
        )
        for enrolment in enrolments.iterator(CHUNK):
            organization = enrolment.organization
            principal = regions.principal_of(organization)
            yield (
                organization.name,
                organization.social_credit_code,
                organization.region.name,
                organization.grid.name if organization.grid else None,
                name(principal.name),
                phone(principal.phone),
                organization.address,
                *own(enrolment.fields),
            )


class OrganizationInClearExport(OrganizationExport):
    """Organisations with their principals in clear, for a purpose."""

    name: ClassVar[str] = "sentinel.organizations_in_clear"
    action: ClassVar[str] = "people.reveal"
    label = _("Organisations, principals in clear")
    purposes = _PURPOSES
    is_clear: ClassVar[bool] = True


class _StaffWriter:
    """Turns one record into the cells of the fixed columns."""

    def __init__(self, mask: Callable[[Mask], Mask], away: Mapping[UUID, str]) -> None:
        self._keys = ring()
        self._away = away
        self._duties = {word.value: word.label for word in DutyState}
        self._documents = {word.value: word.label for word in DocumentType}
        self._name, self._phone = mask(mask_name), mask(mask_phone)
        self._number, self._address = mask(mask_document), mask(mask_address)

    def __call__(self, row: Sequence[Any]) -> tuple[Cell, ...]:
        id_, enrolment, person, sealed, doc_type, identity, organization, town, job_type, joined_on, _f = row
        private = open_staff(self._keys, enrolment, person, sealed)
        document = people.open_identity(self._keys, person, doc_type, identity)
        return (
            organization,
            town,
            self._name(private.name),
            job_type,
            self._phone(private.phone),
            self._documents[doc_type],
            self._number(document.number),
            self._address(private.address),
            joined_on,
            self._duties[self._away.get(id_, DutyState.ON_DUTY)],
        )


def _as_text(column: str) -> Cast:
    """What is only passed on needs no objects of Python's: half the time of a row went into them."""
    return Cast(column, TextField())


def fields_writer(specs: Sequence[FieldSpec]) -> Callable[[Mapping[str, FieldValue]], list[Cell]]:
    """From the JSON of extra fields to their cells, in the order of the table."""
    readers = [(spec.code, date.fromisoformat if spec.kind is FieldKind.DATE else None) for spec in specs]

    def write(fields: Mapping[str, FieldValue]) -> list[Cell]:
        return [
            read(str(fields[code])) if read and code in fields else fields.get(code) for code, read in readers
        ]

    return write


def _opened(params: Mapping[str, str]) -> dict[str, str]:
    return {name: open_text(text) if name in PRIVATE else text for name, text in params.items()}
