"""Paper forms 纸质登记 in: the visits of one venue with their true time.

A visit is known by its person and minute, so the same file again changes nothing. It is a check-in like any other, and
counts in the flow in the same transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.crypto import ring
from outpost.core.db import rows_of
from outpost.core.errors import Refusal
from outpost.core.phones import normalise_phone
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.columns import Column, ColumnKind, Sheet
from outpost.core.sheets.parsing import Row, RowParser
from outpost.core.whole_days import is_whole_day
from outpost.exchange.kinds import Difference, Parameter, Setting
from outpost.exchange.target import Target, stays
from outpost.exchange.tried import TriedImport
from outpost.people import rules as people
from outpost.people.rules import Document, DocumentType
from outpost.people.seals import person_row
from outpost.people.services import register_staged
from outpost.people.staged import PERSON, mask_of, staged_person
from outpost.venues import days, errors, services
from outpost.venues.actions import RECORD_VISITS, SEE_CHECK_INS
from outpost.venues.models import Venue
from outpost.venues.queries import venues as queries
from outpost.venues.rules import FARTHEST_AHEAD, LONGEST_STAY, CheckInSource, Place, Visit, why_not

MOST_CHOICES = 2000
_STATED = ("checkpoint_id", "left_at", "temperature")
VISITS = (
    Column("document_type", "证件类型", check=people.parse_document_type, example="居民身份证"),
    Column(
        "document_number",
        "证件号码",
        required=True,
        kind=ColumnKind.IDENTIFIER,
        synonyms=("身份证号码", "身份证号"),
        example="110101190001011009",
        max_length=64,
        repeats=False,
    ),
    Column("name", "姓名", required=True, check=people.normalise_name, example="张三"),
    Column("phone", "手机号码", kind=ColumnKind.IDENTIFIER, synonyms=("手机号",), check=normalise_phone),
    Column(
        "occurred_at",
        "到访时间",
        required=True,
        kind=ColumnKind.DATETIME,
        synonyms=("打卡时间", "进入时间"),
        example="2022-06-01 08:30",
    ),
    Column("left_at", "离开时间", kind=ColumnKind.DATETIME, example="2022-06-01 09:10"),
    Column("checkpoint", "检测点", example="南门"),
    Column("temperature", "体温", kind=ColumnKind.NUMBER, example="36.5"),
    Column("companions", "同行人数", kind=ColumnKind.WHOLE),
)
_SHEET = Sheet("venues.visits", "纸质登记", VISITS)
_TOUCHED = "SELECT DISTINCT venue_id, day FROM {rows} WHERE outcome <> 'unchanged'"
_UNDONE = """SELECT DISTINCT (row ->> 'venue_id')::uuid, (row ->> 'day')::date FROM audit_rowversion
    WHERE cause = %s AND "table" = 'venues_checkin'"""


class VisitImport(TriedImport):
    """A file of visits of the venue that the parameter `venue` names."""

    name: ClassVar[str] = "venues.visits"
    action: ClassVar[str] = RECORD_VISITS
    label = _("Paper forms of a venue")
    staging: ClassVar[Mapping[str, str]] = {
        "venue_id": "uuid NOT NULL",
        "day": "date NOT NULL",
        "id": "uuid NOT NULL",
        "checkpoint_id": "uuid NOT NULL",
        **PERSON,
        "occurred_at": "timestamptz NOT NULL",
        "left_at": "timestamptz",
        "temperature": "numeric(3, 1)",
        "source": "text NOT NULL",
    }
    target: ClassVar[Target] = Target(
        table="venues_checkin",
        key=("venue_id", "day", "id"),
        columns=("venue_id", "day", "id", "person_id", "occurred_at", "source", *_STATED),
        replaced=_STATED,
        compared=_STATED,
        stamps_new=("received_at",),
        becomes={"left_at": stays("left_at")},  # who came may have said meanwhile that they left
        unread=("person_id",),
    )

    def parameters(self, actor: Actor) -> Sequence[Parameter]:
        found = queries.venues_to_choose(actor=actor, action=self.action)[:MOST_CHOICES]
        return (Parameter("venue", _("Venue"), tuple(found)),)

    def list_url(self, params: Mapping[str, str], actor: Actor) -> str:
        found = queries.venue_named(params.get("venue", ""), actor=actor, action=SEE_CHECK_INS)
        return reverse("venues:check_ins", args=[found.id])

    def sheet(self, params: Mapping[str, str]) -> Sheet:  # noqa: ARG002 - the same for every venue
        return _SHEET

    def parser(self, setting: Setting) -> "_Parser":
        """Raises Refusal: UNKNOWN_VENUE within the actor's reach, SEVERAL_VENUES."""
        venue = queries.venue_named(setting.params.get("venue", ""), actor=setting.actor, action=self.action)
        return _Parser(venue, setting.at)

    def reaches_rows(self, rows: str, setting: Setting) -> bool:
        return self._reaches(
            {venue for (venue,) in rows_of(f"SELECT DISTINCT venue_id FROM {rows}")}, setting
        )

    def may_undo(self, setting: Setting) -> bool:
        written = "SELECT DISTINCT venue_id FROM venues_checkin WHERE import_id = %s"
        return self._reaches({venue for (venue,) in rows_of(written, [setting.import_id])}, setting)

    def _reaches(self, venues: set[UUID], setting: Setting) -> bool:
        return Venue.objects.visible_to(setting.actor, self.action).has_all(venues)

    def before_merge(self, staging: str, setting: Setting) -> None:
        """Register the people, and make the days that are missing."""
        for (day,) in rows_of(f"SELECT DISTINCT day FROM {staging}"):
            rows_of(days.MAKE_DAY, [day])
        register_staged(staging, at=setting.at, import_id=setting.import_id)

    def after_merge(self, staging: str, setting: Setting) -> None:  # noqa: ARG002 - the rows say it all
        services.recount_flow({(venue, day) for venue, day in rows_of(_TOUCHED.format(rows=staging))})

    def after_undo(self, setting: Setting) -> None:
        undone = rows_of(_UNDONE, [f"undo:{setting.import_id}"])
        services.recount_flow({(venue, day) for venue, day in undone})

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
        shown = {"checkpoint_id": "检测点", "left_at": "离开时间", "temperature": "体温"}
        columns = {column.zh: column for column in VISITS}
        return [
            Difference(columns[zh].header(get_language()), _shown(before[name]), _shown(after[name]))
            for name, zh in shown.items()
            if before[name] != after[name] and not (name == "left_at" and after[name] is None)
        ]


