"""The only reader of the environment. Every variable, its type and its default stand here."""

import os
import shlex
import sys
from functools import cache
from pathlib import Path
from typing import Literal, Self

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from outpost.core import retention
from outpost.core.allowed_hosts import Allowed, NotAllowedError, split_url
from outpost.core.outlines import rings_of
from outpost.core.signed_calls import LEAST_SECRET

LONGEST_LIST_HOURS = 168
_THIS_MACHINE = {"127.0.0.1", "localhost", "::1"}


class Env(BaseSettings):
    """Settings of one installation. All mistakes are reported at once by `load`."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    data: Path = Field(Path("var"), alias="OUTPOST_DATA")
    database_url: str = Field("", alias="DATABASE_URL")
    database_owner_url: str = Field("", alias="DATABASE_OWNER_URL")
    database_lane_url: str = Field("", alias="DATABASE_LANE_URL")
    database_pool: int = Field(0, alias="OUTPOST_DATABASE_POOL", ge=0, le=100)
    database_user: str = Field("", alias="OUTPOST_DB_USER")
    copy_directory: str = Field("", alias="OUTPOST_COPY")
    lane: str = Field("", alias="OUTPOST_LANE", pattern=r"^(\S+:\d{1,5})?$")
    most_of_venue: int = Field(12_000, alias="OUTPOST_MOST_OF_VENUE", ge=1)  # more than any gate lets through
    remote_metres: int = Field(1000, alias="OUTPOST_REMOTE_METRES", ge=200)  # venues are wide
    daily_health_hour: int = Field(10, alias="OUTPOST_DAILY_HEALTH_HOUR", ge=0, le=23)
    gate_list_hours: int = Field(72, alias="OUTPOST_GATE_LIST_HOURS")
    manager_reminders: Literal["on", "off"] = Field("on", alias="OUTPOST_MANAGER_REMINDERS")
    weak_run: int = Field(20, alias="OUTPOST_WEAK_RUN", ge=2)
    weak_run_seconds: int = Field(60, alias="OUTPOST_WEAK_RUN_SECONDS", ge=1, le=3600)
    region: str = Field("440115", alias="OUTPOST_REGION", pattern=r"^\d{2}(\d{2}){0,2}$")
    authority: str = Field("", alias="OUTPOST_AUTHORITY", max_length=60)
    outline: str = Field("", alias="OUTPOST_OUTLINE")
    time_zone: str = Field("Asia/Shanghai", alias="OUTPOST_TIME_ZONE")
    language: Literal["zh-hans", "en"] = Field("zh-hans", alias="OUTPOST_LANGUAGE")
    passcode_reuse: Literal["device", "any", "off"] = Field("device", alias="PASSCODE_REUSE")
    second_factor: Literal["required", "off"] = Field("required", alias="OUTPOST_SECOND_FACTOR")
    crypto: Literal["aes", "gm"] = Field("aes", alias="OUTPOST_CRYPTO")
    import_max_mib: int = Field(50, alias="OUTPOST_IMPORT_MAX_MIB", ge=1, le=2000)
    scanner: str = Field("", alias="OUTPOST_SCANNER")
    second_person_rows: int = Field(5000, alias="OUTPOST_SECOND_PERSON_ROWS", ge=0)
    unusual_people: int = Field(200, alias="OUTPOST_UNUSUAL_PEOPLE", ge=1)
    unusual_readers: int = Field(5, alias="OUTPOST_UNUSUAL_READERS", ge=1)
    unusual_night: int = Field(50, alias="OUTPOST_UNUSUAL_NIGHT", ge=0)
    is_demo: bool = Field(False, alias="OUTPOST_DEMO")
    is_production: bool = Field(False, alias="OUTPOST_PRODUCTION")
    is_debug: bool = Field(False, alias="OUTPOST_DEBUG")
    tls: Literal["none", "proxy", "own"] = Field("none", alias="OUTPOST_TLS")
    allowed_hosts: str = Field("127.0.0.1,localhost,[::1]", alias="OUTPOST_ALLOWED_HOSTS")
    origins: str = Field("", alias="OUTPOST_ORIGINS")
    outgoing_hosts: str = Field("", alias="OUTPOST_OUTGOING_HOSTS")
    is_sending_held: bool = Field(False, alias="OUTPOST_SENDING_HELD")
    arrivals_url: str = Field("", alias="OUTPOST_ARRIVALS_URL", max_length=500)
    arrivals_secret: str = Field("", alias="OUTPOST_ARRIVALS_SECRET", repr=False)
    declarations_url: str = Field("", alias="OUTPOST_DECLARATIONS_URL", max_length=500)
    declarations_secret: str = Field("", alias="OUTPOST_DECLARATIONS_SECRET", repr=False)
    retention: str = Field("", alias="OUTPOST_RETENTION")
    locale: str = Field("", alias="LANG")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", alias="OUTPOST_LOG_LEVEL")

    @field_validator("gate_list_hours", mode="before")
    @classmethod
    def _is_an_age(cls, hours: object) -> int:
        """Nothing stands for "for ever" or "never": both were meant by 0 elsewhere."""
        text = str(hours)
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= LONGEST_LIST_HOURS):
            raise ValueError(
                f"a whole number of hours from 1 to {LONGEST_LIST_HOURS} is needed: so old may the list be by which "
                "a site's gate lets people in. 0, nothing and less than 0 mean no age"
            )
        return int(text)

    @field_validator("outgoing_hosts")
    @classmethod
    def _is_list_of_hosts(cls, text: str) -> str:
        Allowed.parse(text)
        return text

    @field_validator("arrivals_url", "declarations_url")
    @classmethod
    def _is_peer(cls, url: str) -> str:
        if url:
            try:
                split_url(url)
            except NotAllowedError:
                raise ValueError("an address that begins with https:// or http:// is needed") from None
        return url

    @field_validator("arrivals_secret", "declarations_secret")
    @classmethod
    def _is_long_enough(cls, secret: str) -> str:
        if secret and len(secret) < LEAST_SECRET:
            raise ValueError(f"at least {LEAST_SECRET} characters are needed, as long as nobody guesses")
        return secret

    @model_validator(mode="after")
    def _is_no_trial_in_earnest(self) -> Self:
        """What is signed with nothing, or made up for a demo, must not reach a peer in earnest."""
        peers = (
            ("OUTPOST_ARRIVALS", self.arrivals_url, self.arrivals_secret),
            ("OUTPOST_DECLARATIONS", self.declarations_url, self.declarations_secret),
        )
        for name, url, secret in peers:
            if url and not secret:
                raise ValueError(f"{name}_URL needs {name}_SECRET, which signs what goes there")
            if url and self.is_demo and split_url(url).hostname not in _THIS_MACHINE:
                raise ValueError(f"{name}_URL of a demo may be on this machine alone: its people are made up")
        return self

    @field_validator("outline")
    @classmethod
    def _is_outline(cls, file: str) -> str:
        if file:
            try:
                rings_of(Path(file).read_text("utf-8"))
            except OSError as error:
                raise ValueError(f"the file cannot be read ({error.strerror})") from None
        return file

    @field_validator("scanner")
    @classmethod
    def _is_program(cls, text: str) -> str:
        words = shlex.split(text)  # says itself which quote is not closed
        if words and not (words[0].startswith("/") and os.access(words[0], os.X_OK)):
            raise ValueError("an absolute path of a program is needed, with its options behind it")
        return text

    @field_validator("copy_directory")
    @classmethod
    def _is_absolute(cls, text: str) -> str:
        if text and not text.startswith("/"):
            raise ValueError("an absolute path is needed")
        return text

    @field_validator("database_url", "database_owner_url", "database_lane_url")
    @classmethod
    def _is_address(cls, text: str) -> str:
        try:
            conninfo_to_dict(text)
        except ProgrammingError:
            raise ValueError(
                "an address such as postgresql://ROLE:PASSWORD@HOST/DATABASE is needed"
            ) from None
        return text

    @field_validator("retention")
    @classmethod
    def _is_list_of_periods(cls, text: str) -> str:
        retention.periods(text)
        return text

    @property
    def scanner_command(self) -> tuple[str, ...]:
        """The virus scanner for uploaded papers, without the file that it is to look at; empty: none."""
        return tuple(shlex.split(self.scanner))

    @property
    def key_file(self) -> Path:
        return self.data / "keys.json"

    @property
    def files(self) -> Path:
        """Where uploaded, failure and export files lie until they expire."""
        return self.data / "files"


def complaints(error: ValidationError) -> list[str]:
    """One line a wrong variable: its name, the value found and what is allowed. An address may hold a password."""
    named = [(".".join(map(str, problem["loc"])), problem) for problem in error.errors()]
    return [
        f"{name}{'' if name.endswith('_URL') else '=' + repr(problem['input'])}: {problem['msg']}"
        for name, problem in named
    ]


@cache
def load() -> Env:
    """Read the environment once; wrong values end the process with all of them listed."""
    try:
        return Env()
    except ValidationError as error:
        sys.exit("\n".join(f"Wrong setting: {line}" for line in complaints(error)))


def put(**variables: str) -> None:
    """Set variables for this process and for those that it starts; `load` reads them anew."""
    os.environ.update(variables)
    load.cache_clear()


def child_environment(**changes: str) -> dict[str, str]:
    """The environment for a process that we start, with some variables set anew."""
    return {**os.environ, **changes}
