"""What all commands share: --data, --json, --lang, the answer on standard output, refusals and exit codes."""

import functools
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import click
import orjson

from outpost.config import env
from outpost.core.keyfile import KeyFileError
from outpost.server.faults import ServerError, ToldError, of_machine
from outpost.server.os_account import require_own

DONE, REFUSED = 0, 1
"""Exit codes; wrong use is 2, by click."""


@dataclass(frozen=True, slots=True)
class Call:
    """One use of a command: where the data is and how to answer."""

    data: Path
    as_json: bool
    language: str

    def progress(self, text: str) -> None:
        """Tell the person at the terminal how it goes, on standard error."""
        click.echo(text, err=True)

    def answer(self, document: Mapping[str, Any], text: str) -> None:
        """Print the answer: one JSON object with --json, else the text."""
        click.echo(orjson.dumps(document, default=str).decode() if self.as_json else text)

    def refuse(self, code: str, *messages: str, are_told: bool = False) -> NoReturn:
        """End with exit code 1 and the reasons; with --json they are the answer too."""
        for message in () if are_told else messages:
            click.echo(message, err=True)
        if self.as_json:
            click.echo(orjson.dumps({"error": code, "messages": messages}).decode())
        sys.exit(REFUSED)


def command(function: Callable[..., int | None]) -> Callable[..., None]:
    """Turn `function(call, **options) -> exit code or None` into the callback of a click command."""

    @click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False, readable=False),  # whose it is, is said below
        help="Data directory (var/).",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")
    @click.option(
        "--lang", type=click.Choice(["zh", "en"]), help="Language of messages (from LANG, else zh)."
    )
    @functools.wraps(function)
    def run(*, data: Path | None, as_json: bool, lang: str | None, **options: Any) -> None:
        call = prepare_call(data, as_json=as_json, lang=lang)
        try:
            require_own(call.data)
            code = function(call, **options)
        except ServerError as error:
            fault = error
        except KeyFileError as error:
            fault = ServerError.of_keys(error)
        except OSError as error:
            fault = of_machine(error)
        else:
            sys.exit(code or DONE)
        call.refuse("server.refused", fault.message(call.language), are_told=isinstance(fault, ToldError))

    return run


def prepare_call(data: Path | None, *, as_json: bool = False, lang: str | None = None) -> Call:
    """Settle the data directory for this process and its children, and the language of messages."""
    directory = (data or env.load().data).absolute()
    env.put(OUTPOST_DATA=str(directory))
    settings = env.load()
    wants_english = settings.language == "en" or settings.locale.startswith("en")
    language = {"zh": "zh_Hans", "en": "en"}.get(lang or "", "en" if wants_english else "zh_Hans")
    return Call(directory, as_json, language)
