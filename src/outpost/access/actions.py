"""What may be done here and by which roles: accounts and rights. Pure.

`REVEAL` stands here and not in `people`, because the second persons of `exchange`, below it, are asked for it, too.
"""

from outpost.core.actions import OWN_AFFAIRS, USE_ACCOUNT
from outpost.core.rights import OFFICERS, Action, Role

MANAGE_ACCESS = Action("access.manage", "管账号和权限", "Manage accounts and rights", {Role.SECURITY})
REVEAL = Action("people.reveal", "看人员明文", "See people in clear", OFFICERS)

ACTIONS = (MANAGE_ACCESS, REVEAL, USE_ACCOUNT, OWN_AFFAIRS)