class _Parser:
    """The check of one row."""

    def __init__(self, venue: Venue, at: datetime) -> None:
        self._venue, self._at, self._keys = venue, at, ring()
        self._gates = {one.name: one.id for one in queries.checkpoints(venue).filter(closed_at__isnull=True)}
        blanks = {"document_type": DocumentType.RESIDENT_ID}
        self._read = RowParser(_SHEET, clock.zone(), checks={"checkpoint": self._gate}, blanks=blanks)

    def __call__(self, cells: Sequence[Raw]) -> Row:
        row = self._read(cells)
        if not row.faults:
            self._check(row)
        if not row.faults:
            self._stage(row.values)
        return row

    def _gate(self, name: str) -> UUID:
        if name not in self._gates:
            raise Refusal(errors.UNKNOWN_CHECKPOINT, found=name, known="、".join(self._gates))
        return self._gates[name]

    def _check(self, row: Row) -> None:
        """What the cells say together: the visit counts as one by phone would, and ends after it began."""
        values = row.values
        occurred_at, left_at = values["occurred_at"], values["left_at"]
        values["checkpoint_id"] = values["checkpoint"] or next(iter(self._gates.values()))
        place = Place(self._venue.id, self._venue.name, values["checkpoint_id"], "")
        visit = Visit(occurred_at, values["temperature"])
        if is_whole_day(occurred_at):
            row.faults.append(self._read.complaint("occurred_at", errors.TIME_OF_DAY_MISSING))
        elif problem := why_not(visit, place, at=self._at):
            column = "temperature" if problem is errors.NO_TEMPERATURE else "occurred_at"
            row.faults.append(self._read.complaint(column, problem))
        if left_at is not None and is_whole_day(left_at):
            row.faults.append(self._read.complaint("left_at", errors.TIME_OF_DAY_MISSING))
        elif left_at is not None and not (
            occurred_at < left_at <= min(occurred_at + LONGEST_STAY, self._at + FARTHEST_AHEAD)
        ):
            row.faults.append(self._read.complaint("left_at", errors.LEFT_WRONGLY))
        values["document"] = self._document(row)

    def _document(self, row: Row) -> Document | None:
        values = row.values
        try:
            return people.normalise_document(
                values["document_type"], values["document_number"], today=clock.local_day(self._at)
            )
        except Refusal as refusal:
            row.faults.append(self._read.fault("document_number", refusal))
            return None

    def _stage(self, values: dict[str, Any]) -> None:
        person = person_row(self._keys, values["document"], values["name"])
        said = f"{person.person_id}:{self._venue.id}:{values['occurred_at'].timestamp()}"
        values |= {
            "venue_id": self._venue.id,
            "day": clock.local_day(values["occurred_at"]),
            "id": UUID(bytes=self._keys.search_hash("venues.paper", said)),
            **staged_person(person, mask_of(self._keys, values["document"])),
            "source": CheckInSource.PAPER.value,
        }


def _shown(value: object) -> str:
    return "—" if value is None else str(value)
