"""Staff 员工 in: one file a category, for one organisation or for many; a row is known by organisation and document."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from outpost.audit import versions
from outpost.core.actor import EVERYTHING, Actor
from outpost.core.clock import local_day
from outpost.core.crypto import ring
from outpost.core.db import rows_of, run, value_of
from outpost.core.errors import Refusal
from outpost.core.ledgers import LedgerColumn, plain, sql_types
from outpost.core.sheets.cells import Raw
from outpost.core.sheets.columns import Sheet
from outpost.core.sheets.parsing import Row, RowCheck
from outpost.core.spells import covering
from outpost.core.stated import MASKS, Stated, blob
from outpost.exchange import merge
from outpost.exchange.kinds import Difference, Own, Parameter, Setting
from outpost.exchange.ledgers import LedgerTarget
from outpost.exchange.target import Becomes, Target, Watch, stays, unstated_stay
from outpost.exchange.tried import TriedImport
from outpost.fields import sheets as fields
from outpost.pages.addresses import address
from outpost.people import seals as people_seals
from outpost.people import services as people
from outpost.people.queries import own_organizations
from outpost.people.staged import SEALED, STATED, mask_of, staged
from outpost.regions import queries as regions
from outpost.regions.rules import normal_name
from outpost.sentinel import errors
from outpost.sentinel.actions import SEE_STAFF
from outpost.sentinel.columns import STAFF, Audience
from outpost.sentinel.duty import DutyState
from outpost.sentinel.models import DutySpell, Enrolment
from outpost.sentinel.queries import categories
from outpost.sentinel.queries.enrolments import enrolment_choices
from outpost.sentinel.reading import DOCUMENT, FIELDS, StaffReader, stated_of
from outpost.sentinel.seals import open_staff, seal_staff, staff_context
from outpost.sentinel.services import latest
from outpost.sentinel.services.duty import SPELL_KEY
from outpost.sentinel.services.organizations import STAFF_KEY
from outpost.sentinel.services.staff import EDIT
from outpost.sentinel.sheets.organizations import category_parameter

_MOST_CHOICES = 500  # more organisations than that go by their names in the file

_SPELLS = Target(table="sentinel_dutyspell", key=SPELL_KEY, columns=(), replaced=(), compared=())
_PLAIN = tuple(column.name for column in plain(STAFF))
_STATED = (*_PLAIN, *SEALED, "fields")
_PRIVATE = tuple(MASKS)
_COMPARED = tuple(column for column in STAFF if column.name in (*_PRIVATE, *_PLAIN, "joined_on", "duty"))
_AWAY = """SELECT d.state FROM sentinel_dutyspell d WHERE d.staff_id = t.id
    AND d.starts_on <= s.imported_on AND (d.ends_on IS NULL OR d.ends_on > s.imported_on)"""

_REMOVED = """SELECT EXISTS (SELECT FROM {rows} s JOIN sentinel_enrolment e ON e.id = s.enrolment_id
    WHERE e.removed_at IS NOT NULL)"""
_WRITTEN = "SELECT person_id FROM {rows} WHERE outcome <> 'unchanged'"
_NOTE_DUTY = f"""CREATE TEMPORARY TABLE sentinel_duty_stated ON COMMIT DROP AS
    SELECT t.id AS staff_id, s.duty, s.imported_on,
      CASE s.outcome WHEN 'new' THEN t.joined_on ELSE s.imported_on END AS begins_on FROM {{rows}} s
    JOIN sentinel_staffmember t USING (enrolment_id, person_id)
    WHERE t.removed_at IS NULL AND s.duty IS NOT NULL AND s.duty <> coalesce(({_AWAY}), '{DutyState.ON_DUTY}')"""
_IN_THE_WAY = """t.id IN (SELECT d.id FROM sentinel_dutyspell d JOIN sentinel_duty_stated n USING (staff_id)
    WHERE d.ends_on IS NULL OR d.ends_on > n.imported_on)"""
_END_SPELLS = f"""UPDATE sentinel_dutyspell t SET ends_on = greatest(t.starts_on, n.imported_on), import_id = %s
    FROM sentinel_duty_stated n WHERE n.staff_id = t.staff_id AND {_IN_THE_WAY}"""
_BEGIN_SPELLS = f"""INSERT INTO sentinel_dutyspell (id, staff_id, state, starts_on, import_id)
    SELECT gen_random_uuid(), staff_id, duty, begins_on, %s FROM sentinel_duty_stated
    WHERE duty <> '{DutyState.ON_DUTY}'"""
# Of whoever was put off duty or back since the import, an undo leaves all spells: the earlier ones, brought back, would
# overlap with what was stated since. Either one that the import wrote was changed, or one stands where it made room.
_LEAVE_SETTLED = """UPDATE sentinel_dutyspell t SET import_id = NULL WHERE t.import_id = %(id)s AND EXISTS
  (SELECT FROM sentinel_dutyspell d JOIN audit_rowversion v ON v."table" = %(spells)s AND v.row_key = d.id::text
    WHERE d.staff_id = t.staff_id AND (v.row ->> 'import_id' = %(import)s OR v.cause = %(import)s AND EXISTS
      (SELECT FROM sentinel_dutyspell o WHERE o.staff_id = d.staff_id AND o.import_id IS DISTINCT FROM %(id)s
        AND daterange(o.starts_on, o.ends_on)
          && daterange((v.row ->> 'starts_on')::date, (v.row ->> 'ends_on')::date))))"""
# The spell of whoever was changed by hand since goes, though the row itself stays.
_UNDONE = f"""{versions.OF_UNDONE} UNION
    SELECT t.person_id FROM sentinel_staffmember t JOIN audit_rowversion v ON t.id = (v.row ->> 'staff_id')::uuid
    WHERE v."table" = %(spells)s AND v.cause IN (%(import)s, 'undo:' || %(import)s)"""


class StaffImport(TriedImport):
    """Parameters `category` and, optional, `organization` (an enrolment's id, or a name): then the file need not
    name it. Without a day of joining a new row gets the day of the import. A duty state is meant from that day on;
    of a new row, since joining: nothing else is known of the person."""

    name: ClassVar[str] = "sentinel.staff"
    action: ClassVar[str] = EDIT
    label = _("Staff")
    staging: ClassVar[Mapping[str, str]] = {
        "enrolment_id": "uuid NOT NULL",
        **STATED,
        **sql_types(plain(STAFF)),
        "fields": "jsonb NOT NULL",
        "joined_on": "date",
        "duty": "text",
        "imported_on": "date NOT NULL",
        "is_unconfirmed": "boolean NOT NULL",
    }
    target = LedgerTarget(
        table="sentinel_staffmember",
        key=STAFF_KEY,
        columns=(*STAFF_KEY, *_STATED, "joined_on", "is_unconfirmed"),
        replaced=(*_STATED, "joined_on", "is_unconfirmed"),
        compared=("content_hash", *_PLAIN, "fields", "joined_on"),
        generated={"id": "gen_random_uuid()", "position": "s.row_no"},
        becomes={
            **unstated_stay(plain(STAFF)),
            "fields": fields.MERGED,
            "joined_on": stays("joined_on", "s.imported_on"),
            # who repeats a name adds nothing to whose word it is
            "is_unconfirmed": Becomes(
                "CASE WHEN s.name_hash = t.name_hash THEN t.is_unconfirmed ELSE s.is_unconfirmed END",
                "s.is_unconfirmed",
            ),
        },
        differs=f"s.duty <> coalesce(({_AWAY}), '{DutyState.ON_DUTY}')",
        watch=Watch(dropped={errors.DROPPED_OTHER_NAME.code: "s.name_hash <> w.name_hash"}),
    )

    def list_url(self, params: Mapping[str, str], actor: Actor) -> str:
        category = categories.category(params.get("category", ""), actor=actor, action=SEE_STAFF)
        return address("sentinel:staff", category=category.code)

    def parameters(self, actor: Actor) -> Sequence[Parameter]:
        category = category_parameter(actor, EDIT)
        choices = [
            (str(id_), f"{label} · {name}")
            for code, label in category.choices
            for id_, name in enrolment_choices(code, actor=actor, action=EDIT)
        ]
        if len(choices) > _MOST_CHOICES:
            return (category,)
        return (category, Parameter("organization", _("Organisation"), tuple(choices), is_required=False))

    def sheet(self, params: Mapping[str, str]) -> Sheet:
        category = categories.known_category(params.get("category", ""))
        sheet = categories.table(category.code, Audience.STAFF)
        return sheet.relaxed("organization") if params.get("organization") else sheet

    def parser(self, setting: Setting) -> RowCheck:
        """Raises Refusal NOT_FOUND for a category out of reach, ORGANIZATION_* for an unknown organisation."""
        return _Parser(self.sheet(setting.params), setting)

    def reaches_rows(self, rows: str, setting: Setting) -> bool:
        return _reaches(f"SELECT DISTINCT enrolment_id FROM {rows}", (), setting)

    def may_undo(self, setting: Setting) -> bool:
        written = "SELECT DISTINCT enrolment_id FROM sentinel_staffmember WHERE import_id = %s"
        return _reaches(written, (setting.import_id,), setting)

    def before_merge(self, staging: str, setting: Setting) -> None:
        """Register the people. Raises TABLE_CHANGED when an organisation was removed since the check."""
        if value_of(_REMOVED.format(rows=staging)):
            raise Refusal(errors.TABLE_CHANGED)
        people.register_staged(staging, at=setting.at, import_id=setting.import_id)

    def after_merge(self, staging: str, setting: Setting) -> None:
        """End and begin spells of absence where a duty state is stated that does not hold."""
        run(_NOTE_DUTY.format(rows=staging))
        cause = str(setting.import_id)
        versions.keep("sentinel_dutyspell", SPELL_KEY, sql.SQL(_IN_THE_WAY), at=setting.at, cause=cause)
        run(_END_SPELLS, [setting.import_id])
        run(_BEGIN_SPELLS, [setting.import_id])
        run("DROP TABLE sentinel_duty_stated")
        latest.follow_people(_WRITTEN.format(rows=staging))

    def after_undo(self, setting: Setting) -> None:
        undone = {"table": self.target.table, "spells": _SPELLS.table, "import": str(setting.import_id)}
        run(_LEAVE_SETTLED, {**undone, "id": setting.import_id})
        merge.undo(_SPELLS, import_id=setting.import_id, at=setting.at)
        latest.follow_people(_UNDONE, undone)

    def replaced(
        self, before: Mapping[str, Any], after: Mapping[str, Any], actor: Actor
    ) -> tuple[list[Difference], Own | None]:
        enrolment = Enrolment.objects.get(id=before["enrolment_id"])
        if str(enrolment.organization_id) not in own_organizations(actor):
            return self.differences(before, after), None
        own = Own(UUID(before["person_id"]), _opened(before, before["sealed"]).name)
        return _differences(before, after, is_clear=True), own

    def keep_look(self, seen: Collection[Own], *, actor: Actor, at: datetime) -> None:
        if seen:
            people.record_own_staff_seen({one.person_id for one in seen}, actor=actor, at=at)

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
        return _differences(before, after, is_clear=False)


class _Parser:
    """The check of one row: reads, finds the organisation by its name, seals."""

    def __init__(self, sheet: Sheet, setting: Setting) -> None:
        code = setting.params["category"]
        categories.category(code, actor=setting.actor, action=EDIT)
        self._keys = ring()
        self._today = local_day(setting.at)
        self._reader = StaffReader(sheet, today=self._today, stated=setting.columns)
        self._organizations = _Organizations(code, setting.actor)
        wanted = setting.params.get("organization", "")
        self._only = self._organizations.chosen(wanted) if wanted else None

    def __call__(self, cells: Sequence[Raw]) -> Row:
        row = self._reader(cells)
        enrolment = self._enrolment(row)
        if not row.faults:
            self._stage(row.values, enrolment)
        return row

    def _enrolment(self, row: Row) -> str:
        name = row.values["organization"]
        if name is None and self._only is None:
            return ""
        try:
            return self._organizations.of_row(name, row.values["town"] or "", self._only)
        except Refusal as refusal:
            self._reader.complain(row, "organization", refusal)
            return ""

    def _stage(self, values: dict[str, Any], enrolment: str) -> None:
        """Add what is staged of a good row."""
        stated = stated_of(values)
        person = people_seals.person_row(self._keys, values[DOCUMENT], stated.name)
        context = staff_context(enrolment, person.person_id)
        seal = seal_staff(self._keys, context, stated, hashed=person.name_hash)
        values |= {
            "enrolment_id": enrolment,
            **staged(person, seal, mask_of(self._keys, values[DOCUMENT])),
            "fields": fields.staged(values[FIELDS]),
            "imported_on": self._today,
            "is_unconfirmed": self._organizations.is_own(enrolment),
        }


class _Organizations:
    """The actor's organisations of one category by name and town; enrolment ids as text."""

    def __init__(self, category: str, actor: Actor) -> None:
        self._places = regions.places(EVERYTHING)
        self._names: dict[str, str] = {}
        self._by_name: dict[str, dict[str, str]] = {}
        self._seen: dict[tuple[str | None, str], str] = {}
        mine = Enrolment.objects.visible_to(actor, EDIT).current().filter(category=category)
        self._own: set[str] = set()
        for id_, place, name, town in mine.values_list(
            "id", "organization_id", "organization__name", "organization__region_id"
        ):
            if str(place) in own_organizations(actor):
                self._own.add(str(id_))
            self._names[str(id_)] = name
            self._by_name.setdefault(normal_name(name), {})[town] = str(id_)

    def is_own(self, enrolment: str) -> bool:
        """Whether the actor states its people as its principal."""
        return enrolment in self._own

    def chosen(self, wanted: str) -> str:
        """The organisation that the whole file is for, by id or name. Raises Refusal ORGANIZATION_*."""
        return wanted if wanted in self._names else self.named(wanted, "")

    def of_row(self, name: str | None, town: str, only: str | None) -> str:
        """The organisation of a row; `only` is that of the whole file. Raises Refusal ORGANIZATION_*."""
        key = (name, town)
        if key not in self._seen:
            self._seen[key] = self.named(name or "", town) if only is None else self._same(name, only)
        return self._seen[key]

    def _same(self, name: str | None, only: str) -> str:
        expected = self._names[only]
        if name is not None and normal_name(name) != normal_name(expected):
            raise Refusal(errors.ORGANIZATION_OTHER, found=name, expected=expected)
        return only

    def named(self, name: str, town: str) -> str:
        """The organisation of that name (and town, where two share it)."""
        found = self._by_name.get(normal_name(name), {})
        if town:
            code = self._places.town(town)
            found = {code: found[code]} if code in found else {}
        if not found:
            raise Refusal(errors.ORGANIZATION_UNKNOWN, found=name)
        if len(found) > 1:
            towns = "、".join(self._places.names[code] for code in sorted(found))
            raise Refusal(errors.ORGANIZATION_AMBIGUOUS, found=name, towns=towns)
        return next(iter(found.values()))


def _reaches(statement: str, values: Sequence[UUID], setting: Setting) -> bool:
    """Whether all enrolments that the statement names lie in reach."""
    named = [id_ for (id_,) in rows_of(statement, values)]
    return Enrolment.objects.visible_to(setting.actor, EDIT).has_all(named)


def _differences(before: Mapping[str, Any], after: Mapping[str, Any], *, is_clear: bool) -> list[Difference]:
    old, new = _opened(before, before["sealed"]), _opened(before, after["sealed"])
    was = {**before, **{name: getattr(old, name) for name in _PRIVATE}, "duty": _duty_of(before, after)}
    becomes = {**after, **{name: getattr(new, name) for name in _PRIVATE}}
    changed = [
        Difference(
            column.header(get_language()),
            _shown(column, was[column.name], is_clear=is_clear),
            _shown(column, becomes[column.name], is_clear=is_clear),
        )
        for column in _COMPARED
        if becomes[column.name] is not None and was[column.name] != becomes[column.name]
    ]
    category = Enrolment.objects.get(id=before["enrolment_id"]).category_id
    specs = categories.fields_of(category, Audience.STAFF)
    return changed + fields.differences(specs, before["fields"], after["fields"])


def _shown(column: LedgerColumn, value: Any, *, is_clear: bool) -> str:
    return column.mask(value) if column.mask and not is_clear else column.shown(value)


def _opened(row: Mapping[str, Any], sealed: str) -> Stated:
    return open_staff(ring(), row["enrolment_id"], row["person_id"], blob(sealed))


def _duty_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """The duty state that the row would replace."""
    spells = DutySpell.objects.filter(covering(after["imported_on"]), staff=UUID(before["id"]))
    return spells.values_list("state", flat=True).first() or DutyState.ON_DUTY
