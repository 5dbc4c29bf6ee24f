"""Marks between words, as the reader's language writes them."""

import re
from pathlib import Path

import pytest
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
