"""Rights and categories from the server's own terminal: what they do, and what they refuse with which exit code."""

import json
from typing import Any
from uuid import uuid4

import pytest

from outpost.access.queries import secret_hash
from tests.faults.installation import CATEGORY, Done, Installation

pytestmark = pytest.mark.slow

DONE, REFUSED, WRONG_USE = 0, 1, 2
EVERYTHING = ("--scope", "everything")


def document(done: Done) -> dict[str, Any]:
    """The one object of a command that has done its work."""
    assert done.code == DONE, done.err
    return done.document


def refusal(done: Done) -> str:
    """The code of a refusal: told in words on standard error, as one object on standard output."""
    assert done.code == REFUSED, done.err
    assert done.err.strip()
    found = json.loads(done.out)
    assert found["messages"]
    return str(found["error"])


def audited(installation: Installation, object_id: str) -> list[str]:
    query = "SELECT action FROM audit_entry WHERE object_id = %s AND actor_id = 'system:command-line' ORDER BY seq"
    return [action for (action,) in installation.rows(query, [object_id])]


# --- token ------------------------------------------------------------------------------------------------------


def test_a_token_is_made_and_its_secret_stored_nowhere(installation: Installation) -> None:
    made = document(
        installation.run(
            *("token", "create", "--role", "feeder", "--scope", "source:lims-a"),
            *("--label", "lims", "--days", "30", "--json"),
        )
    )
    assert (made["role"], made["scope"], made["label"]) == ("feeder", "source:lims-a", "lims")
    query = "SELECT secret_hash, extract(day FROM expires_at - created_at)::int FROM access_apitoken WHERE id = %s"
    assert installation.rows(query, [made["id"]]) == [(secret_hash(made["token"]), 30)]
    assert audited(installation, made["id"]) == ["access.token_created"]
    assert document(installation.run("token", "revoke", made["id"], "--json")) == {"id": made["id"]}
    ((is_revoked,),) = installation.rows(
        "SELECT revoked_at IS NOT NULL FROM access_apitoken WHERE id = %s", [made["id"]]
    )
    assert is_revoked


def test_a_script_gets_the_bare_secret(installation: Installation) -> None:
    done = installation.run("token", "create", "--role", "feeder", *EVERYTHING)
    assert done.code == DONE
    (secret,) = done.out.splitlines()
    query = "SELECT count(*) FROM access_apitoken WHERE secret_hash = %s"
    assert installation.rows(query, [secret_hash(secret)]) == [(1,)]
    assert secret not in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("token", "create"),
        ("token", "create", "--role", "feeder"),
        ("token", "create", "--role", "king", *EVERYTHING),
        ("token", "create", "--role", "feeder", *EVERYTHING, "--days", "0"),
        ("token", "create", "--role", "feeder", *EVERYTHING, "--days", "soon"),
        ("token", "create", "--role", "feeder", *EVERYTHING, "more"),
        ("token", "revoke", "no-uuid"),
        ("token",),
        ("user", "create"),
        ("user", "grant", "somebody", "--role", "town"),
        ("user", "grant", "somebody", "--role", "king", *EVERYTHING),
        ("user", "disable"),
        ("user", "reset-password"),
        ("user", "nothing"),
        ("category", "set"),
        ("category", "set", "a", "b"),
        ("category", "set", CATEGORY, "--rule"),
        ("category", "set", CATEGORY, "--counts-nothing"),
    ],
    ids=" ".join,
)
def test_wrong_use_ends_with_2_and_changes_nothing(
    installation: Installation, arguments: tuple[str, ...]
) -> None:
    query = "SELECT count(*), max(seq) FROM audit_entry"
    before = installation.rows(query)
    done = installation.run(*arguments)
    assert done.code == WRONG_USE, (done.out, done.err)
    assert "Usage:" in done.out + done.err
    assert installation.rows(query) == before


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--role", "security", *EVERYTHING), "access.token_role"),
        (("--role", "town", *EVERYTHING), "access.scope_unfit"),
        (("--role", "feeder", "--scope", "region:999999"), "access.scope_unknown"),
        (("--role", "feeder", "--scope", "nonsense"), "access.scope_unknown"),
    ],
)
def test_a_token_that_may_not_be_is_refused(
    installation: Installation, arguments: tuple[str, ...], code: str
) -> None:
    before = installation.rows("SELECT count(*) FROM access_apitoken")
    assert refusal(installation.run("token", "create", *arguments, "--json")) == code
    assert installation.rows("SELECT count(*) FROM access_apitoken") == before
    assert refusal(installation.run("token", "revoke", str(uuid4()), "--json")) == "core.not_found"


# --- user -------------------------------------------------------------------------------------------------------


def test_an_account_is_made_given_a_right_and_disabled(installation: Installation) -> None:
    made = document(installation.run("user", "create", "Terminal.One", "--name", "二所", "--json"))
    assert made["username"] == "terminal.one"
    assert len(made["initial_password"]) >= 12
    given = document(
        installation.run(
            "user", "grant", "terminal.one", "--role", "town", "--scope", "region:440115001", "--json"
        )
    )
    assert {name: given[name] for name in ("username", "role", "scope")} == {
        "username": "terminal.one",
        "role": "town",
        "scope": "region:440115001",
    }
    assert document(installation.run("user", "disable", "terminal.one", "--json"))["id"] == made["id"]
    query = "SELECT is_active, must_change_password, display_name FROM access_user WHERE id = %s"
    assert installation.rows(query, [made["id"]]) == [(False, True, "二所")]
    assert audited(installation, made["id"]) == [
        "access.account_created",
        "access.granted",
        "access.account_disabled",
    ]


