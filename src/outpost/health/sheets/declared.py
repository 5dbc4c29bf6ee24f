"""The check of a declaration and of a disposition."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from outpost.core.actor import EVERYTHING, Reach
from outpost.core.clock import day_start, local_day
from outpost.core.errors import Refusal
from outpost.core.sheets.parsing import Read, Row
from outpost.core.whole_days import is_whole_day
from outpost.fields.sheets import staged
from outpost.fields.specs import FieldSpec
from outpost.health import errors, rules
from outpost.health.columns import DISPOSITIONS, declarations_with
from outpost.health.rules import Disposition
from outpost.health.sealing import declaration_id, seal_texts
from outpost.health.services.proposals import end_problem, ends_at, stated_ground
from outpost.health.sheets.records import (
    CLOCKS_DIFFER,
    NO_SOURCES,
    PersonParser,
    RecordParser,
    not_too_long_ago,
)

_RISK = {"yes": True, "no": False}


class DeclarationParser(RecordParser):
    """Checks one declaration; staged as `services.DECLARATION_STAGING`."""

    def __init__(
        self,
        *,
        at: datetime,
        reach: Reach = EVERYTHING,
        sources: Mapping[str, str] = NO_SOURCES,
        questions: Collection[FieldSpec] = (),
    ) -> None:
        self.sheet = declarations_with(questions)
        self._asked = [spec.code for spec in questions]
        super().__init__(at=at, reach=reach, sources=sources)

    def _checks(self) -> dict[str, Read]:
        return {**super()._checks(), "declared_at": self._instant(errors.DECLARED_AHEAD)}

    def _compare(self, row: Row) -> None:
        values = row.values
        stated = values["symptoms"]
        values["symptoms"] = None if stated is None else rules.symptoms(stated)
        answered = {code: values[code] for code in self._asked if values[code] not in (None, "")}
        values["answers"] = staged(answered) if answered else None
        values["was_in_risk_area"] = _RISK.get(values["risk_area"])
        source, record_id = values["source"], values["record_id"]
        if source and record_id:
            values["id"] = declaration_id(source, record_id)
            values["sealed"], values["stated_hash"] = seal_texts(self._keys, values["id"], values)


class DispositionParser(PersonParser):
    """Checks one disposition; staged as `services.DISPOSITION_STAGING`.

    `agreed_by`: who may enter it without a second word; empty: it waits for one.
    """

    sheet = DISPOSITIONS

    def __init__(self, *, at: datetime, agreed_by: str = "") -> None:
        self._agreed = {"agreed_by": agreed_by, "agreed_at": at if agreed_by else None}
        self._at = at
        super().__init__(at=at)

    def _checks(self) -> dict[str, Read]:
        return {"started_at": self._begins}

    def _compare(self, row: Row) -> None:
        values = row.values
        values["started_at"] = values["started_at"] or day_start(self._today)
        values["stated_ends_at"] = ends_at(values["last_day"])
        if values["disposition"] and not row.faults:
            disposition, began_on = Disposition(values["disposition"]), local_day(values["started_at"])
            if problem := end_problem(disposition, values["last_day"], began_on):
                row.faults.append(self._parser.complaint("last_day", problem))
        self._check_ground(row)
        values |= self._agreed

    def _check_ground(self, row: Row) -> None:
        """Nobody is held by a list alone: each row says on which ground, and what that rests on."""
        values = row.values
        is_held = values["disposition"] not in (None, Disposition.ADMITTED)
        wrong = {one.column.name for one in row.faults if one.column is not None}
        if is_held and not values["ground_kind"] and "ground_kind" not in wrong:
            row.faults.append(self._parser.complaint("ground_kind", errors.GROUND_KIND_MISSING))
        if not is_held:
            values["ground_kind"] = None
        try:
            stated_ground(values["ground"] or "")
        except Refusal as refusal:
            row.faults.append(self._parser.fault("ground", refusal))

    def _begins(self, started_at: datetime) -> datetime:
        """A day alone begins at its first instant."""
        begins = day_start(local_day(started_at)) if is_whole_day(started_at) else started_at.astimezone(UTC)
        if begins > self._at + CLOCKS_DIFFER:
            raise Refusal(errors.DISPOSED_AHEAD)
        not_too_long_ago(begins)
        return begins
