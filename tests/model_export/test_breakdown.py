import pytest

from model_export.breakdown import (
    NOTHING,
    align,
    count_confusions,
    digit_height,
    length,
    relative_pen_width,
    share_by,
)
from model_export.evaluation import Reading

READINGS = [
    Reading("12", "12", 0.9, "canvas", digit_height=40, pen_width=4),
    Reading("34", "35", 0.8, "canvas", digit_height=80, pen_width=4),
    Reading("567", "57", 0.7, "MNIST"),
]


@pytest.mark.parametrize(
    ("wanted", "read", "pairs"),
    [
        ("40", "40", [("4", "4"), ("0", "0")]),
        ("4095", "495", [("4", "4"), ("0", ""), ("9", "9"), ("5", "5")]),  # one not read
        ("49", "419", [("4", "4"), ("", "1"), ("9", "9")]),  # one that is not there
        ("123", "173", [("1", "1"), ("2", "7"), ("3", "3")]),  # one taken for another
        ("12", "", [("1", ""), ("2", "")]),
    ],
)
def test_digits_are_paired_by_the_fewest_edits(wanted: str, read: str, pairs: list[tuple[str, str]]) -> None:
    assert align(wanted, read) == pairs


def test_confusions_count_every_digit() -> None:
    counts = count_confusions([*READINGS, Reading("8", "81", 0.5)])
    assert counts.shape == (11, 11)
    assert counts[4, 5] == 1
    assert counts[6, NOTHING] == 1
    assert counts[NOTHING, 1] == 1
    assert counts.trace() == 6
    assert counts.sum() == 9


def test_shares_are_by_value_or_by_range_and_of_what_is_known() -> None:
    assert [(share.value, share.strings, share.exact) for share in share_by(READINGS, length)] == [
        (2, 2, 0.5),
        (3, 1, 0),
    ]
    assert [share.value for share in share_by(READINGS, digit_height, edges=(50, 100))] == [40, 80]
    (share,) = share_by(READINGS, relative_pen_width, edges=(0.2,))
    assert share.value == pytest.approx(0.075)
    assert share.strings == 2
