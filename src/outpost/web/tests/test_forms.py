"""What forms offer is said in the language of whoever reads, though forms are declared once for all."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django import forms
from django.urls import get_resolver
from django.utils import translation

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def declared(of: type[forms.BaseForm] = forms.BaseForm) -> Iterator[type[forms.BaseForm]]:
    for one in of.__subclasses__():
        if one.__module__.startswith("outpost.") and ".tests." not in one.__module__:
            yield one
        yield from declared(one)


@pytest.mark.rules
def test_what_a_form_offers_follows_the_language_of_the_reader() -> None:
    assert get_resolver().url_patterns  # every door is loaded, and every form with it
    found = {}
    with translation.override("en"):
        for form in declared():
            fields: Mapping[str, Any] = getattr(form, "base_fields", {})
            for name, field in fields.items():
                words = [str(word) for _code, word in getattr(field, "choices", ())]
                if any(map(CHINESE.search, words)):
                    found[f"{form.__module__}.{form.__qualname__}.{name}"] = words
    assert found == {}
