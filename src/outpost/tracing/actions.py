"""What may be done here and by which roles. Pure.

Visits of a person are read within an open case alone, and a case is opened on the word of two.
"""

from outpost.core.rights import Action, Role

KEEP_CASES = Action("tracing.cases", "办流调病例", "Keep cases of contact tracing", {Role.COMMAND})
SEARCH = Action("tracing.search", "查时空伴随", "Search for co-presence", {Role.COMMAND})

ACTIONS = (KEEP_CASES, SEARCH)
