"""What may be done here and by which roles. Pure.

Visits of a person are read for an open case alone. Until there are cases no account has this right: the operator
searches by command, for a stated ground, and the audit keeps it.
"""

from outpost.core.rights import Action

SEARCH = Action("tracing.search", "查时空伴随", "Search for co-presence", ())

ACTIONS = (SEARCH,)
