"""Translations: `python tools/messages.py check | update | compile`.

Source strings are English, in Python (gettext) and templates ({% translate %}). Each module keeps its own
Chinese in `src/outpost/<module>/locale/zh_Hans/LC_MESSAGES/django.po`; Django joins them, so a string that
two modules use is translated in one of them.

    check     lists what is untranslated, obsolete, translated in two ways, or has other placeholders; exit 1
    update    adds the missing strings, untranslated and sorted, to the file of the module that uses them
    compile   writes the .mo files that Django reads
"""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

SOURCE = Path(__file__).resolve().parents[1] / "src" / "outpost"
LOCALE = "zh_Hans"
CATALOGUE = Path("locale", LOCALE, "LC_MESSAGES", "django.po")
HEADER = """msgid ""
msgstr ""
"Language: zh_Hans\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""
# Function name -> which argument is the singular, the plural, the context (1 = first).
FORMS: Mapping[str, tuple[int, int | None, int | None]] = {
    "_": (1, None, None),
    "gettext": (1, None, None),
    "gettext_lazy": (1, None, None),
    "gettext_noop": (1, None, None),
    "ngettext": (1, 2, None),
    "ngettext_lazy": (1, 2, None),
    "pgettext": (2, None, 1),
    "pgettext_lazy": (2, None, 1),
    "npgettext": (2, 3, 1),
    "npgettext_lazy": (2, 3, 1),
}
KEYWORDS: dict[str, Any] = dict.fromkeys(FORMS)
PLACEHOLDER = re.compile(r"\{[^{}]*\}|%\(\w+\)[a-z]|%[sd]")


@dataclass(frozen=True, slots=True)
class Text:
    """One source string. Two places that say the same are one text."""

    singular: str
    plural: str = ""
    context: str = ""


def modules() -> list[Path]:
    return sorted(path for path in SOURCE.iterdir() if (path / "__init__.py").exists())


def _source_files(module: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(module.rglob("*.py")):
        if "tests" not in path.parts and "migrations" not in path.parts:
            yield path, path.read_bytes()
    for path in sorted(module.rglob("*.html")):
        if "tests" not in path.parts:
            calls = templatize(path.read_text("utf-8"), origin=str(path))
            # the indentation of a template is none of Python's
            yield path, "\n".join(line.strip() for line in calls.splitlines()).encode()


def _text_of_call(function: str, arguments: Any) -> Text | None:
    """The text that a call names; None when it does not name it in place (a variable)."""
    parts = arguments if isinstance(arguments, tuple) else (arguments,)
    named = [parts[place - 1] if place and place <= len(parts) else "" for place in FORMS[function]]
    return Text(*named) if named[0] and all(isinstance(part, str) for part in named) else None


def used_by(module: Path) -> set[Text]:
    """Every text that the Python and the templates of a module pass to gettext."""
    texts = set()
    for _path, source in _source_files(module):
        for _line, function, arguments, _comments in extract_python(BytesIO(source), KEYWORDS, [], {}):
            text = _text_of_call(str(function), arguments)
            if text is not None:
                texts.add(text)
    return texts


def catalogue_of(module: Path) -> Catalog:
    path = module / CATALOGUE
    if not path.exists():
        return Catalog(locale=LOCALE)
    with path.open("rb") as file:
        return read_po(file, locale=LOCALE, abort_invalid=True)


def _text_of(message: Message) -> Text:
    singular, plural = message.id if isinstance(message.id, tuple) else (message.id, "")
    return Text(str(singular), str(plural), message.context or "")


def _translation(message: Message) -> str:
    string = message.string
    return (string[0] if isinstance(string, tuple | list) else string) or ""


def translations(module: Path) -> dict[Text, str]:
    """What the module's file says, the untranslated ones with an empty text."""
    return {_text_of(message): _translation(message) for message in catalogue_of(module) if message.id}


def faults() -> list[str]:
    """One line for each thing that is wrong with the translations; empty when all is well."""
    used = {module: used_by(module) for module in modules()}
    said = {module: translations(module) for module in modules()}
    found: list[str] = []
    everywhere: dict[Text, str] = {}
    for module, texts in said.items():
        for text, chinese in texts.items():
            if text not in used[module]:
                found.append(f"{module.name}: obsolete: {text.singular!r}")
            if chinese and everywhere.setdefault(text, chinese) != chinese:
                found.append(f"{module.name}: translated in two ways: {text.singular!r}")
            expected = set(PLACEHOLDER.findall(text.plural or text.singular))
            if chinese and set(PLACEHOLDER.findall(chinese)) != expected:
                found.append(f"{module.name}: placeholders differ: {text.singular!r} and {chinese!r}")
    for module, wanted in used.items():
        missing = (text for text in wanted if not everywhere.get(text))
        found += (f"{module.name}: untranslated: {text.singular!r}" for text in missing)
    return sorted(found)


def update() -> int:
    """Add what is missing to the files; returns how many texts wait for a translation."""
    known = {text for module in modules() for text in translations(module)}
    added = 0
    for module in modules():
        missing = used_by(module) - known
        if not missing:
            continue
        catalogue = catalogue_of(module)
        for text in missing:
            ident = (text.singular, text.plural) if text.plural else text.singular
            catalogue.add(ident, context=text.context or None)
        known |= missing
        added += len(missing)
        _write(module / CATALOGUE, catalogue)
    return added


def _write(path: Path, catalogue: Catalog) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    for message in catalogue:
        message.flags.clear()
    buffer = BytesIO()
    write_po(buffer, catalogue, width=110, omit_header=True, sort_output=True, no_location=True)
    path.write_text(HEADER + buffer.getvalue().decode().strip() + "\n", "utf-8")


def compile_all() -> int:
    """Write the .mo beside each .po; returns how many."""
    paths = [module / CATALOGUE for module in modules() if (module / CATALOGUE).exists()]
    for path in paths:
        with path.open("rb") as source, path.with_suffix(".mo").open("wb") as target:
            write_mo(target, read_po(source, locale=LOCALE, abort_invalid=True))
    return len(paths)


def main(arguments: list[str]) -> int:
    match arguments:
        case ["check"]:
            lines = faults()
            sys.stdout.writelines(f"{line}\n" for line in lines)
            return 1 if lines else 0
        case ["update"]:
            sys.stdout.write(f"{update()} texts wait for a translation\n")
            return 0
        case ["compile"]:
            sys.stdout.write(f"{compile_all()} files written\n")
            return 0
    sys.stderr.write(__doc__ or "")
    return 2


if __name__ == "__main__":
    settings.configure(USE_I18N=False)
    sys.exit(main(sys.argv[1:]))
