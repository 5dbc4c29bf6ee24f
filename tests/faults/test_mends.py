"""What `outpost doctor` advises is done to the letter, and helps."""

import re
import shlex
from collections.abc import Iterator

import pytest

from tests.faults.installation import Installation, an_installation

pytestmark = pytest.mark.slow

COMMAND = re.compile(r"outpost ((?!up\b)[a-z]+[^.]*)$")  # `outpost up` is what runs meanwhile
OLD_PURGE = (
    "INSERT INTO audit_purge (id, kind, actor_label, started_at, finished_at, first_kept, counts, certificate)"
    " VALUES (gen_random_uuid(), 'purge', 'test', now() - interval '90 days', now() - interval '90 days',"
    """ '{"days": {}, "parts": []}', '{}', '{}') RETURNING 1"""
)


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with an_installation() as found:
        yield found


def advice(installation: Installation) -> dict[str, str]:
    """By name of the check, the command that it advises."""
    findings = installation.run("doctor", "--json", "--lang", "en").document["findings"]
    return {
        finding["name"]: found[1]
        for finding in findings
        if finding["state"] != "ok" and (found := COMMAND.search(finding["mend"]))
    }


def test_every_command_that_is_advised_mends_what_it_was_advised_for(installation: Installation) -> None:
    installation.rows(OLD_PURGE)
    (installation.data / "prepared.json").unlink()
    wanted, followed = {"migrations", "backup", "drill", "key copies", "retention"}, set()
    places = {"FILE": str(installation.data / "kept.backup"), "COPY": str(installation.data / "keys.json")}
    while asked := {name: one for name, one in advice(installation).items() if name not in followed}:
        name = min(asked, key=lambda one: (one != "migrations", one))
        done = installation.run(*(places.get(word, word) for word in shlex.split(asked[name])))
        assert done.code == 0, (name, asked[name], done.err)
        followed.add(name)
        assert name not in advice(installation), (name, asked[name])
    assert followed == wanted
