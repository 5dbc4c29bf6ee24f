"""每日健康 in, for the contract that the parameter names: only of people who are registered under it."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from outpost.audit.versions import OF_UNDONE
from outpost.core.clock import local_day
from outpost.core.db import rows_of
from outpost.core.errors import Refusal
from outpost.core.sheets.columns import Choice, Column, ColumnKind, Sheet
from outpost.core.sheets.parsing import Row
from outpost.core.stated import name_hash
from outpost.exchange.kinds import Difference, Setting
from outpost.exchange.target import Target
from outpost.health.daily import Method, Report, contradiction, read_symptoms, read_temperature
from outpost.health.models import DailyReport
from outpost.health.services.daily import REPORT_STAGING, REPORTS
from outpost.people import rules as people
from outpost.sites import errors
from outpost.sites.actions import REPORT_HEALTH
from outpost.sites.columns.people import WHO
from outpost.sites.models import HEALTH_SOURCE, Employer
from outpost.sites.services import daily_health, tallies
from outpost.sites.sheets.of_contract import ContractFile, TimedParser

DAILY = Sheet(
    "sites.daily_health",
    "每日健康",
    (
        *WHO,
        Column("name", "姓名", check=people.normalise_name, example="张三"),
        Column("reported_at", "时间", required=True, kind=ColumnKind.DATETIME, example="2022-06-01 08:30"),
        Column(
            "temperature",
            "体温",
            synonyms=("体温(℃)",),
            check=read_temperature,
            example="36.5",
            help=_("Empty: none was taken."),
        ),
        Column(
            "method",
            "测温方式",
            kind=ColumnKind.CHOICE,
            choices=Choice.all_of(Method),
            example="腋温",
            help=_("A fever is taken back by a later reading in the ear or under the arm alone."),
        ),
        Column(
            "symptoms",
            "症状",
            synonyms=("健康状况",),
            check=read_symptoms,
            example="无",
            help=_("Split by 、; 无: none."),
        ),
    ),
)
_NOT_HERE = """SELECT s.row_no FROM {rows} s WHERE NOT EXISTS (SELECT FROM sites_registration r
    WHERE r.contract_id = s.contract_id AND r.person_id = s.person_id AND r.removed_at IS NULL
      AND r.employer_id = ANY(%s) AND (s.name_hash IS NULL OR s.name_hash = r.name_hash))"""
"""One answer for a number that is not registered, for one of an employer beyond reach and for another name: a row finds
out nothing of either."""
_NEW = """SELECT person_id, reported_at, temperature, symptoms, is_abnormal FROM {rows} WHERE outcome = 'new'
    ORDER BY reported_at"""


class DailyHealthImport(ContractFile):
    """A file of reports. The first report of a moment stays; an abnormal one is told as that of the form."""

    name: ClassVar[str] = "sites.daily_health"
    action: ClassVar[str] = REPORT_HEALTH
    label = _("Daily health of a site")
    table = DAILY
    staging: ClassVar[Mapping[str, str]] = {
        **REPORT_STAGING,
        "contract_id": "uuid NOT NULL",
        "name_hash": "bytea",
        "is_abnormal": "boolean NOT NULL",
        "mask": "bytea NOT NULL",  # of the document's number, for the count of what is tried
    }
    target: ClassVar[Target] = REPORTS

    def parser(self, setting: Setting) -> "_Parser":
        return _Parser(DAILY, self.contract(setting), setting, time="reported_at")

    def judge(self, staging: str, setting: Setting) -> Mapping[int, Sequence[Refusal]]:
        mine = Employer.objects.visible_to(setting.actor, self.action).filter(contract=self.contract(setting))
        found = rows_of(_NOT_HERE.format(rows=staging), [list(mine.values_list("id", flat=True))])
        return {row: [Refusal(errors.NOT_OF_THIS_SITE)] for (row,) in found}

    def may_undo(self, setting: Setting) -> bool:
        written = DailyReport.objects.filter(import_id=setting.import_id)
        stated = written.values_list("source", "person_id").distinct()
        named = ((UUID(source.removeprefix(HEALTH_SOURCE)), person) for source, person in stated)
        return self.reaches_people(named, setting)

    def after_merge(self, staging: str, setting: Setting) -> None:
        new = rows_of(_NEW.format(rows=staging))
        abnormal = {who: Report(at, degrees, said) for who, at, degrees, said, is_ill in new if is_ill}
        tallies.follow_people((who for who, *_said in new), at=setting.at)
        daily_health.follow(self.contract(setting), len(new), abnormal, actor=setting.actor, at=setting.at)

    def after_undo(self, setting: Setting) -> None:
        undone = rows_of(OF_UNDONE, {"table": self.target.table, "import": str(setting.import_id)})
        tallies.follow_people((who for (who,) in undone), at=setting.at)

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:  # noqa: ARG002
        return []  # the first report of a moment stays


class _Parser(TimedParser):
    """The check of one row, and what is staged of it."""

    def compare(self, row: Row) -> None:
        values = row.values
        if not row.faults and values["temperature"] is None and values["symptoms"] is None:
            row.faults.append(self.read.complaint("temperature", errors.SAYS_NOTHING))

    def stage(self, values: dict[str, Any]) -> None:
        degrees, symptoms = values["temperature"], values["symptoms"]
        report = Report(values["reported_at"], degrees, symptoms or ())
        values |= {
            "day": local_day(report.reported_at),
            "method": values["method"] or "",
            "symptoms": list(report.symptoms),
            "is_contradictory": symptoms is not None and contradiction(degrees, symptoms) is not None,
            "source": self.contract.health_source,
            "reported_by": self.setting.actor.id,
            "name_hash": name_hash(self.keys, values["name"]) if values["name"] else None,
            "is_abnormal": report.is_abnormal,
        }
