"""What a visitor says of the number, and what is said to the visitor of the reading."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ROOT, page_running
from tests.browser.numbers_page import LAPTOP, PHONE, NumbersPage
from tests.streamlit_app.stand_in import READING, StandIn, stand_in

OpenPage = Callable[..., NumbersPage]


@pytest.fixture(scope="module")
def stand_in_and_page() -> Iterator[tuple[StandIn, str]]:
    with stand_in() as api, page_running(api.url) as url:
        yield api, url


@pytest.fixture
def api(stand_in_and_page: tuple[StandIn, str]) -> StandIn:
    api, _ = stand_in_and_page
    api.requests.clear()
    return api


@pytest.fixture
def numbers_page_of_stand_in(open_page: OpenPage, stand_in_and_page: tuple[StandIn, str]) -> NumbersPage:
    return open_page(stand_in_and_page[1])


def answer(api: StandIn, **changed: Any) -> None:
    api.answer = json.dumps(READING | changed).encode()


@pytest.mark.parametrize(
    ("number", "changed", "words"),
    [
        ("1", {}, "Safe to use"),
        ("2", {"verdict": "review", "mask": "?"}, "Check it doubtful: ?"),
    ],
)
def test_the_verdict_is_said_in_words(
    api: StandIn, numbers_page_of_stand_in: NumbersPage, number: str, changed: dict[str, Any], words: str
) -> None:
    answer(api, **changed)
    numbers_page_of_stand_in.write(number)
    expect(numbers_page_of_stand_in.verdict).to_have_text(words)
    expect(numbers_page_of_stand_in.number).to_have_text("4")


def test_what_is_no_number_is_said_to_be_none(api: StandIn, numbers_page_of_stand_in: NumbersPage) -> None:
    answer(api, verdict="reject", reason="not_digits")
    numbers_page_of_stand_in.draw([[(40, 100), (140, 220), (60, 200), (180, 90)]])
    expect(numbers_page_of_stand_in.message).to_contain_text("This does not look like a number")
    expect(numbers_page_of_stand_in.number).to_have_count(0)


def test_a_clicked_alternative_is_the_number_until_something_is_drawn(
    api: StandIn, numbers_page_of_stand_in: NumbersPage
) -> None:
    numbers_page = numbers_page_of_stand_in
    answer(api)
    numbers_page.write("7")
    numbers_page.others.get_by_text("9 · 1.5%").click()
    expect(numbers_page.number).to_have_text("9")
    expect(numbers_page.verdict).to_have_text("Chosen by you")
    numbers_page.write("1", left=200)
    expect(numbers_page.verdict).to_have_text("Safe to use")
    expect(numbers_page.number).to_have_text("4")


def test_a_preset_goes_out_with_the_picture(api: StandIn, numbers_page_of_stand_in: NumbersPage) -> None:
    answer(api, legal_mass=0.4, unconstrained={"prediction": "9", "confidence": 0.6})
    numbers_page_of_stand_in.choose_kind("Card number")
    numbers_page_of_stand_in.write("3")
    expect(numbers_page_of_stand_in.rule_note).to_have_text("Without the rule it reads 9.")
    _, sent = api.requests[-1]
    assert sent["constraint"] == {"length": 16, "checksum": "luhn"}
    assert sent["alternatives"] == 5


def test_the_errors_that_a_visitor_can_live_with_go_out_with_the_picture(
    api: StandIn, numbers_page_of_stand_in: NumbersPage
) -> None:
    answer(api)
    numbers_page_of_stand_in.write("3")
    expect(numbers_page_of_stand_in.number).to_have_text("4")
    assert "max_error" not in api.requests[-1][1]
    answer(api, verdict="review", mask="?")
    numbers_page_of_stand_in.choose_max_error("1 in 1,000")
    expect(numbers_page_of_stand_in.verdict).to_have_text("Check it doubtful: ?")
    assert api.requests[-1][1]["max_error"] == 0.001


@pytest.mark.parametrize("kind", ["Five digits", "Any number"])
def test_a_number_that_fits_the_preset_is_read_as_before(numbers_page: NumbersPage, kind: str) -> None:
    numbers_page.choose_kind(kind)
    numbers_page.write("40950")
    expect(numbers_page.number).to_have_text("40950")
    expect(numbers_page.rule_note).to_have_count(0)


def test_an_uploaded_number_that_does_not_fit_is_told_as_it_reads(numbers_page: NumbersPage) -> None:
    numbers_page.choose_kind("Card number")
    numbers_page.upload(ROOT / "docs" / "sample.png")
    expect(numbers_page.message).to_contain_text("Nothing in the picture fits what you said of the number")
    expect(numbers_page.message).to_contain_text("Without the rule it reads 40950.")


@pytest.mark.parametrize("size", [LAPTOP, PHONE])
def test_a_bad_pattern_is_explained_by_its_field_before_anything_is_drawn(
    open_page: OpenPage, page_url: str, size: tuple[int, int]
) -> None:
    numbers_page = open_page(page_url, size)
    numbers_page.type_pattern("4(09|10")
    expect(numbers_page.mistake).to_contain_text("At position 2: this ( is never closed: write a )")
    expect(numbers_page.page.get_by_text("Traceback")).to_have_count(0)
    assert numbers_page.horizontal_overflow == 0
    numbers_page.write("409")
    expect(numbers_page.message).to_contain_text("Change it, or choose another kind of number.")
    numbers_page.page.get_by_role("textbox", name="Pattern").fill("4(09|10)")
    expect(numbers_page.mistake).to_have_count(0)
    expect(numbers_page.number).to_have_text("409")
