"""All templates of the product: nothing inline, no outside address, known icons; and the tags of the shell."""

import gzip
import re
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, reverse
from django.utils.translation import override

from outpost.pages.listing import Column, Listing
from outpost.pages.templatetags.pages import grouped, percent_of, row_url

SOURCE = Path(__file__).parents[2]
TOKENS = set(re.findall(r"(--[\w-]+):", (SOURCE / "pages/static/pages/tokens.css").read_text("utf-8")))
TEMPLATES = sorted(path for path in SOURCE.rglob("templates/**/*.html"))
SPRITE = (SOURCE / "pages/static/pages/icons.svg").read_text("utf-8")


@pytest.mark.rules
@pytest.mark.promise("W2")
@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_template_holds_anything_inline(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=[\"']|javascript:", text)
    assert not re.search(r"""(?:src|href|action|hx-\w+)=["'](?:https?:)?//""", text)
    assert "|safe" not in text
    assert "autoescape off" not in text


@pytest.mark.rules
@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_every_icon_is_in_the_sprite(path: Path) -> None:
    text = path.read_text("utf-8")
    named = re.findall(r'{%\s*icon "([^"]+)"|{%\s*link_button _\("[^"]*"\) "([^"]+)"', text)
    assert {one or other for one, other in named} <= set(re.findall(r'<symbol id="([^"]+)"', SPRITE))


STYLES = sorted(
    path
    for path in SOURCE.rglob("static/**/*.css")
    if path.parent.name != "vendor" and path.name != "tokens.css"
)


@pytest.mark.rules
@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_a_style_sheet_takes_its_colours_and_sizes_of_type_from_the_tokens(path: Path) -> None:
    rules = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{]*\})|\brgba?\(|\bhsla?\(", rules) == []
    assert re.findall(r"(?<![-\w])font(?:-size)?:[^;}]*\b\d[\d.]*(?:px|r?em|pt)\b", rules) == []
    assert set(re.findall(r"var\((--(?!tblr)[\w-]+)", rules)) <= TOKENS


class Sample(forms.Form):
    phone = forms.CharField(help_text="hint")
    day = forms.DateField(required=False, initial="2022-06-08")
    note = forms.CharField(required=False)


def render(text: str, **context: object) -> str:
    return Template("{% load pages %}" + text).render(Context(context))


def test_a_field_names_its_error_help_and_keyboard() -> None:
    html = render("{% field form.phone kind='phone' %}", form=Sample({"phone": ""}))
    assert 'inputmode="tel"' in html
    assert 'data-check="phone"' in html
    assert "is-invalid" in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_phone_error"' in html
    assert "id_phone_helptext" in re.findall(r'aria-describedby="([^"]*)"', html)[0]


def test_an_optional_field_has_no_mark_and_a_day_is_iso() -> None:
    assert "required" not in render("{% field form.note %}", form=Sample())
    html = render("{% field form.day kind='day' %}", form=Sample())
    assert 'type="date"' in html
    assert 'value="2022-06-08"' in html


def test_extra_data_attributes_reach_the_input() -> None:
    assert 'data-check-type="id_x"' in render("{% field form.note data_check_type='id_x' %}", form=Sample())


def test_a_cell_is_escaped_labelled_and_left_out_when_hidden() -> None:
    listing = Listing(
        "x",
        columns=(Column("name", "<Name>", order="name"), Column("note", "Note", is_default=False)),
        order="name",
    ).read(RequestFactory().get("/"))
    text = "{% cell 'name' %}{{ row }}{% endcell %}{% cell 'note' %}hidden{% endcell %}"
    html = render(text, listing=listing, row="<b>")
    assert html == '<td data-label="&lt;Name&gt;">&lt;b&gt;</td>'


AT = datetime(2022, 6, 8, 1, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("form", "value", "language", "shown"),
    [
        ("plan_day", date(2022, 6, 8), "en", "Wed 8 June"),
        ("plan_day", date(2022, 6, 8), "zh-hans", "6月8日 周三"),
        ("plan_day", date(2022, 6, 12), "zh-hans", "6月12日 周日"),
        ("table_day", date(2022, 6, 8), "zh-hans", "2022-06-08"),
        ("table_day", None, "en", ""),
        ("instant", AT, "en", "06-08 09:12"),
        ("dated_instant", AT, "zh-hans", "2022-06-08 09:12"),
        ("exact_instant", AT, "en", "2022-06-08 09:12:30"),
        ("instant", None, "en", ""),
    ],
)
def test_each_kind_of_place_has_one_form_of_date(form: str, value: object, language: str, shown: str) -> None:
    with override(language):
        assert render("{{ value|" + form + " }}", value=value) == shown


def test_a_mistyped_cell_fails_loudly() -> None:
    with pytest.raises(TemplateSyntaxError):
        render("{% cell %}{% endcell %}")


def test_the_address_in_a_row_is_the_one_of_the_page() -> None:
    row = uuid4()
    assert row_url("sentinel:staff_member", row) == reverse("sentinel:staff_member", args=[row])
    assert row_url("sentinel:remove_staff") == reverse("sentinel:remove_staff")
    for wrong in (("sentinel:staff_member", None), ("sentinel:remove_staff", row)):
        with pytest.raises(NoReverseMatch):
            row_url(*wrong)


@pytest.mark.rules
def test_progress_is_never_complete_before_the_end() -> None:
    assert [percent_of(done, 1000) for done in (0, 5, 999, 1000)] == [0, 0, 99, 100]
    assert percent_of(3, 0) == 0


@pytest.mark.rules
def test_numbers_are_grouped_alike_in_both_languages() -> None:
    assert grouped(14825) == "14,825"


def test_the_pages_weigh_little(gallery_client: Client) -> None:
    """First load: style sheets under 90 kB and scripts under 30 kB when packed."""
    html = gallery_client.get("/list").content.decode()
    for suffix, limit in ((".css", 90_000), (".js", 30_000)):
        names = re.findall(rf'(?:href|src)="/static/([^"]+\{suffix})"', html)
        assert names
        size = sum(len(gzip.compress((SOURCE / "pages/static" / name).read_bytes())) for name in names)
        assert size < limit, f"{suffix}: {size}"
