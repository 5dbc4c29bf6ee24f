"""Every text of the product is there in Chinese, with the same placeholders."""

from pathlib import Path

import pytest
from tools import messages
from tools.messages import Text

pytestmark = pytest.mark.rules


def test_nothing_is_untranslated_obsolete_or_contradictory() -> None:
    assert messages.faults() == []


PYTHON = """
from django.utils.translation import gettext as _, ngettext
def greet(n):
    _("Hello {name}")
    ngettext("%(n)s row", "%(n)s rows", n)
    _(variable)
"""
TEMPLATE = """{% load i18n %}{% translate "Save" %}{{ x|default:_("None") }}
{% blocktranslate trimmed with a=b %}
  From {{ a }}
{% endblocktranslate %}{% translate "May" context "month" %}"""
CHINESE = """
msgid "Hello {name}"
msgstr "你好 {nmae}"

msgid "Gone"
msgstr "无"
"""


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A product of one module with two source files."""
    module = tmp_path / "shop"
    (module / "templates").mkdir(parents=True)
    (module / "__init__.py").write_text(PYTHON, "utf-8")
    (module / "templates/page.html").write_text(TEMPLATE, "utf-8")
    monkeypatch.setattr(messages, "SOURCE", tmp_path)
    return module


def test_texts_are_found_in_python_and_templates(product: Path) -> None:
    assert messages.used_by(product) == {
        Text("Hello {name}"),
        Text("%(n)s row", "%(n)s rows"),
        Text("Save"),
        Text("None"),
        Text("From %(a)s"),
        Text("May", context="month"),
    }


def test_each_kind_of_fault_is_named(product: Path) -> None:
    path = product / messages.CATALOGUE
    path.parent.mkdir(parents=True)
    path.write_text(messages.HEADER + CHINESE, "utf-8")
    found = messages.faults()
    assert "shop: untranslated: 'Save'" in found
    assert "shop: obsolete: 'Gone'" in found
    assert "shop: placeholders differ: 'Hello {name}' and '你好 {nmae}'" in found
    assert len(found) == 7


def test_update_adds_what_is_missing_once_and_keeps_what_is_there(product: Path) -> None:
    path = product / messages.CATALOGUE
    path.parent.mkdir(parents=True)
    path.write_text(messages.HEADER + 'msgid "Save"\nmsgstr "保存"\n', "utf-8")
    assert messages.update() == 5
    first = path.read_text("utf-8")
    assert messages.translations(product)[Text("Save")] == "保存"
    assert messages.update() == 0
    assert path.read_text("utf-8") == first
    assert first.index('"From') < first.index('"Hello') < first.index('"Save"')
    assert messages.compile_all() == 1
    assert path.with_suffix(".mo").stat().st_size > 0
