"""`outpost doctor`: check this installation and say how to mend it."""

import click
from django.utils import translation

from outpost.commands.base import DONE, REFUSED, Call, command
from outpost.config import env
from outpost.core import clock
from outpost.server.health_checks import examine

_SIGNS = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}


@click.command()
@command
def doctor(call: Call) -> int:
    """Check settings, keys, disk, database, queue, backups, channels; each line says how to mend what is wrong."""
    with translation.override("en" if call.language == "en" else "zh-hans"):
        found = examine(env.load(), call.data, at=clock.now())
        findings = [finding.render() for finding in found]
    lines = []
    for finding in findings:
        lines.append(f"{_SIGNS[finding['state']]}  {finding['name']}: {finding['found']}")
        if finding["mend"]:
            lines.append(f"      → {finding['mend']}")
    has_failed = any(finding["state"] == "fail" for finding in findings)
    call.answer({"ok": not has_failed, "findings": findings}, "\n".join(lines))
    return REFUSED if has_failed else DONE
