"""Which numbers the pictures are of."""

from collections.abc import Iterator

import numpy as np

from number_generator.errors import LayoutError
from number_generator.strings import uniform_digits

Length = int | tuple[int, int] | None
"""Of random numbers: so many digits, or from least to most; None for phone numbers: 11 digits, the first a 0."""

PHONE_DIGITS = 11
LONGEST = 100


def longest_number(length: Length) -> int:
    """Digits of the longest number.

    Raises:
        LayoutError: a length that no number has.
    """
    least, most = _bounds(length)
    if not 1 <= least <= most <= LONGEST:
        raise LayoutError(f"numbers have from 1 to {LONGEST} digits, the least before the most, not {length!r}")
    return most


def draw_numbers(count: int, length: Length, generator: np.random.Generator) -> Iterator[str]:
    """So many random numbers; phone numbers are unique, others may come twice.

    Raises:
        LayoutError: a length that no number has, or more phone numbers than there are.
    """
    longest_number(length)
    if length is not None:
        return (_draw(length, generator) for _ in range(count))
    if count > 10 ** (PHONE_DIGITS - 1):
        raise LayoutError(f"there are 10 billion phone numbers, and not {count}")
    return _draw_phone_numbers(count, generator)


def _bounds(length: Length) -> tuple[int, int]:
    if length is None:
        return PHONE_DIGITS, PHONE_DIGITS
    return length if isinstance(length, tuple) else (length, length)


def _draw(length: Length, generator: np.random.Generator) -> str:
    least, most = _bounds(length)
    return uniform_digits(int(generator.integers(least, most + 1)), generator)


def _draw_phone_numbers(count: int, generator: np.random.Generator) -> Iterator[str]:
    drawn: set[str] = set()
    while len(drawn) < count:
        number = "0" + uniform_digits(PHONE_DIGITS - 1, generator)
        if number not in drawn:
            drawn.add(number)
            yield number
