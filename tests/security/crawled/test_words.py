"""What a person reads is words: no code of an error or an act, no identifier of a row, no `None`."""

import re
from collections.abc import Mapping

from lxml import etree

from outpost.config.modules import MODULES
from tests.security.crawl import Answer, Crawl

SILENT = {"script", "style", "template", "svg", "details"}  # details: shown to whoever asks for them
UNSPOKEN = re.compile(
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
    r"|\bNone\b|\b(?:" + "|".join(sorted(module.name for module in MODULES)) + r")\.[a-z]+_?[a-z_]*\b"
)


class _Text:
    """The text of a page as a person reads it."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._silent = 0

    def start(self, tag: str, _attributes: Mapping[str, str]) -> None:
        self._silent += tag in SILENT

    def end(self, tag: str) -> None:
        self._silent -= tag in SILENT

    def data(self, text: str) -> None:
        if not self._silent:
            self.parts.append(text)

    def close(self) -> str:
        return " ".join(self.parts)


def unspoken(html: str) -> set[str]:
    """What of a page is no word."""
    return set(UNSPOKEN.findall(etree.HTML(html, etree.HTMLParser(target=_Text()))))


def is_read(answer: Answer) -> bool:
    return "text/html" in answer.headers.get("Content-Type", "")


def test_no_page_of_anybody_shows_a_code(crawl: Crawl) -> None:
    pages = [answer for answer in crawl.answers if is_read(answer)]
    assert len(pages) > 300
    wrong = {(answer.route, word) for answer in pages for word in unspoken(answer.text)}
    assert wrong == set()


def test_a_code_would_be_noticed() -> None:
    assert unspoken('<p title="people.own_staff_seen">words <script>None</script></p>') == set()
    assert unspoken("<p>people.own_staff_seen</p>") == {"people.own_staff_seen"}
    assert unspoken("<td>None</td>") == {"None"}
    assert unspoken("<b>0190a3b0-0000-7000-8000-000000000001</b>") == {"0190a3b0-0000-7000-8000-000000000001"}
