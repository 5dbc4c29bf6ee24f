"""Somebody at a browser: opens pages of a running installation, and looks at each as a strict reader would."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Locator, Page, ViewportSize

AXE = (Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js").read_text("utf-8")
BOTH = {"中文", "English"}
"""Stands on every page in its own language."""
THUMB = 44
"""CSS pixels that a target has at least. A link inside a sentence is text and as high as its line."""

# The targets of this page that are lower than `least`, as text.
_SMALL = """least => [...document.querySelectorAll(
    "button, summary, select, textarea, .btn, input:not([type=hidden], [type=checkbox], [type=radio], .unseen), " +
    "label:has(input), nav:not(:has(.trail)) a, .people a, .choices a")]
  .filter(one => one.checkVisibility({visibilityProperty: true}))
  .map(one => [one, one.getBoundingClientRect()])
  .filter(([, box]) => box.width > 1 && box.height > 1 && box.height < least - 0.5)
  .map(([one, box]) => `${Math.round(box.height)} px: ${one.outerHTML.slice(0, 120)}`)"""
# The innermost elements that reach beyond the right edge, when the page can be pushed sideways.
_BEYOND = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll("body *")]
  .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
  .slice(-3).map(one => one.outerHTML.slice(0, 120))"""

# Where a last row of figures holds one alone under rows of three and more.
_ALONE = """() => [...document.querySelectorAll(".tiles:not(.guides)")].filter(({children}) => {
  const tops = [...children].map(one => Math.round(one.getBoundingClientRect().top));
  const inRow = top => tops.filter(one => one === top).length;
  return inRow(tops[0]) > 2 && inRow(tops.at(-1)) === 1;
}).map(one => one.textContent.trim().replaceAll(/\\s+/g, " ").slice(0, 120))"""

_SERIOUS = """async () => {
  const {passes, violations} = await axe.run(document, {resultTypes: ["violations"]});
  return (passes.length ? [] : ["axe did not run"]).concat(
    violations.filter(({impact}) => ["serious", "critical"].includes(impact))
      .map(({id, nodes}) => `${id}: ${nodes[0].html.slice(0, 160)}`));
}"""

# The texts of the page, and apart from them those that are never data.
_TEXTS = """() => {
  const texts = where => [...document.querySelectorAll(where)].flatMap(one => [...one.childNodes])
    .filter(part => part.nodeType === Node.TEXT_NODE).map(part => part.data.trim().replaceAll(/\\s+/g, " "));
  const labels = "th, label:not(fieldset label), legend, button, .btn, .tile-label, summary, nav.side a";
  return [texts("body :not(option)"), texts(labels)];
}"""
_CHINESE = re.compile("[\u4e00-\u9fff]+")


@dataclass(slots=True)
class Visitor:
    """A page, and what was wrong with all that it showed. With a `folder`, every look leaves a picture there."""

    page: Page
    address: str
    folder: Path | None = None
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("console", lambda line: self._hear(line.type, line.text))
        self.page.on("request", lambda request: self._follow(request.url))

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.faults.append(f"console of {self.page.url}: {text}")

    def _follow(self, url: str) -> None:
        if not url.startswith((f"{self.address}/", "data:", "blob:")):
            self.faults.append(f"outside: {url}")

    def open(self, path: str) -> None:
        """Go to a page of the installation."""
        self.page.goto(self.address + path)

    def press(self, control: Locator) -> None:
        """Click what leads to another page, and wait for that."""
        with self.page.expect_navigation():
            control.click()

    def fill(self, **values: str) -> None:
        """Type into the fields of the form by their names."""
        for name, value in values.items():
            self.page.locator(f"main [name={name}]").fill(value)

    def ask_passcode(self, phone: str) -> str:
        """The passcode, which stands on the page while no SMS channel is set."""
        self.open("/sign-in?by=phone")
        self.page.locator("[name=phone]").fill(phone)
        self.press(self.page.locator("button[name=ask]"))
        return self.page.locator(".developer code").first.inner_text()

    def sign_in_by_phone(self, phone: str) -> None:
        """As a principal."""
        self.page.locator("[name=code]").fill(self.ask_passcode(phone))
        self.press(self.page.locator("button[name=enter]"))

    def sign_in(self, user: str, password: str) -> None:
        """As an officer."""
        self.open("/sign-in?by=officer")
        self.page.locator("[name=username]").fill(user)
        self.page.locator("[name=password]").fill(password)
        self.press(self.page.locator("form:has([name=password]) button[type=submit]"))

    def look(self, name: str) -> None:
        """Nothing reaches beyond the window, no target is too small, no tile alone; axe finds nothing serious."""
        found: list[str] = [f"beyond the window: {one}" for one in self.page.evaluate(_BEYOND)]
        found += [f"alone in its row: {one}" for one in self.page.evaluate(_ALONE)]
        if self.page.evaluate("() => innerWidth < 768"):
            found += [f"too small: {one}" for one in self.page.evaluate(_SMALL, THUMB)]
        self.page.evaluate(AXE)
        found += self.page.evaluate(_SERIOUS)
        self.faults += [f"{name}: {fault}" for fault in found]
        self.keep(name)

    def read(self, name: str, language: str, chinese: Mapping[str, str], names: Collection[str]) -> None:
        """The page speaks the reader's language; `chinese` has the translations of all texts, `names` are data."""
        texts, labels = self.page.evaluate(_TEXTS)
        wrong = set(chinese if language == "zh" else chinese.values()) & set(texts)
        if language == "en":
            wrong |= {text for text in labels if _CHINESE.search(text.replace("粤政易", ""))}
        self.faults += [f"{name}: not in {language}: {text}" for text in sorted(wrong - BOTH.union(names))]

    def keep(self, name: str) -> None:
        """Leave a picture of the whole page in the folder, as tall as the page is."""
        if self.folder:
            size = self.page.viewport_size or ViewportSize(width=360, height=740)
            height = self.page.evaluate("document.documentElement.scrollHeight")
            self.page.set_viewport_size(
                {"width": size["width"], "height": max(size["height"], min(height, 6000))}
            )
            self.page.screenshot(path=self.folder / f"{name}.png")
            self.page.set_viewport_size(size)
