"""The pictures of 核酸数据统计, 疫苗数据统计 and 今日: the ordinary neutral, what deviates coloured."""

from collections.abc import Mapping
from datetime import date, timedelta

from django.utils.translation import gettext as _

from outpost.figures.declared import Text, rate
from outpost.figures.tables import Line, Table
from outpost.pages.charts import MISSING, OFF, STRETCH, Bar, Chart, Spark, is_nearly_all
from outpost.sentinel.labels import DOSE_NAMES


def nat_chart(table: Table, by: Text) -> Chart:
    """Who was tested by group; who was not, on a longer scale, where nearly everybody was."""
    if is_nearly_all([float(line.row.share("tested")) for line in table.bars]):
        return Chart(
            title=_("Not tested, share of staff by %(by)s") % {"by": str(by).lower()},
            legend=[("off", _("Not tested"))],
            groups=[("", [_missing_bar(line) for line in table.bars])],
            ticks=MISSING,
        )
    least = float(table.total.row.share("tested")) - OFF
    legend = [
        ("done", _("Tested")),
        ("all", _("Not tested")),
        ("off", _("More than %(points)s points below the total") % {"points": OFF}),
    ]
    return Chart(
        title=_("Tested, share of staff by %(by)s") % {"by": str(by).lower()},
        legend=legend,
        groups=[("", [_tested_bar(line, least) for line in table.bars])],
    )


def _tested_bar(line: Line, least: float) -> Bar:
    share = line.row.share("tested")
    return _bar_of_untested(line, f"{share}%", share, ("done", share), is_off=float(share) < least)


def _missing_bar(line: Line) -> Bar:
    share = line.row.share("untested")
    stretched = rate(line.row["untested"] * STRETCH, line.row["staff"])
    missing = _("Not tested")
    return _bar_of_untested(line, f"{missing} {share}%", share, ("off", stretched))


def _bar_of_untested(
    line: Line, said: str, share: str, part: tuple[str, str], *, is_off: bool = False
) -> Bar:
    opens = _("Open who was not tested")
    return Bar(line.name, f"{line.name}: {said}. {opens}", share, line.cells["untested"].url, [part], is_off)


def doses_chart(table: Table, by: Text) -> Chart:
    """How many have each dose by group, and how many more may have it now."""
    return Chart(
        title=_("Vaccination rate of each dose by %(by)s") % {"by": by},
        legend=[
            ("done", _("People vaccinated")),
            ("eligible", _("May be given")),
            ("all", _("Not due yet, or does not apply")),
        ],
        groups=[
            (line.name, [_dose_bar(line, dose, name) for dose, name in DOSE_NAMES.items()])
            for line in table.bars
        ],
    )


def _dose_bar(line: Line, dose: int, name: Text) -> Bar:
    share, row = line.row.share(f"done_{dose}"), line.row
    reached = rate(row[f"done_{dose}"] + row[f"eligible_{dose}"], row["staff"])
    opens = _("Open who may be given it")
    return Bar(
        name=name,
        label=f"{line.name}, {name}: {share}%. {opens}",
        value=share,
        url=line.cells[f"eligible_{dose}"].url,
        parts=[("eligible", reached), ("done", share)],
    )


def spark_of(missed: Mapping[date, int]) -> Spark:
    """How many missed on the days up to today, which is the last of them."""
    said = " · ".join(f"{on:%m-%d}: {number}" for on, number in missed.items())
    today = max(missed)
    now = missed[today]
    change = now - missed.get(today - timedelta(days=1), now)
    return Spark(list(missed.values()), _("Missed the rule: {days}").format(days=said), change)
