"""What a visitor sees, with the shipped model."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from number_generator import PenDigit, PenStrings, part_writers
from tests.browser.conftest import ROOT, free_port, page_running
from tests.browser.numbers_page import LAPTOP, PHONE, NumbersPage
from tests.streamlit_app.stand_in import stand_in

OpenPage = Callable[..., NumbersPage]


@pytest.mark.parametrize("number", ["40950", "2718", "7", "3661"])
def test_a_number_drawn_stroke_by_stroke_is_read(numbers_page: NumbersPage, number: str) -> None:
    numbers_page.write(number)
    expect(numbers_page.number).to_have_text(number)
    expect(numbers_page.digits).to_have_count(len(number))
    expect(numbers_page.picture).to_be_visible()


@pytest.mark.parametrize(("number", "seed"), [("83016", 3), ("4725", 1), ("960", 2)])
def test_a_number_in_the_hand_of_somebody_not_trained_on_is_read(
    numbers_page: NumbersPage, pen_digits: list[PenDigit], number: str, seed: int
) -> None:
    _, unseen = part_writers(pen_digits)
    strokes = PenStrings(unseen).write(number, np.random.default_rng(seed), height=110)
    numbers_page.draw((stroke + (30, 70)).tolist() for stroke in strokes)
    expect(numbers_page.number).to_have_text(number)


def test_every_digit_shows_its_confidence(numbers_page: NumbersPage) -> None:
    numbers_page.write("40")
    expect(numbers_page.number).to_have_text("40")
    assert all(text.rstrip().endswith("%") for text in numbers_page.digits.all_inner_texts())


def test_light_ink_on_dark_paper_is_read(numbers_page: NumbersPage) -> None:
    numbers_page.choose_paper("Dark")
    numbers_page.write("40950")
    expect(numbers_page.number).to_have_text("40950")


def test_a_change_of_paper_keeps_the_drawing(numbers_page: NumbersPage) -> None:
    numbers_page.write("9")
    expect(numbers_page.number).to_have_text("9")
    numbers_page.choose_paper("Dark")
    numbers_page.write("5", left=130)
    expect(numbers_page.number).to_have_text("95")


@pytest.mark.parametrize("top", [3, 70])  # at the very top too, where the canvas has a hidden toolbar of its own
def test_a_number_drawn_with_a_finger_is_read(open_page: OpenPage, page_url: str, top: float) -> None:
    numbers_page = open_page(page_url, PHONE)
    numbers_page.write("409", top=top)
    expect(numbers_page.number).to_have_text("409")


def test_undo_takes_back_one_stroke_at_a_time(numbers_page: NumbersPage) -> None:
    numbers_page.write("271")
    expect(numbers_page.number).to_have_text("271")
    numbers_page.press("Undo")
    expect(numbers_page.number).to_have_text("27")
    numbers_page.press("Undo")
    expect(numbers_page.number).to_have_text("2")
    numbers_page.press("Undo")
    expect(numbers_page.message).to_contain_text("Nothing to read yet")


def test_clear_leaves_a_blank_paper_to_draw_on_again(numbers_page: NumbersPage) -> None:
    for number in ("40", "95"):
        numbers_page.write(number)
        expect(numbers_page.number).to_have_text(number)
        numbers_page.press("Clear")
        expect(numbers_page.message).to_contain_text("Nothing to read yet")


def test_blank_paper_invites_to_draw(numbers_page: NumbersPage) -> None:
    expect(numbers_page.message).to_contain_text("Draw some digits")
    expect(numbers_page.button("Undo")).to_be_disabled()
    expect(numbers_page.button("Clear")).to_be_disabled()


def test_an_uploaded_picture_is_read(numbers_page: NumbersPage) -> None:
    numbers_page.upload(ROOT / "docs" / "sample.png")
    expect(numbers_page.number).to_have_text("40950")
    expect(numbers_page.picture).to_be_visible()


def test_what_the_api_refuses_is_said_plainly(numbers_page: NumbersPage, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture at all")
    numbers_page.upload(broken)
    expect(numbers_page.message).to_contain_text("Try another picture.")
    expect(numbers_page.page.get_by_text("Traceback")).to_have_count(0)


def test_an_api_that_is_away_is_said_plainly(open_page: OpenPage) -> None:
    with page_running(f"http://127.0.0.1:{free_port()}") as url:
        numbers_page = open_page(url)
        numbers_page.write("1")
        expect(numbers_page.message).to_contain_text("cannot be reached")
        expect(numbers_page.message).to_contain_text("Check that the API is running")
        expect(numbers_page.page.get_by_text("Traceback")).to_have_count(0)


def test_an_api_that_is_slow_is_said_plainly(open_page: OpenPage) -> None:
    with stand_in() as api, page_running(api.url, API_TIMEOUT="0.3") as url:
        api.delay = 1
        numbers_page = open_page(url)
        numbers_page.write("1")
        expect(numbers_page.message).to_contain_text("takes too long")
        api.delay = 0
        numbers_page.press("Try again")
        expect(numbers_page.number).to_have_text("4")


def test_a_picture_is_sent_once_and_blank_paper_never(open_page: OpenPage) -> None:
    with stand_in() as api, page_running(api.url) as url:
        numbers_page = open_page(url)
        assert api.requests == []
        numbers_page.write("1")
        expect(numbers_page.number).to_have_text("4")
        numbers_page.make_pen_wider()
        numbers_page.page.wait_for_timeout(1000)
        assert len(api.requests) == 1


@pytest.mark.parametrize("size", [LAPTOP, PHONE])
def test_nothing_is_wider_than_the_screen(open_page: OpenPage, page_url: str, size: tuple[int, int]) -> None:
    numbers_page = open_page(page_url, size)
    numbers_page.write("409", height=80)
    expect(numbers_page.number).to_have_text("409")
    assert numbers_page.horizontal_overflow == 0
