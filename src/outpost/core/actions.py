"""What every signed-in person may do, in whatever module. Pure."""

from outpost.core.rights import EVERYONE, Action

USE_ACCOUNT = Action("account.use", "用本人账号", "Use one's own account", EVERYONE)
