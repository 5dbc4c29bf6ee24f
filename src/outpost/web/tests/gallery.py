"""Every component on a few pages, for tests only: routes, views and made-up rows. No database."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, include, path

from outpost.access.rules import Granted, reaches_of
from outpost.audit.differences import Difference
from outpost.core.actor import Actor
from outpost.core.errors import NOT_FOUND, Refusal
from outpost.pages.charts import MISSING, Bar, Chart
from outpost.pages.listing import BulkAction, Column, Listing
from outpost.web import navigation

TEMPLATES = Path(__file__).parent / "gallery_templates"


@dataclass(frozen=True)
class Row:
    id: str
    name: str
    organization: str
    samples: int
    tone: str
    state: str


STATES = [("good", "已按要求检测"), ("bad", "逾期未检"), ("warning", "明日到期"), ("neutral", "新入职")]
ROWS = [Row(f"row-{n}", f"员工{n:03}", "南沙港国际冷库", n % 9, *STATES[n % 4]) for n in range(243)]


class Filters(forms.Form):
    search = forms.CharField(label="姓名、手机或证件号码", required=False)
    state = forms.ChoiceField(label="检测状态", required=False, choices=[("", "全部"), ("bad", "逾期未检")])


class StaffForm(forms.Form):
    name = forms.CharField(label="姓名")
    document_type = forms.ChoiceField(
        label="证件类型", choices=[("resident_id", "居民身份证"), ("passport", "护照")]
    )
    document = forms.CharField(label="证件号码")
    phone = forms.CharField(label="手机号码", help_text="用于接收通知")
    joined_on = forms.DateField(label="入职日期", required=False)
    duty = forms.ChoiceField(
        label="在岗状态", widget=forms.RadioSelect, choices=[("on", "在岗"), ("off", "离岗")]
    )
    note = forms.CharField(label="备注", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    is_driver = forms.BooleanField(label="司机", required=False)
    secret = forms.CharField(label="密码", required=False, widget=forms.PasswordInput)


LISTING = Listing(
    "gallery",
    columns=(
        Column("name", "姓名", order="name"),
        Column("organization", "主体名称", order="organization", is_long=True),
        Column("samples", "近 7 日采样", order="samples", is_numeric=True),
        Column("state", "检测状态"),
        Column("tone", "色调"),
    ),
    order="name",
    form=Filters,
    private=frozenset({"search"}),
    aside="state",
    below=("organization", "samples"),
)


def list_page(request: HttpRequest) -> HttpResponse:
    listing = LISTING.read(request)
    listing.fill([] if "empty" in request.GET else ROWS)
    listing.bulk = (BulkAction("删除选中", "/deleted", confirm="删除选中的 {n} 名员工？", is_danger=True),)
    messages.success(request, "已导入 1,243 名员工。")
    codes = [{"phone": "138****5678", "code": "481920"}]
    return render(request, "gallery/list.html", {"listing": listing, "developer_codes": codes})


MEANWHILE = {
    "changes": [
        ("姓名", Difference("name", "王小明", "王晓明")),
        ("手机号码", Difference("phone", "138****5678", "138****5678", is_hidden=True)),
        ("备注", Difference("note", "", "夜班")),
    ],
    "inputs": "name,phone,note",
}


def form_page(request: HttpRequest) -> HttpResponse:
    form = StaffForm(request.POST) if request.method == "POST" else StaffForm()
    told = MEANWHILE if "meanwhile" in request.GET else {}
    return render(request, "gallery/form.html", {"form": form, "seen": "shown", "meanwhile": told})


def overview_page(request: HttpRequest) -> HttpResponse:
    tabs = [{"label": "今日", "url": "?", "is_current": True}, {"label": "7 日", "url": "?d=7", "count": 12}]
    trail = [{"label": "哨点", "url": "/"}]
    rest = [("应检人数", "14,102", "#"), ("台账人数", "14,825", "#"), ("完成率", "94.87%", "")]
    context = {"tabs": tabs, "trail": trail, "rest": rest, "tones": STATES}
    return render(request, "gallery/overview.html", context)


TOWNS = [("南沙街道", "94.20", False), ("万顷沙镇", "61.05", True), ("珠江街道", "88.00", False)]
DOSES = [("第一针", "98.10", "99.00"), ("第二针", "91.40", "96.20"), ("加强针", "58.30", "83.00")]
CHARTS = {
    "whole": Chart(
        "检测人数占比（按镇街）",
        [("done", "已检测"), ("all", "未检测"), ("off", "低于合计 10 个百分点以上")],
        [("", [Bar(town, f"{town}: {n}%", n, "#", [("done", n)], is_off=off) for town, n, off in TOWNS])],
    ),
    "missing": Chart(
        "未检测人数占比（按镇街）",
        [("off", "未检测")],
        [("", [Bar("南沙街道", "南沙街道: 未检测 5.80%", "5.80", "#", [("off", "58.00")])])],
        MISSING,
    ),
    "doses": Chart(
        "各剂次接种率（按镇街）",
        [("done", "已接种"), ("eligible", "可接种"), ("all", "未到时间")],
        [
            (
                town,
                [Bar(d, f"{town}, {d}: {n}%", n, "#", [("eligible", e), ("done", n)]) for d, n, e in DOSES],
            )
            for town, _share, _off in TOWNS
        ],
    ),
}


def chart_page(request: HttpRequest, kind: str) -> HttpResponse:
    return render(request, "gallery/chart.html", {"chart": CHARTS[kind]})


def sign_in_page(request: HttpRequest) -> HttpResponse:
    return render(request, "gallery/sign_in.html", {"form": StaffForm()})


def progress_part(request: HttpRequest) -> HttpResponse:
    context = {"url": "/progress", "label": "导入员工", "done": 2400, "total": 2400, "is_finished": True}
    return render(request, "components/progress.html", context)


def forbidden_page(request: HttpRequest) -> HttpResponse:
    raise Refusal(NOT_FOUND, name="secret")


class _SignedIn:
    is_authenticated = True
    id = UUID(int=1)


def signed_in(get_response: Any) -> Any:
    """Middleware: a town officer on every page of the gallery, nobody on its sign-in page."""

    def handle(request: Any) -> Any:
        if request.path != "/sign-in":
            request.user = _SignedIn()
            reaches = reaches_of([Granted("town", "everything")])
            request.actor = Actor("user:1", "万顷沙镇 · 李敏", reaches, roles=frozenset({"town"}))
        return get_response(request)

    return handle


def _stand_ins() -> list[URLResolver]:
    """A route for each name that the shell links to, whatever the modules' own routes are."""
    names = {entry.url_name for entry in navigation.ENTRIES} | {"access:sign_out", "notifications:inbox"}
    spaces: dict[str, list[URLPattern]] = {}
    for name in sorted(names):
        space, route = name.split(":")
        spaces.setdefault(space, []).append(path(f"{space}/{route}/", overview_page, name=route))
    return [path("", include((routes, space))) for space, routes in spaces.items() if space != "web"]


urlpatterns = [
    path("list", list_page),
    path("form", form_page),
    path("overview", overview_page),
    path("chart/<kind>", chart_page),
    path("sign-in", sign_in_page),
    path("forbidden", forbidden_page),
    path("progress", progress_part),
    path("", include("outpost.web.urls")),
    *_stand_ins(),
]
handler404 = "outpost.web.views.page_not_found"
