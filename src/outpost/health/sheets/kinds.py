"""The kinds of files of facts: tests, vaccinations, declarations, dispositions."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from outpost.core import clock
from outpost.core.clock import local_day, zone
from outpost.core.errors import Refusal
from outpost.core.sheets.columns import Column, ColumnKind, Sheet
from outpost.core.whole_days import is_whole_day
from outpost.exchange.kinds import Difference, ImportKind, Setting
from outpost.fields import sheets as fields
from outpost.fields.specs import FieldSpec
from outpost.health import errors, followers, latest, services
from outpost.health.actions import RECORD_DISPOSITIONS
from outpost.health.columns import DECLARATIONS, DISPOSITIONS, TESTS, VACCINATIONS, declarations_with
from outpost.health.models import Declaration, DispositionRecord, TestRecord, Vaccination
from outpost.health.queries import facts, questions
from outpost.health.services.dispositions import BROUGHT
from outpost.health.services.proposals import tell_who_decides
from outpost.health.sheets.declared import DeclarationParser, DispositionParser
from outpost.health.sheets.records import TestParser, VaccinationParser


class _FactImport(ImportKind):
    """A file of facts: `kept` follows what it changes."""

    action = services.RECORD
    kept: ClassVar[latest.Kept]
    columns: ClassVar[Sheet]

    def sheet(self, params: Mapping[str, str]) -> Sheet:  # noqa: ARG002 - these files need no choice
        return self.columns

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
        return _differences(self.columns, before, after)

    def before_merge(self, staging: str, setting: Setting) -> None:  # noqa: ARG002 - the rows say it all
        self.kept.before_merge(staging)

    def after_merge(self, staging: str, setting: Setting) -> None:  # noqa: ARG002 - the rows say it all
        self.kept.after_merge(staging)

    def concerned(self, staging: str, setting: Setting) -> int | None:
        return followers.concerned(f"SELECT person_id FROM {staging}", setting.actor)

    def after_undo(self, setting: Setting) -> None:
        self.kept.after_undo(str(setting.import_id))


class TestImport(_FactImport):
    """`health.tests`: a file of test records."""

    __test__ = False
    name = "health.tests"
    label = gettext_lazy("Test records")
    staging = services.TEST_STAGING
    target = services.TESTS
    kept = latest.TESTS
    columns = TESTS

    def parser(self, setting: Setting) -> TestParser:
        reach = setting.actor.reach(self.action)
        return TestParser(at=setting.at, reach=reach, sources=facts.sources(TestRecord))


class VaccinationImport(_FactImport):
    """`health.vaccinations`: a file of vaccination records."""

    name = "health.vaccinations"
    label = gettext_lazy("Vaccination records")
    staging = services.VACCINATION_STAGING
    target = services.VACCINATIONS
    kept = latest.VACCINATIONS
    columns = VACCINATIONS

    def parser(self, setting: Setting) -> VaccinationParser:
        reach = setting.actor.reach(self.action)
        return VaccinationParser(at=setting.at, reach=reach, sources=facts.sources(Vaccination))


def _questions_now() -> list[FieldSpec]:
    return questions.specs_on(local_day(clock.now()))


class DeclarationImport(_FactImport):
    """`health.declarations`: a file of health declarations."""

    name = "health.declarations"
    label = gettext_lazy("Health declarations")
    staging = services.DECLARATION_STAGING
    target = services.DECLARATIONS
    kept = latest.DECLARATIONS
    columns = DECLARATIONS

    def sheet(self, params: Mapping[str, str]) -> Sheet:  # noqa: ARG002 - these files need no choice
        return declarations_with(_questions_now())

    def parser(self, setting: Setting) -> DeclarationParser:
        reach = setting.actor.reach(self.action)
        return DeclarationParser(
            at=setting.at, reach=reach, sources=facts.sources(Declaration), questions=_questions_now()
        )

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
        own = [one.spec for one in questions.in_order()]
        answered = (before.get("answers") or {}, after["answers"] or {})
        return super().differences(before, after) + fields.differences(own, *answered)


class DispositionImport(_FactImport):
    """`health.dispositions`: a file of dispositions; they count on the word of two (`services.dispositions`)."""

    name = "health.dispositions"
    action = RECORD_DISPOSITIONS
    label = gettext_lazy("Dispositions")
    staging = services.DISPOSITION_STAGING
    target = services.DISPOSITIONS
    kept = latest.DISPOSITIONS
    columns = DISPOSITIONS

    def parser(self, setting: Setting) -> DispositionParser:
        return DispositionParser(at=setting.at, agreed_by=setting.actor.id if setting.actor.is_system else "")

    def after_merge(self, staging: str, setting: Setting) -> None:
        """They hold nobody before another officer agrees: whoever may do so is told where."""
        super().after_merge(staging, setting)
        if self.waits_at(setting.import_id):
            tell_who_decides(BROUGHT, setting.at, page="health:passes")

    def waits_at(self, import_id: UUID) -> str:
        waiting = DispositionRecord.objects.filter(import_id=import_id, agreed_at__isnull=True)
        return reverse("health:passes") if waiting.exists() else ""

    def may_undo(self, setting: Setting) -> bool:
        """Raises DISPOSITIONS_AGREED where a second officer's word lies on a row."""
        written = DispositionRecord.objects.filter(import_id=setting.import_id)
        if written.exclude(agreed_by="").exclude(agreed_by__startswith="system:").exists():
            raise Refusal(errors.DISPOSITIONS_AGREED)
        return True


_STORED_AS = {
    "document_number": "person_id",
    "product": "product_id",
    "status": "is_withdrawn",
    "risk_area": "was_in_risk_area",
    "last_day": "stated_ends_at",
}
_NOT_SHOWN = frozenset({"document_type", "name", "phone", "home", "sent_from"})


_SAID = {"status": ("active", "withdrawn"), "risk_area": ("no", "yes")}


def _differences(sheet: Sheet, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """The changed fields of a record. Another person is only said to be another: no number is kept to show."""
    language = get_language()
    changes: list[Difference] = []
    for column in sheet.columns:
        stored = _STORED_AS.get(column.name, column.name)
        old, new = before.get(stored), after.get(stored)  # a version may be older than the column
        if column.name in _NOT_SHOWN or old == new:
            continue
        was, becomes = _shown(column, old, language), _shown(column, new, language)
        if column.name == "document_number":
            was, becomes = _("one person"), _("another person")
        if was != becomes:
            changes.append(Difference(column.header(language), was, becomes))
    return changes


def _shown(column: Column, value: Any, language: str | None) -> str:
    if isinstance(value, bool):
        value = _SAID[column.name][value]
    if isinstance(value, list):
        return "、".join(value) or "—"
    if value is None or value == "":
        return "—"
    if column.choices:
        labels = (choice.label(language) for choice in column.choices if choice.code == str(value))
        return next(labels, "—")  # a ground of before the list
    if column.kind is ColumnKind.DATETIME or column.name == "last_day":
        instant = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        local = instant.astimezone(zone())
        if column.name == "last_day":
            return (local.date() - timedelta(days=1)).isoformat()
        return local.strftime("%Y-%m-%d" if is_whole_day(local) else "%Y-%m-%d %H:%M")
    return str(value)
