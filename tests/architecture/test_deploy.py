"""What deploy/ and the guides say fits the product: names of settings, limits, paths, hardening."""

import re
from configparser import RawConfigParser
from pathlib import Path

import pytest
import yaml

from outpost.cli import COMMANDS
from outpost.config.env import Env

pytestmark = pytest.mark.rules

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
SETTINGS = {str(field.alias) for field in Env.model_fields.values()}
NOT_OFFERED = {"OUTPOST_DEBUG", "OUTPOST_DEMO", "OUTPOST_DB_USER", "OUTPOST_COPY", "OUTPOST_LANE", "LANG"}
"""Not for a server with a database of its own, or set by the system."""
UNITS = sorted(DEPLOY.glob("systemd/*.service"))


def texts() -> dict[str, str]:
    files = [path for path in DEPLOY.rglob("*") if path.is_file()] + sorted(ROOT.glob("docs/how-to/*.md"))
    return {str(path.relative_to(ROOT)): path.read_text() for path in files}


def unit(path: Path) -> dict[str, str]:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path)
    return dict(parser["Service"])


def test_every_setting_that_is_named_exists() -> None:
    name = re.compile(r"\b(?:OUTPOST_[A-Z_]+|DATABASE_[A-Z]\w*|PASSCODE_\w+)\b")
    unknown = {
        (path, found)
        for path, text in texts().items()
        for found in name.findall(text)
        if found not in SETTINGS
    }
    assert unknown == set()


def test_the_example_offers_every_setting_once() -> None:
    lines = (DEPLOY / "outpost.env.example").read_text().splitlines()
    offered = [line.lstrip("#").partition("=")[0] for line in lines if re.match(r"#?[A-Z_]+=", line)]
    assert sorted(offered) == sorted(SETTINGS - NOT_OFFERED)


def test_the_example_is_valid_and_its_comments_show_the_defaults() -> None:
    lines = (DEPLOY / "outpost.env.example").read_text().splitlines()
    given = dict(line.lstrip("#").split("=", 1) for line in lines if re.match(r"#?[A-Z_]+=", line))
    env = Env.model_validate(given)
    assert env.is_production
    assert env.tls == "proxy"
    for line in lines:
        if re.match(r"#[A-Z_]+=", line) and not line.startswith("#OUTPOST_OUTGOING_HOSTS="):
            name, _equals, value = line[1:].partition("=")
            (field,) = [field for field in Env.model_fields.values() if field.alias == name]
            assert value == str(field.default), name


def test_the_proxy_lets_the_largest_file_in_and_answers_for_the_address() -> None:
    text = (DEPLOY / "nginx/outpost.conf").read_text()
    found = re.search(r"client_max_body_size (\d+)m;", text)
    assert found is not None
    assert int(found[1]) > int(Env.model_fields["import_max_mib"].default)
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in text


def test_every_command_that_is_named_exists() -> None:
    command = re.compile(r"(?:`|outpost )outpost ([a-z-]+)")
    named = {(path, name) for path, text in texts().items() for name in command.findall(text)}
    assert {name for _path, name in named} >= {"init", "up", "backup", "restore", "doctor"}
    assert {(path, name) for path, name in named if name not in COMMANDS} == set()


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_units_are_hardened_and_call_our_commands(path: Path) -> None:
    service = unit(path)
    assert service["User"] == "outpost"
    assert service["NoNewPrivileges"] == service["PrivateTmp"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    called = re.search(r"/opt/outpost/\.venv/bin/outpost (\w+)", service["ExecStart"])
    assert called is not None
    assert called[1] in COMMANDS


def test_nobody_but_the_proxy_reaches_us() -> None:
    assert "--host 127.0.0.1" in unit(DEPLOY / "systemd/outpost.service")["ExecStart"]
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    assert services["proxy"]["network_mode"] == "service:outpost"
    assert '"--host", "127.0.0.1"' in (DEPLOY / "Dockerfile").read_text()
    assert [name for name, service in services.items() if "ports" in service] == ["outpost"]


def test_what_compose_mounts_is_there() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    sources = {volume.split(":")[0] for service in services.values() for volume in service["volumes"]}
    own = {source for source in sources if source.startswith("./")} - {"./tls"}
    assert own
    assert [source for source in own if not (DEPLOY / source).is_file()] == []
    wanted = {service["env_file"] for service in services.values() if "env_file" in service}
    assert [name for name in wanted if not (DEPLOY / f"{name}.example").is_file()] == []
