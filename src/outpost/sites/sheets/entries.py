"""Entries and exits 进出 in, for the contract that the parameter names: each is decided as at the gate, at its time."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from outpost.audit import services as audit
from outpost.core.db import rows_of
from outpost.core.errors import Refusal
from outpost.core.sheets.columns import Choice, Column, ColumnKind, Sheet
from outpost.exchange.kinds import Difference, Setting
from outpost.exchange.target import Target
from outpost.sites.actions import ADMIT_PEOPLE
from outpost.sites.columns.people import WHO
from outpost.sites.models import Passage
from outpost.sites.services import tallies
from outpost.sites.services.entries import Stated, pass_all, take_back
from outpost.sites.services.stays import hold_stays
from outpost.sites.sheets.of_contract import ContractFile, TimedParser
from outpost.sites.vocabularies import Way

TAKEN = "sites.entries_taken"
ENTRIES = Sheet(
    "sites.entries",
    "进出场",
    (
        *WHO,
        Column(
            "way", "进出", required=True, kind=ColumnKind.CHOICE, choices=Choice.all_of(Way), example="进场"
        ),
        Column("occurred_at", "时间", required=True, kind=ColumnKind.DATETIME, example="2022-06-01 08:30"),
    ),
)
_LATER = """EXISTS (SELECT FROM sites_passage p WHERE p.person_id = t.person_id AND p.occurred_at >= t.occurred_at
        AND p.import_id IS DISTINCT FROM t.import_id)
    OR EXISTS (SELECT FROM sites_stay s JOIN sites_registration r ON r.id = s.registration_id
        JOIN sites_contract c ON c.id = s.contract_id WHERE s.person_id = t.person_id
        AND s.left_at >= t.occurred_at AND (r.removed_at IS NOT NULL OR c.removed_at IS NOT NULL))"""
"""What happened after it rests on it; nobody gets inside again where no list has them any more."""


class EntryImport(ContractFile):
    """A file of who entered and left a site and when. Whoever may not enter at that time is put aside, with every
    condition that fails; an undo puts people where they were before, unless something later is known of them."""

    name: ClassVar[str] = "sites.entries"
    action: ClassVar[str] = ADMIT_PEOPLE
    label = _("Entries and exits of a site")
    table = ENTRIES
    staging: ClassVar[Mapping[str, str]] = {
        "contract_id": "uuid NOT NULL",
        "person_id": "uuid NOT NULL",
        "way": "text NOT NULL",
        "occurred_at": "timestamptz NOT NULL",
        "mask": "bytea NOT NULL",  # of the document's number, for the count of what is tried
    }
    target: ClassVar[Target] = Target(
        table="sites_passage",
        key=("person_id", "occurred_at", "way", "contract_id"),
        columns=("person_id", "occurred_at", "way", "contract_id"),
        replaced=(),
        compared=(),
        stamps_new=("recorded_at",),
        generated={"id": "gen_random_uuid()"},
        held=_LATER,
    )

    def parser(self, setting: Setting) -> TimedParser:
        return TimedParser(ENTRIES, self.contract(setting), setting, time="occurred_at")

    def judge(self, staging: str, setting: Setting) -> Mapping[int, Sequence[Refusal]]:
        found = rows_of(f"SELECT row_no, person_id, way, occurred_at FROM {staging}")
        stated = [Stated(row, person, Way(way), at) for row, person, way, at in found]
        return pass_all(self.contract(setting), stated, actor=setting.actor, at=setting.at)

    def may_undo(self, setting: Setting) -> bool:
        hold_stays()  # before the table of the import is locked, as whoever passes does
        written = Passage.objects.filter(import_id=setting.import_id)
        return self.reaches_people(written.values_list("contract_id", "person_id"), setting)

    def after_merge(self, staging: str, setting: Setting) -> None:
        passed = [who for (who,) in rows_of(f"SELECT person_id FROM {staging} WHERE outcome = 'new'")]
        contract = self.contract(setting)
        tallies.follow_people(passed, at=setting.at)
        audit.record(TAKEN, actor=setting.actor, at=setting.at, object_id=contract.id, count=len(passed))

    def after_undo(self, setting: Setting) -> None:
        take_back(f"undo:{setting.import_id}", setting.at)

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:  # noqa: ARG002
        return []  # what happened is there or not
