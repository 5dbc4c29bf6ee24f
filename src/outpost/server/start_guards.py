"""What must hold before we serve (promises R2 and W5). Every reason is found at once and takes one line."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import psycopg

from outpost.config.env import Env
from outpost.core import keyfile
from outpost.core.keyfile import KeyName
from outpost.core.known_keys import known_keys
from outpost.server.faults import ServerError
from outpost.server.faults import gettext_noop as _
from outpost.server.sessions import one

LEAST_VERSION = 15
SAFE_SETTINGS = ("fsync", "full_page_writes", "synchronous_commit")
"""Without these an acknowledged write can be lost; no kill test would notice (promise R2)."""

KEYS_MISSING = _(
    "The database holds data, but its key file {path} is missing. Bring it back from its safe copy."
)

_LEAST_SECRET = 32
_MAY_CHANGE_AUDIT = """SELECT rolsuper
  OR EXISTS (SELECT FROM pg_database WHERE datname = current_database() AND pg_has_role(datdba, 'USAGE'))
  OR EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public' AND pg_has_role(tableowner, 'USAGE'))
  FROM pg_roles WHERE rolname = current_user"""
_SETTING = "SELECT current_setting(%s)"


def database_reasons(connection: psycopg.Connection[Any]) -> Iterator[ServerError]:
    """Say why this server must not be served from: unsafe, too old, or blind to Chinese."""
    major = connection.info.server_version // 10000
    if major < LEAST_VERSION:
        yield ServerError(
            _("PostgreSQL {version} is too old: {least} or newer is needed."),
            version=major,
            least=LEAST_VERSION,
        )
    for setting in SAFE_SETTINGS:
        if one(connection, _SETTING, setting) == "off":
            yield ServerError(
                _(
                    "The database runs with {setting}=off and can lose what was acknowledged. Set {setting}=on."
                ),
                setting=setting,
            )
    encoding = one(connection, _SETTING, "server_encoding")
    if encoding != "UTF8":
        yield ServerError(
            _("The database's encoding is {encoding}. Make a database with UTF8."), encoding=encoding
        )
    elif not _finds_chinese(connection):
        yield ServerError(
            _(
                "The database's locale knows no Chinese: searches would find nothing. Use C.UTF-8 or zh_CN.UTF-8."
            )
        )


def production_reasons(env: Env, connection: psycopg.Connection[Any]) -> Iterator[ServerError]:
    """Say what is left open in an installation that calls itself one of production."""
    if env.is_debug:
        yield ServerError(_("OUTPOST_DEBUG shows the insides of errors to everybody. Unset it."))
    if env.is_demo:
        yield ServerError(_("OUTPOST_DEMO opens accounts with known passwords. Unset it."))
    if "*" in env.allowed_hosts:
        yield ServerError(_("OUTPOST_ALLOWED_HOSTS contains *. Name the hosts of this installation."))
    if env.tls == "none":
        yield ServerError(
            _(
                "Nothing encrypts the way to the browser. "
                "Put a TLS proxy in front and set OUTPOST_TLS=proxy, or use --https."
            )
        )
    if one(connection, _MAY_CHANGE_AUDIT):
        yield ServerError(
            _(
                "The pages use the role {role}, which is a superuser or owns the tables, so it could change the audit."
                " Give DATABASE_URL a role that owns nothing, and DATABASE_OWNER_URL the owner (deploy/database)."
            ),
            role=connection.info.user,
        )
    if _is_open(env, connection):
        yield ServerError(
            _("The database lets us in over the network without a password. Require one (scram-sha-256).")
        )


def secret_reasons(env: Env, known: Mapping[KeyName, bytes]) -> Iterator[ServerError]:
    """Say what is wrong with the key file: readable by others, damaged, of another suite, weak, not that of a database
    which knows these keys. It may be missing only where none are known."""
    if not env.key_file.exists():
        if known:
            yield ServerError(KEYS_MISSING, path=env.key_file)
        return
    try:
        keys = keyfile.read(env.key_file)
        keyfile.require_fit(keys, known, env.key_file)
    except keyfile.KeyFileError as error:
        yield ServerError.of_keys(error)
        return
    if keys.suite != env.crypto:
        yield ServerError(
            _("The key file was made for {suite}, and stays so: set OUTPOST_CRYPTO={suite}."),
            suite=keys.suite,
        )
    if len(keys.django) < _LEAST_SECRET or len(set(keys.django)) < _LEAST_SECRET // 4:
        yield ServerError(
            _("The session secret in the key file is weak. Replace it by 64 random hex digits.")
        )


def reasons_to_refuse(env: Env, connection: psycopg.Connection[Any]) -> list[ServerError]:
    """List everything that keeps us from serving."""
    found = [*database_reasons(connection), *secret_reasons(env, known_keys(connection))]
    if env.copy_directory and env.database_url:
        found.append(
            ServerError(
                _(
                    "OUTPOST_COPY copies the embedded database only; a replica of the server in DATABASE_URL is that "
                    "server's matter (docs/how-to/deploy.md). Unset OUTPOST_COPY."
                )
            )
        )
    if env.is_production:
        found += production_reasons(env, connection)
    return found


def _finds_chinese(connection: psycopg.Connection[Any]) -> bool:
    """Tell whether letters of Chinese count as letters; with pg_trgm there, whether it makes trigrams of them."""
    has_trigrams = connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'").fetchone()
    question = "cardinality(show_trgm('哨点人员')) > 0" if has_trigrams else r"'哨点' ~ '^\w+$'"
    return connection.execute(f"SELECT {question}").fetchone() == (True,)


def _is_open(env: Env, connection: psycopg.Connection[Any]) -> bool:
    over_network = bool(connection.info.host) and not connection.info.host.startswith("/")
    has_certificate = "sslcert" in urlsplit(env.database_url).query
    return over_network and not has_certificate and not connection.pgconn.used_password
