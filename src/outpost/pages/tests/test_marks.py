"""Marks between words, as the reader's language writes them, and what a page draws once for all its rows."""

import re
from pathlib import Path

import pytest
from django.template import Context, Template
from django.template.loader import render_to_string
from django.utils import translation

import outpost
from outpost.pages.templatetags.pages import listed

CHINESE_MARKS = "：、，。（）；"


@pytest.mark.parametrize(("language", "colon", "names"), [("zh-hans", "：", "a、b"), ("en", ": ", "a, b")])
def test_marks_are_those_of_the_readers_language(language: str, colon: str, names: str) -> None:
    with translation.override(language):
        history = [{"act": "x", "differences": [{"label": "Town", "before": "a", "after": "b"}]}]
        assert f"Town{colon}a" in render_to_string("audit/_history.html", {"history": history})
        assert listed(["a", "b"]) == names


def test_no_template_writes_a_mark_of_one_language_into_both() -> None:
    pages = Path(outpost.__file__).parent.glob("*/templates/**/*.html")
    assert not [page.name for page in pages if any(mark in page.read_text() for mark in CHINESE_MARKS)]


WITH_COUNT = re.compile(r"blocktranslate [^%]*?with (?P<named>(?:\w+=\S+ )+)count \w+=(?P<counted>\w+)")


def test_no_text_counts_by_what_it_has_just_put_into_words() -> None:
    """What `with` names stands before the count is read: a page of it would break."""
    pages = Path(outpost.__file__).parent.glob("*/templates/**/*.html")
    texts = [text for page in pages for text in WITH_COUNT.finditer(page.read_text())]
    assert len(texts) > 5
    assert not [text[0] for text in texts if f" {text['counted']}=" in f" {text['named']}"]


ROWS = Template("""{% load i18n pages %}{% for row in rows %}
  <i id="{{ row }}">{% once %}{% translate "Columns" %} {{ row }}{% endonce %}</i>{% endfor %}""")


def test_what_is_drawn_once_is_that_of_the_first_row_and_anew_on_each_page() -> None:
    drawn = []
    for language in ("en", "zh-hans", "en"):
        with translation.override(language):
            drawn.append(re.findall(r'id="(\w)">(\w+ \w)<', ROWS.render(Context({"rows": "ab"}))))
    assert drawn[0] == drawn[2] == [("a", "Columns a"), ("b", "Columns a")]
    assert drawn[1] == [("a", "列设置 a"), ("b", "列设置 a")]


def test_nothing_of_a_row_is_drawn_once_for_all() -> None:
    pages = Path(outpost.__file__).parent.glob("*/templates/**/*.html")
    once = [
        text
        for page in pages
        for text in re.findall(r"{% once %}(.*?){% endonce %}", page.read_text(), re.DOTALL)
    ]
    assert len(once) > 5
    assert not [text for text in once if re.search(r"\b(row|forloop)\b|{{", text)]


BY_DOSE = Template(
    """{% load pages %}{% for row in rows %}{% once row.dose %}{{ row.name }}{% endonce %}{% endfor %}"""
)


def test_what_is_drawn_once_for_each_value_is_of_that_value_alone() -> None:
    rows = [
        {"dose": dose, "name": name} for dose, name in ((1, "a"), (2, "b"), (1, "c"), (None, "d"), ("", "e"))
    ]
    assert BY_DOSE.render(Context({"rows": rows})) == "abade"
    by_value = [
        (values.split(), text)
        for page in Path(outpost.__file__).parent.glob("*/templates/**/*.html")
        for values, text in re.findall(r"{% once (\S.*?) %}(.*?){% endonce %}", page.read_text(), re.DOTALL)
    ]
    assert len(by_value) > 1
    for values, text in by_value:
        assert set(re.findall(r"\b(?:row|pass|forloop)\.[\w.]+", text)) <= set(values)


def test_a_form_in_a_row_leads_back_to_the_list_as_it_was_filtered() -> None:
    cells = [page.read_text() for page in Path(outpost.__file__).parent.glob("*/templates/**/_*cells.html")]
    forms = [row for row in cells if "<form" in row]
    assert len(forms) > 5
    assert not [row for row in forms if row.count("<form") != row.count("components/back_here.html")]
