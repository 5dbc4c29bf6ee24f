"""`outpost token …` and `outpost user …`: rights of machines and persons, from the server's own terminal.

Texts are bare values, so that a script can take them: the secret of a token, user name and initial password.
"""

from uuid import UUID

import click

from outpost.access import account_rows, services
from outpost.access.scopes import parse
from outpost.commands.base import Call
from outpost.commands.database import OPERATOR, database_command
from outpost.core import clock
from outpost.core.rights import Role

ROLE = click.Choice([role.value for role in Role])
SCOPE_HELP = (
    "everything, or kind:key: region:CODE, department:CODE, category:CODE, organization:UUID, source:NAME."
)


@click.group()
def token() -> None:
    """Tokens of machines."""


@token.command("create")
@click.option("--role", type=ROLE, required=True, help="What the machine may do.")
@click.option("--scope", required=True, help=SCOPE_HELP)
@click.option("--label", default="", help="Which machine or system uses it.")
@click.option(
    "--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="It ends after so many days."
)
@database_command
def create_token(call: Call, *, role: str, scope: str, label: str, days: int) -> None:
    """Make a token. Its secret is printed once and stored nowhere."""
    over = parse(scope)
    made, secret = services.create_token(label, role, over, days=days, actor=OPERATOR, at=clock.now())
    document = {
        "id": made.id,
        "label": made.label,
        "role": made.role,
        "scope": str(over),
        "expires_at": made.expires_at,
        "token": secret,
    }
    call.answer(document, secret)


@token.command("revoke")
@click.argument("token_id", type=click.UUID)
@database_command
def revoke_token(call: Call, *, token_id: UUID) -> None:
    """End a token with its next call."""
    services.revoke_token(token_id, actor=OPERATOR, at=clock.now())
    call.answer({"id": token_id}, str(token_id))


@click.group()
def user() -> None:
    """Accounts of officers."""


@user.command("create")
@click.argument("username")
@click.option("--name", default="", help="The name that is shown: the post rather than the person.")
@database_command
def create_user(call: Call, *, username: str, name: str) -> None:
    """Make an officer's account, without any right. Prints user name and initial password."""
    made, password = services.create_officer(username, name, actor=OPERATOR, at=clock.now())
    document = {"id": made.id, "username": made.username, "initial_password": password}
    call.answer(document, f"{made.username}\t{password}")


@user.command("disable")
@click.argument("username")
@database_command
def disable_user(call: Call, *, username: str) -> None:
    """Let nobody in with this account; its sessions end at once."""
    account = account_rows.officer(username, actor=OPERATOR)
    services.disable_account(account.id, actor=OPERATOR, at=clock.now())
    call.answer({"id": account.id, "username": account.username}, account.username)


@user.command("reset-password")
@click.argument("username")
@database_command
def reset_password(call: Call, *, username: str) -> None:
    """Set a new initial password. Prints user name and initial password."""
    account = account_rows.officer(username, actor=OPERATOR)
    password = services.reset_password(account.id, actor=OPERATOR, at=clock.now())
    document = {"id": account.id, "username": account.username, "initial_password": password}
    call.answer(document, f"{account.username}\t{password}")


@user.command("reset-second-factor")
@click.argument("username")
@database_command
def reset_second_factor(call: Call, *, username: str) -> None:
    """Forget a lost authenticator; its owner sets up another one at the next sign-in."""
    account = account_rows.officer(username, actor=OPERATOR)
    services.reset_second_factor(account.id, actor=OPERATOR, at=clock.now())
    call.answer({"id": account.id, "username": account.username}, account.username)


@user.command("grant")
@click.argument("username")
@click.option("--role", type=ROLE, required=True, help="What the account may do.")
@click.option("--scope", required=True, help=SCOPE_HELP)
@database_command
def grant(call: Call, *, username: str, role: str, scope: str) -> None:
    """Give an officer a role over a scope."""
    account = account_rows.officer(username, actor=OPERATOR)
    over = parse(scope)
    given = services.grant_role(account.id, role, over, actor=OPERATOR, at=clock.now())
    document = {"id": given.id, "username": account.username, "role": given.role, "scope": str(over)}
    call.answer(document, f"{account.username}\t{given.role}\t{over}")
