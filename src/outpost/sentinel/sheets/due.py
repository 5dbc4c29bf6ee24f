"""应检名单 as a file: who is overdue or will be, with the evidence; masked, in clear for a purpose, or one's own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar
from uuid import UUID

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from outpost.core import clock
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.core.sheets.writing import Cell
from outpost.exchange.kinds import ExportKind, View
from outpost.sentinel.actions import SEE_STAFF
from outpost.sentinel.models import StaffMember
from outpost.sentinel.queries import categories
from outpost.sentinel.queries.outlook import Due, Outlook, due_rows, outlook
from outpost.sentinel.queries.statistics.ledger import Chosen
from outpost.sentinel.rules import evidence
from outpost.sentinel.sheets.views import OWN, PEOPLE, masked_and_clear

CHUNK = 1000  # people whose evidence is read at once


class DueExport(ExportKind):
    """Parameters `kind` (a `Due`; all kinds without), `category` and `town`, as the page has them."""

    page: ClassVar[str] = "due"
    rows_label = PEOPLE
    views = (
        View("sentinel.own_due", OWN, gettext_lazy("Own staff who are due"), is_clear=True),
        *masked_and_clear(
            "sentinel.due",
            gettext_lazy("Who is due, masked"),
            gettext_lazy("Who is due, identities in clear"),
        ),
    )

    def check(self, params: Mapping[str, str], actor: Actor) -> dict[str, str]:
        """Raises Refusal: NOT_FOUND for a category out of reach or a kind that there is not."""
        kept = {name: params[name] for name in ("kind", "category", "town") if params.get(name)}
        if "category" in kept:
            categories.category(kept["category"], actor=actor, action=self.action)
        if kept.get("kind", Due.TODAY) not in set(Due):
            raise Refusal(NOT_FOUND)
        return kept

    def title(self, params: Mapping[str, str]) -> str:
        kind = Due(params["kind"]).label if "kind" in params else _("Who is due")
        return f"{kind}-{clock.local_day(clock.now()).isoformat()}"

    def headers(self, params: Mapping[str, str]) -> list[str]:  # noqa: ARG002 - always the same
        return [
            *(_("Full name"), _("Due"), _("Evidence"), _("Last test"), _("Mobile number")),
            *(_("Organisation"), _("Town"), _("Category"), _("Job type")),
        ]

    def rows(self, params: Mapping[str, str], actor: Actor) -> Iterator[Sequence[Cell]]:
        found = self._found(params, actor, limit=None)
        ids = list(found.due)
        language = get_language() or ""
        for first in range(0, len(ids), CHUNK):
            part = ids[first : first + CHUNK]
            for row in due_rows(found, part, actor=actor, at=clock.now(), is_clear=self.view.is_clear):
                staff = row.staff
                yield (
                    *(staff.name, row.due.label, evidence(row.judgement, language), staff.last_sampled_at),
                    *(staff.phone, staff.organization, staff.town_name, staff.category_name, staff.job_type),
                )

    def count(self, params: Mapping[str, str], actor: Actor) -> int:
        counts = self._found(params, actor, limit=0).counts
        return sum(counts[kind] for kind in _kinds(params))

    def people(self, params: Mapping[str, str], actor: Actor) -> Iterable[UUID]:
        found = self._found(params, actor, limit=None)
        return StaffMember.objects.filter(id__in=list(found.due)).values_list("person_id", flat=True)

    def _found(self, params: Mapping[str, str], actor: Actor, *, limit: int | None) -> Outlook:
        """Who is due of those whom the actor may both see and take out, in the order of the page."""
        chosen = Chosen(category=params.get("category", ""), town=params.get("town", ""))
        actions, kinds = (SEE_STAFF, self.action), _kinds(params)
        return outlook(chosen, actor=actor, at=clock.now(), kinds=kinds, limit=limit, actions=actions)


def _kinds(params: Mapping[str, str]) -> list[Due]:
    return [Due(params["kind"])] if "kind" in params else list(Due)
