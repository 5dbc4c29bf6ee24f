"""One page of the people who missed a category's rule."""

from outpost.sentinel.queries import compliance
from outpost.sentinel.queries.compliance import Missed, Standing


def missed_page(
    standing: Standing,
    *,
    town: str = "",
    organization: str = "",
    is_clear: bool = False,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[Missed], int]:
    """The rows of one page and how many there are in all, by town, organisation and record.

    `town` is a region code, `organization` a part of the name. Only the rows of the page are opened, in clear only
    where all of them are the reader's own.
    """
    wanted = standing.found.staff()
    if town:
        wanted = wanted.filter(enrolment__organization__region__code__startswith=town)
    if organization:
        wanted = wanted.filter(enrolment__organization__name__icontains=organization.strip())
    page = list(wanted.order_by(*compliance.ORDER).values_list("id", flat=True)[offset : offset + limit])
    return list(compliance.people(standing, staff=page, is_clear=is_clear)), wanted.count()
