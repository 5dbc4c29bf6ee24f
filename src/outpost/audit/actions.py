"""What may be done here and by which roles: the log. Pure."""

from outpost.core.rights import Action, Role

SEE_AUDIT = Action("audit.see", "看审计日志", "See the audit log", {Role.AUDITOR})

ACTIONS = (SEE_AUDIT,)
