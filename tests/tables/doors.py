"""The three doors by which a table comes in, each giving what it says in one form."""

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from outpost.commands import imports
from outpost.commands.base import Call
from outpost.core.errors import Refusal, problem_of
from outpost.exchange import files, services
from outpost.exchange.models import Import
from outpost.health.tests.records import make_token, ndjson, outcomes, post
from outpost.testing.browsers import sign_in
from outpost.testing.cast import NOON, Cast

NAMES = {"tests": "health.tests", "vaccinations": "health.vaccinations"}
DOORS = ("command", "page", "api")
LANGUAGES = ("zh-hans", "en")
LATER = NOON + timedelta(minutes=5)
# That a name is another tells whose number is known: a check alone does not say it (T11).
TOLD_ONCE_WRITTEN = {"health.other_name"}


@dataclass
class Said:
    """What a door says of a table: counts, what it warns of, the words and codes of what is wrong."""

    counts: tuple[int, int, int, int] = (0, 0, 0, 0)
    warnings: Mapping[str, int] = field(default_factory=dict)
    words: str = ""
    codes: Sequence[str] = ()
    refused: str = ""
    lines: int | None = None

    def tells(self, code: str, language: str) -> bool:
        """Whether it says what is wrong, by its code or in the words of the language."""
        if code in self.codes or code == self.refused:
            return True
        with override(language):
            parts = re.split(r"\{\w+\}", str(problem_of(code).message))
        return all(part.strip() in self.words for part in parts)


def _kind(kind: str) -> str:
    return NAMES.get(kind, f"sentinel.{kind}")


def _params(kind: str) -> dict[str, str]:
    return {} if kind in NAMES else {"category": "cast-cold"}


def _workbook_words(path: Path | None) -> str:
    if path is None or not path.is_file():
        return ""
    rows = [row for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows(values_only=True)]
    return "\n".join(str(cell) for row in rows for cell in row if cell is not None)


@dataclass
class Doors:
    """The cast before the doors, with a folder for files."""

    cast: Cast
    folder: Path
    capsys: pytest.CaptureFixture[str]

    def through(
        self, door: str, kind: str, content: bytes, lines: Sequence[Mapping[str, Any]], language: str
    ) -> Said:
        """Bring a table by a door: `command`, `page` or `api`, in a language."""
        with override(language):
            if door == "api":
                return self._api(kind, lines, language)
            return getattr(self, f"_{door}")(kind, content, language)  # type: ignore[no-any-return]

    def _command(self, kind: str, content: bytes, language: str) -> Said:
        path = self.folder / "名单.csv"
        path.write_bytes(content)
        call = Call(self.folder, as_json=True, language=language)
        try:
            imports.answer(call, _kind(kind), path, **_params(kind))
        except Refusal as refusal:
            return Said(refused=refusal.code, words=refusal.message)
        told = json.loads(self.capsys.readouterr().out)
        assert told["read"] == sum(told[name] for name in ("new", "replaced", "unchanged", "rejected"))
        counts = (told["new"], told["replaced"], told["unchanged"], told["rejected"])
        words = _workbook_words(told["failures"] and Path(told["failures"]))
        return Said(counts, told["warnings"], words, lines=told["lines"])

    def _page(self, kind: str, content: bytes, language: str) -> Said:
        client = Client(headers={"accept-language": language})
        sign_in(client, self.cast.users["feeder" if kind in NAMES else "command"])
        query = "&".join(f"{name}={value}" for name, value in _params(kind).items())
        where = reverse("exchange:new_import", args=[_kind(kind)])
        client.post(f"{where}?{query}", {"file": SimpleUploadedFile("名单.csv", content)})
        task = Import.objects.latest("created_at", "id")
        services.check_import(task.id, at=LATER)
        page = reverse("exchange:import", args=[task.id])
        summary = html.unescape(client.get(page).content.decode())
        task.refresh_from_db()
        if task.refusal:
            return Said(refused=task.refusal["code"], words=summary)
        counts = (task.new, task.replaced, task.unchanged, task.rejected)
        client.post(reverse("exchange:confirm", args=[task.id]))
        services.apply_import(task.id, at=LATER)
        task.refresh_from_db()
        assert counts == (task.new, task.replaced, task.unchanged, task.rejected)
        finished = html.unescape(client.get(page).content.decode())
        for code in task.warnings:
            assert Said(words=finished).tells(code, language), code
            assert Said(words=summary).tells(code, language) is (code not in TOLD_ONCE_WRITTEN), code
        words = _workbook_words(files.failure_file(task.id))
        return Said(counts, task.warnings, words, lines=task.lines)

    def _api(self, kind: str, lines: Sequence[Mapping[str, Any]], language: str) -> Said:
        answered = outcomes(post(Client(), kind, ndjson(*lines), accept_language=language))
        found = [one["outcome"] for one in answered]
        counts = tuple(found.count(name) for name in ("new", "replaced", "unchanged", "rejected"))
        warnings: dict[str, int] = {}
        for one in answered:
            for warning in one["warnings"]:
                warnings[warning["code"]] = warnings.get(warning["code"], 0) + 1
        codes = [told["code"] for one in answered for told in (*one["faults"], *one["warnings"])]
        return Said(counts, warnings, codes=codes)  # type: ignore[arg-type]  # four of them


def open_doors(cast: Cast, folder: Path, capsys: pytest.CaptureFixture[str]) -> Doors:
    """The doors, with a token for the third."""
    make_token()
    return Doors(cast, folder, capsys)
