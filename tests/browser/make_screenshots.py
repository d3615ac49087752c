"""Makes docs/sample.png and docs/screenshot*.png: python -m tests.browser.make_screenshots"""

import base64

from playwright.sync_api import Browser, expect

from tests.browser.conftest import ROOT, api_running, page_running
from tests.browser.numbers_page import LAPTOP, PHONE, NumbersPage, chromium
from tests.streamlit_app.stand_in import StandIn, stand_in

DOCS = ROOT / "docs"
NUMBER = "40950"


def main() -> None:
    with chromium() as browser:
        with stand_in() as api, page_running(api.url) as url:
            save_sample(browser, url, api)
        with api_running() as api_url, page_running(api_url) as url:
            take(browser, url, "screenshot.png", LAPTOP, NUMBER, top=110, height=140)
            take(browser, url, "screenshot-phone.png", PHONE, NUMBER[:3], top=60, height=120)


def save_sample(browser: Browser, url: str, api: StandIn) -> None:
    """Exactly what the page sends once the whole number is drawn."""
    numbers_page = NumbersPage(browser, url)
    numbers_page.write(NUMBER, top=110, height=140)
    numbers_page.page.wait_for_timeout(2000)
    _, body = api.requests[-1]
    (DOCS / "sample.png").write_bytes(base64.b64decode(body["image"].partition(",")[2]))
    numbers_page.page.close()


def take(browser: Browser, url: str, name: str, size: tuple[int, int], number: str, top: float, height: float) -> None:
    numbers_page = NumbersPage(browser, url, size)
    numbers_page.write(number, top=top, height=height)
    expect(numbers_page.number).to_have_text(number)
    expect(numbers_page.picture).to_be_visible()
    numbers_page.page.mouse.move(0, 0)
    numbers_page.page.wait_for_timeout(500)  # until hover effects and fades are over
    numbers_page.page.screenshot(path=DOCS / name, full_page=True)
    numbers_page.page.close()


if __name__ == "__main__":
    main()
