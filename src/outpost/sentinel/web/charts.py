"""The pictures of 核酸数据统计 and 疫苗数据统计: the ordinary neutral, what deviates coloured."""

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from outpost.health.rules import rate
from outpost.pages.charts import MISSING, OFF, STRETCH, Bar, Chart, is_nearly_all
from outpost.sentinel.queries.statistics import NatRow, VaccinationRow
from outpost.sentinel.web.lines import Dose, Line, Table

NO_NAME = "–"


def nat_chart(table: Table[NatRow], by: str | Promise) -> Chart:
    """Who was tested by group; who was not, on a longer scale, where nearly everybody was."""
    if is_nearly_all([float(line.row.rate) for line in table.bars]):
        return Chart(
            title=_("Not tested, share of staff by %(by)s") % {"by": by},
            legend=[("off", _("Not tested"))],
            groups=[("", [_missing_bar(line) for line in table.bars])],
            ticks=MISSING,
        )
    least = float(table.total.row.rate) - OFF
    legend = [
        ("done", _("Tested")),
        ("all", _("Not tested")),
        ("off", _("More than %(points)s points below the total") % {"points": OFF}),
    ]
    return Chart(
        title=_("Tested, share of staff by %(by)s") % {"by": by},
        legend=legend,
        groups=[("", [_tested_bar(line, least) for line in table.bars])],
    )


def _tested_bar(line: Line[NatRow], least: float) -> Bar:
    share, name = line.row.rate, line.row.group or NO_NAME
    opens = _("Open who was not tested")
    return Bar(
        name=name,
        label=f"{name}: {share}%. {opens}",
        value=share,
        url=line.urls["untested"],
        parts=[("done", share)],
        is_off=float(share) < least,
    )


def _missing_bar(line: Line[NatRow]) -> Bar:
    row, name = line.row, line.row.group or NO_NAME
    share = rate(row.untested, row.staff)
    missing, opens = _("Not tested"), _("Open who was not tested")
    return Bar(
        name=name,
        label=f"{name}: {missing} {share}%. {opens}",
        value=share,
        url=line.urls["untested"],
        parts=[("off", rate(row.untested * STRETCH, row.staff))],
    )


def doses_chart(table: Table[VaccinationRow], by: str | Promise) -> Chart:
    """How many have each dose by group, and how many more may have it now."""
    return Chart(
        title=_("Vaccination rate of each dose by %(by)s") % {"by": by},
        legend=[
            ("done", _("People vaccinated")),
            ("eligible", _("May be given")),
            ("all", _("Not due yet, or does not apply")),
        ],
        groups=[(line.row.group or NO_NAME, _dose_bars(line)) for line in table.bars],
    )


def _dose_bars(line: Line[VaccinationRow]) -> Sequence[Bar]:
    return [_dose_bar(line.row.group or NO_NAME, dose) for dose in line.doses]


def _dose_bar(group: str, dose: Dose) -> Bar:
    share = dose.count.rate
    opens = _("Open who may be given it")
    return Bar(
        name=dose.name,
        label=f"{group}, {dose.name}: {share}%. {opens}",
        value=share,
        url=dose.urls["eligible"],
        parts=[("eligible", dose.reached), ("done", share)],
    )
