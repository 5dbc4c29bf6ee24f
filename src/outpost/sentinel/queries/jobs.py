"""The job types 工种 in use in a category, for the filter of a list."""

from contextlib import suppress

from django.core.exceptions import EmptyResultSet

from outpost.core.actor import Actor
from outpost.core.db import rows_of
from outpost.sentinel.models import Enrolment
from outpost.sentinel.queries.latest import is_employers, standing
from outpost.sentinel.queries.staff_filter import SEE

_STANDING = "sentinel_stafflatest n WHERE n.category_id = %s AND n.left_at IS NULL"
# One step along the index for each: as fast with a million people as with a hundred.
_IN_USE = f"""WITH RECURSIVE used (job_type) AS (SELECT min(n.job_type) FROM {_STANDING}
  UNION ALL SELECT (SELECT min(n.job_type) FROM {_STANDING} AND n.job_type > used.job_type)
    FROM used WHERE used.job_type IS NOT NULL)
  SELECT job_type FROM used WHERE job_type <> '' """
# OFFSET: or everybody would be joined at once to look for the few that are asked about.
_IN_REACH = f"""AND EXISTS (SELECT FROM {_STANDING} AND n.job_type = used.job_type
    AND n.enrolment_id IN ({{mine}}) OFFSET '0')"""


def job_types(category: str, *, actor: Actor) -> list[str]:
    """The job types of those in the actor's scope who stand in a category, by name."""
    reach = actor.reach(SEE)
    if is_employers(reach):
        mine = standing(reach).filter(category_id=category).exclude(job_type="")
        return list(mine.order_by("job_type").values_list("job_type", flat=True).distinct())
    if reach.everything:
        return [job for (job,) in rows_of(_IN_USE, [category] * 2)]
    with suppress(EmptyResultSet):  # a reach of nothing
        enrolments, values = Enrolment.objects.within(reach).values("id").query.sql_with_params()
        statement = _IN_USE + _IN_REACH.format(mine=enrolments)
        return [job for (job,) in rows_of(statement, [*[category] * 3, *values])]
    return []
