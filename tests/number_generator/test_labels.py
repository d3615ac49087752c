import numpy as np
import pytest

from number_generator import LayoutError
from number_generator.labels import Length, draw_numbers, longest_number


def test_phone_numbers_are_unique_have_11_digits_and_begin_with_a_zero(generator: np.random.Generator) -> None:
    numbers = list(draw_numbers(2000, None, generator))
    assert len(set(numbers)) == 2000
    assert all(len(number) == 11 and number[0] == "0" and number.isdecimal() for number in numbers)


@pytest.mark.parametrize(("length", "lengths"), [(3, {3}), ((1, 4), {1, 2, 3, 4})])
def test_other_numbers_have_the_lengths_asked_for(
    length: Length, lengths: set[int], generator: np.random.Generator
) -> None:
    assert {len(number) for number in draw_numbers(200, length, generator)} == lengths
    assert longest_number(length) == max(lengths)


@pytest.mark.parametrize("length", [0, -1, (3, 2), (0, 4), 1000])
def test_a_length_that_no_number_has_is_refused(length: Length, generator: np.random.Generator) -> None:
    with pytest.raises(LayoutError, match="from 1 to 100 digits"):
        draw_numbers(1, length, generator)


def test_there_are_only_so_many_phone_numbers(generator: np.random.Generator) -> None:
    with pytest.raises(LayoutError, match="10 billion"):
        draw_numbers(10**10 + 1, None, generator)
