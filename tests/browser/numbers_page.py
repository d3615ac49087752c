"""The page as a visitor handles it. Also used by the Docker tests."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.handwriting import Stroke, strokes_of

LAPTOP = (1280, 800)
PHONE = (390, 844)
_CHROMIUM = "/usr/bin/chromium"
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=list(_QUIET))
        try:
            yield browser
        finally:
            browser.close()


class NumbersPage:
    def __init__(self, browser: Browser, url: str, size: tuple[int, int] = LAPTOP) -> None:
        phone = size == PHONE
        self.page: Page = browser.new_page(
            viewport={"width": size[0], "height": size[1]}, has_touch=phone, is_mobile=phone
        )
        self._pen = self._finger if phone else self._mouse
        self.page.set_default_timeout(30_000)
        self.page.goto(url)
        self.paper = self.page.locator(".st-key-canvas")
        expect(self.paper.locator("canvas.upper-canvas")).to_be_visible(timeout=60_000)

    @property
    def number(self) -> Locator:
        return self.page.locator("output.number:visible")

    @property
    def message(self) -> Locator:
        return self.page.locator(".message:visible")

    @property
    def verdict(self) -> Locator:
        return self.page.locator(".verdict:visible")

    @property
    def rule_note(self) -> Locator:
        return self.page.locator(".free:visible")

    @property
    def others(self) -> Locator:
        """Other numbers that it may be, to click."""
        return self.page.get_by_role("radiogroup", name="Or is it").get_by_role("radio")

    @property
    def mistake(self) -> Locator:
        """In the pattern."""
        return self.page.locator(".mistake:visible")

    @property
    def digits(self) -> Locator:
        return self.page.locator("ol.digits:visible li")

    def button(self, name: str) -> Locator:
        # The canvas has buttons of its own by the same names, cut off by the page.
        return self.page.locator("button:visible[data-testid^=stBaseButton]", has_text=name)

    def write(self, number: str, left: float = 30, top: float = 70, height: float = 110) -> None:
        self.draw(strokes_of(number, left, top, height))

    def draw(self, strokes: Iterable[Stroke]) -> None:
        """Stroke by stroke; pixels from the paper's upper left corner."""
        for stroke in strokes:
            self.paper.scroll_into_view_if_needed()
            corner = self.paper.bounding_box()
            assert corner is not None
            self._pen([(corner["x"] + x, corner["y"] + y) for x, y in stroke])

    def _mouse(self, points: Stroke) -> None:
        mouse = self.page.mouse
        mouse.move(*points[0])
        mouse.down()
        for x, y in points[1:]:
            mouse.move(x, y)
        mouse.up()

    def _finger(self, points: Stroke) -> None:
        touch = self.page.context.new_cdp_session(self.page)
        for index, (x, y) in enumerate(points):
            kind = "touchMove" if index else "touchStart"
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        touch.detach()

    def press(self, name: str) -> None:
        self.button(name).click()

    def choose_paper(self, name: str) -> None:
        self.page.get_by_role("radio", name=name).click()

    def choose_kind(self, name: str) -> None:
        self._choose("Kind of number", name)

    def choose_max_error(self, name: str) -> None:
        self._choose("Wrong that I can live with", name)

    def _choose(self, field: str, name: str) -> None:
        self.page.get_by_role("combobox", name=field).click()
        self.page.get_by_role("option", name=name).click()

    def type_pattern(self, pattern: str) -> None:
        self.choose_kind("Own pattern")
        self.page.get_by_role("textbox", name="Pattern").fill(pattern)

    def make_pen_wider(self) -> None:
        self.page.get_by_role("slider").press("ArrowRight")

    def upload(self, picture: Path) -> None:
        self.page.get_by_role("tab", name="Upload").click()
        self.page.locator("input[type=file]").set_input_files(picture)

    @property
    def picture(self) -> Locator:
        """The picture that was read, with its boxes."""
        return self.page.locator(".stImage img:visible")

    @property
    def horizontal_overflow(self) -> int:
        """Pixels by which something is wider than the screen."""
        return int(
            self.page.evaluate("""() => Math.max(
            ...[document.scrollingElement, ...document.querySelectorAll('.stMain, .stMainBlockContainer')]
               .map(element => element.scrollWidth - element.clientWidth))""")
        )