def test_a_new_initial_password_takes_the_place_of_the_old_one(installation: Installation) -> None:
    done = installation.run("user", "create", "terminal.two")
    assert done.code == DONE
    username, first = done.out.strip().split("\t")
    before = installation.rows("SELECT password FROM access_user WHERE username = %s", [username])
    again = installation.run("user", "reset-password", username)
    assert again.code == DONE
    assert again.out.strip().split("\t")[0] == username
    assert again.out.strip().split("\t")[1] != first
    assert installation.rows("SELECT password FROM access_user WHERE username = %s", [username]) != before


def test_an_account_that_may_not_be_is_refused(installation: Installation) -> None:
    document(installation.run("user", "create", "terminal.three", "--json"))
    town = ("--role", "town", "--scope", "region:440115001")
    cases = [
        (("create", "TERMINAL.three"), "access.username_taken"),
        (("create", "a b"), "access.username_malformed"),
        (("grant", "nobody.at.all", *town), "core.not_found"),
        (("grant", "terminal.three", "--role", "town", *EVERYTHING), "access.scope_unfit"),
        (("disable", "nobody.at.all"), "core.not_found"),
        (("reset-password", "nobody.at.all"), "core.not_found"),
    ]
    for arguments, code in cases:
        assert refusal(installation.run("user", *arguments, "--json")) == code, arguments
    document(installation.run("user", "grant", "terminal.three", *town, "--json"))
    assert (
        refusal(installation.run("user", "grant", "terminal.three", *town, "--json"))
        == "access.already_granted"
    )
    clash = ("--role", "auditor", *EVERYTHING)
    assert (
        refusal(installation.run("user", "grant", "terminal.three", *clash, "--json"))
        == "access.duties_clash"
    )


# --- category ---------------------------------------------------------------------------------------------------


def test_a_category_is_made_and_changed_and_what_is_not_given_stays(installation: Installation) -> None:
    made = document(
        installation.run(
            *("category", "set", "terminal-ports", "--name", "口岸（终端）", "--rule", "3/2"),
            *("--department", "terminal-bureau:终端局", "--counts-days", "--judges-new-joiners", "--json"),
        )
    )
    expected = {
        "code": "terminal-ports",
        "name": "口岸（终端）",
        "department": "terminal-bureau",
        "rule": "3/2",
        "counts_days": True,
        "judges_new_joiners": True,
    }
    assert made == expected
    changed = document(installation.run("category", "set", "terminal-ports", "--rule", "7/1", "--json"))
    assert changed == expected | {"rule": "7/1"}
    off = document(
        installation.run(
            "category",
            "set",
            "terminal-ports",
            "--rule",
            "off",
            "--counts-tests",
            "--spares-new-joiners",
            "--json",
        )
    )
    assert off == expected | {"rule": "off", "counts_days": False, "judges_new_joiners": False}
    told = installation.run("category", "set", "terminal-ports", "--name", "终端口岸")
    assert told.out == "terminal-ports\t终端口岸\toff\n", told.err
    listed = document(installation.run("category", "list", "--json"))["categories"]
    assert off | {"name": "终端口岸"} in listed


def test_job_types_get_rules_of_their_own_on_the_command_line(installation: Installation) -> None:
    made = document(
        installation.run(
            *("category", "set", "terminal-jobs", "--name", "终端岗位", "--rule", "3/2"),
            *("--job-rule", "司机=7/1", "--job-rule", "文员=off", "--json"),
        )
    )
    assert (made["rule"], made["job_rules"]) == ("3/2", {"司机": "7/1", "文员": "off"})
    told = installation.run("category", "set", "terminal-jobs", "--job-rule", "文员=none")
    assert told.out == "terminal-jobs\t终端岗位\t3/2 司机=7/1\n", told.err
    wrong = ("category", "set", "terminal-jobs", "--rule", "off", "--job-rule", "司机=40/1", "--json")
    assert refusal(installation.run(*wrong)) == "sentinel.rule_window"
    assert installation.run("category", "set", "terminal-jobs", "--job-rule", "司机").code == 2
    listed = document(installation.run("category", "list", "--json"))["categories"]
    assert made | {"job_rules": {"司机": "7/1"}} in listed  # a refusal leaves everything as it was


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("terminal-new", "--rule", "3/2"), "sentinel.category_name_empty"),
        (("Terminal New", "--name", "新"), "sentinel.category_code_form"),
        (("terminal-new", "--name", "新", "--rule", "2"), "sentinel.rule_format"),
        (("terminal-new", "--name", "新", "--rule", "0/1"), "sentinel.rule_window"),
        (("terminal-new", "--name", "新", "--department", "no-such-bureau"), "sentinel.department_unknown"),
    ],
)
def test_a_category_that_cannot_be_is_refused(
    installation: Installation, arguments: tuple[str, ...], code: str
) -> None:
    assert refusal(installation.run("category", "set", *arguments, "--json")) == code
    assert installation.rows("SELECT FROM sentinel_category WHERE code = 'terminal-new'") == []
