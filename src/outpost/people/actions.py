"""What may be done here and by which roles: one's own staff in clear, who speaks for a document. Pure."""

from outpost.core.rights import Action, Role

SEE_OWN_STAFF = Action(
    "people.see_own_staff", "看本单位人员明文", "See one's own staff in clear", {Role.PRINCIPAL}
)

DECIDE_CLAIMS = Action(
    "people.decide_claims",
    "核对实名证件",
    "Decide on real names on sight of the card",
    {Role.COMMAND, Role.TOWN},
)

ACTIONS = (SEE_OWN_STAFF, DECIDE_CLAIMS)
