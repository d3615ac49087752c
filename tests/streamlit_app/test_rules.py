import pytest

from recognizer.automaton import to_rows
from recognizer.constraint import compile_constraint
from server_api.schemas import Constraint
from streamlit_app.rules import PRESETS, in_plain_words

EXAMPLES = {
    "Phone": (["01234567890"], ["1234567890", "0123456789", "11234567890"]),
    "Date": (["01011900", "31122099", "29022024"], ["32012000", "00012000", "01132000", "01001999", "01012100"]),
    "Year": (["1900", "2099"], ["1899", "2100", "20000"]),
    "Card": (["4111111111111111", "5500005555555559"], ["4111111111111112", "79927398713"]),
    "Five": (["00000", "40950"], ["4095", "409500"]),
}
"""Legal and illegal numbers."""


@pytest.mark.parametrize("kind", PRESETS)
def test_a_preset_says_to_the_api_what_its_name_says_to_people(kind: str) -> None:
    legal, illegal = EXAMPLES[kind.split(maxsplit=1)[0]]
    rule = Constraint.model_validate(PRESETS[kind].model_dump(exclude_none=True)).to_recognizer()
    accepts = compile_constraint(rule).accepts_each
    assert accepts(to_rows(legal)).all()
    assert not accepts(to_rows(illegal)).any()


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("constraint (pattern, at position 2): write a )", "At position 2: write a )."),
        ("constraint (pattern): the pattern is too complex", "The pattern is too complex."),
        ("worded in another way: some day", "worded in another way: some day"),
    ],
)
def test_what_the_api_says_comes_without_the_names_of_fields(detail: str, said: str) -> None:
    assert in_plain_words(detail) == said
