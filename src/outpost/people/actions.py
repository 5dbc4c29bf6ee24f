"""What may be done here and by which roles: one's own staff in clear. Pure."""

from outpost.core.rights import Action, Role

SEE_OWN_STAFF = Action(
    "people.see_own_staff", "看本单位人员明文", "See one's own staff in clear", {Role.PRINCIPAL}
)

ACTIONS = (SEE_OWN_STAFF,)
