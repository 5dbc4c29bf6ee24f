"""What every signed-in person may do, in whatever module. Pure."""

from outpost.core.rights import EVERYONE, Action

USE_ACCOUNT = Action("account.use", "用本人账号", "Use one's own account", EVERYONE)

# No role gives it: whoever signs in by phone has it, over themselves alone (`access.queries.actor_of`).
OWN_AFFAIRS = Action("citizens.own_affairs", "办本人事项", "See to one's own affairs", ())
