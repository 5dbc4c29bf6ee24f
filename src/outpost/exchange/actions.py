"""What may be done here and by which roles: files and the queue. Pure."""

from outpost.core.rights import LEDGER, Action, Role

SEE_TASKS = Action(
    "exchange.see_tasks",
    "看本人的导入导出任务",
    "See one's own imports and exports",
    LEDGER | {Role.FEEDER, Role.MANAGER, Role.SITE_LEAD, Role.SITE_SUPERVISOR, Role.SITE_USER},
)
SEE_JOBS = Action("operation.see_jobs", "看任务队列", "See the queue of jobs", {Role.OPERATOR})

ACTIONS = (
    SEE_TASKS,
    SEE_JOBS,
)
