"""What is known of a number before it is read, and its one automaton."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from sys import getsizeof
from threading import Lock

from recognizer.automaton import Automaton, intersect, to_rows
from recognizer.checksums import CHECKSUMS, WeightedSum, check_weighted_sum, checksum, weighted_sum
from recognizer.errors import ConstraintError
from recognizer.languages import any_digits, in_range, of_length, out_of
from recognizer.patterns import compile_pattern

MOST_DIGITS = 100
MOST_NUMBERS = 10_000
KEPT_BYTES = 4_000_000
"""Of all automata that are kept for the next who asks the same; the last one is kept whatever its size (8 million)."""
MOST_KEPT = 64
"""Automata: small ones that come and go all over the heap keep many times their size from going back to the system."""
_FEW_BYTES = 4_000  # of all else


@dataclass(frozen=True)
class NumberRange:
    """low to high, both included, none negative. leading_zeros: whether 007 is a legal 7, and 00 a legal 0."""

    low: int
    high: int
    leading_zeros: bool = False


@dataclass(frozen=True)
class Constraint:
    """All that is given must hold; nothing given allows any digits.

    length: digits, exactly or from..to, 0 to 100. pattern: see `recognizer.patterns`. one_of: up to 10,000 numbers of 1
    to 100 digits. checksum: a name out of CHECKSUMS, or a rule of one's own.
    """

    length: int | tuple[int, int] | None = None
    pattern: str | None = None
    one_of: tuple[str, ...] | None = None
    range: NumberRange | None = None
    checksum: str | WeightedSum | None = None


def compile_constraint(constraint: Constraint) -> Automaton:
    """The automaton of all that is given; those compiled last are kept.

    Raises ConstraintError, told of the field, where something is malformed or too complex, or where no number at all is
    legal.
    """
    _check(constraint)
    compiled = _KEPT.get(constraint)
    if compiled is None:
        compiled = _compile(constraint)
        _KEPT.put(constraint, compiled)
    return compiled


class _Kept:
    """The constraints compiled last, in the limits above; safe to use from several threads at once."""

    def __init__(self) -> None:
        self._automata: OrderedDict[Constraint, Automaton] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, constraint: Constraint) -> Automaton | None:
        with self._lock:
            compiled = self._automata.get(constraint)
            if compiled is not None:
                self._automata.move_to_end(constraint)
            return compiled

    def put(self, constraint: Constraint, compiled: Automaton) -> None:
        with self._lock:
            if constraint not in self._automata:
                self._automata[constraint] = compiled
                self._bytes += _count_bytes(constraint, compiled)
            while len(self._automata) > MOST_KEPT or (self._bytes > KEPT_BYTES and len(self._automata) > 1):
                self._bytes -= _count_bytes(*self._automata.popitem(last=False))


def _count_bytes(constraint: Constraint, compiled: Automaton) -> int:
    numbers = sum(map(getsizeof, constraint.one_of or ()))
    return compiled.transitions.nbytes + compiled.accepting.nbytes + numbers + _FEW_BYTES


_KEPT = _Kept()


def _compile(constraint: Constraint) -> Automaton:
    automata: dict[str, Automaton] = {}
    if constraint.length is not None:
        automata["length"] = of_length(*_as_pair(constraint.length))
    if constraint.pattern is not None:
        automata["pattern"] = compile_pattern(constraint.pattern)
    if constraint.range is not None:
        bounds = constraint.range
        automata["range"] = in_range(bounds.low, bounds.high, bounds.leading_zeros)
    if isinstance(constraint.checksum, WeightedSum):
        automata["checksum"] = weighted_sum(constraint.checksum)
    elif constraint.checksum is not None:
        automata["checksum"] = checksum(constraint.checksum)
    if constraint.one_of is not None:
        return _select(constraint.one_of, automata)
    return _combine(automata)


def _combine(automata: dict[str, Automaton]) -> Automaton:
    """Smallest first, so that products stay small."""
    names: list[str] = []
    combined: Automaton | None = None
    for name, automaton in sorted(automata.items(), key=lambda item: len(item[1])):
        names = _in_order([*names, name])
        combined = automaton if combined is None else intersect(combined, automaton, ", ".join(names))
        if combined.is_empty:
            raise _contradiction(names)
    return any_digits() if combined is None else combined


def _select(numbers: tuple[str, ...], automata: dict[str, Automaton]) -> Automaton:
    """A list is not multiplied by the others but sifted by them."""
    _check_numbers(numbers)
    rows, names = to_rows(list(numbers)), ["one_of"]
    for name, automaton in automata.items():
        if automaton.is_empty:
            raise _contradiction([name])
        names = _in_order([*names, name])
        rows = rows[automaton.accepts_each(rows)]
        if len(rows) == 0:
            raise _contradiction(names)
    return out_of(rows)


def _in_order(names: Iterable[str]) -> list[str]:
    """As the fields of Constraint stand, so that a message does not hang on the sizes of automata."""
    return sorted(names, key=[field.name for field in fields(Constraint)].index)


def _contradiction(names: list[str]) -> ConstraintError:
    if len(names) == 1:
        return ConstraintError(f"no number can satisfy {names[0]}: change it", names[0])
    told = f"{', '.join(names[:-1])} and {names[-1]}"
    return ConstraintError(f"no number can satisfy {told} together: change one of them", ", ".join(names))


def _check(constraint: Constraint) -> None:
    """What is quick to check, and the types: Python holds 1, 1.0 and True for equal, and so does the cache."""
    if constraint.length is not None:
        _check_length(constraint.length)
    if constraint.range is not None:
        _check_range(constraint.range)
    if constraint.pattern is not None and not isinstance(constraint.pattern, str):
        raise ConstraintError("the pattern must be a text", "pattern")
    if isinstance(constraint.checksum, WeightedSum):
        check_weighted_sum(constraint.checksum)
    elif constraint.checksum is not None and constraint.checksum not in CHECKSUMS:
        raise ConstraintError(f"the checksum must be one of {', '.join(CHECKSUMS)}, or a weighted sum", "checksum")
    if constraint.one_of is not None:
        _check_list(constraint.one_of)


def _check_length(length: int | tuple[int, int]) -> None:
    pair = _as_pair(length)
    if len(pair) != 2 or not all(type(count) is int and 0 <= count <= MOST_DIGITS for count in pair):
        raise ConstraintError(f"the length must be one or two whole numbers from 0 to {MOST_DIGITS}", "length")
    if pair[0] > pair[1]:
        raise ConstraintError("the length goes down: give the smaller number first", "length")


def _check_range(bounds: NumberRange) -> None:
    if not isinstance(bounds, NumberRange) or not all(type(bound) is int for bound in (bounds.low, bounds.high)):
        raise ConstraintError("the range must be two whole numbers", "range")
    if type(bounds.leading_zeros) is not bool:
        raise ConstraintError("leading_zeros of the range must be true or false", "range")
    if bounds.low < 0 or bounds.high >= 10**MOST_DIGITS:
        raise ConstraintError(f"the range must lie between 0 and the largest number of {MOST_DIGITS} digits", "range")
    if bounds.low > bounds.high:
        raise ConstraintError("the range goes down: give the smaller number first", "range")


def _check_list(numbers: tuple[str, ...]) -> None:
    if not isinstance(numbers, tuple) or not 1 <= len(numbers) <= MOST_NUMBERS:
        raise ConstraintError(f"one_of must be a list of 1 to {MOST_NUMBERS:,} numbers", "one_of")
    try:
        hash(numbers)
    except TypeError as error:
        raise ConstraintError("one_of must be a list of texts", "one_of") from error


def _check_numbers(numbers: tuple[str, ...]) -> None:
    for position, number in enumerate(numbers):
        if not isinstance(number, str) or not (number.isascii() and number.isdigit()):
            raise ConstraintError("every number of one_of must be a text of digits only", "one_of", position)
        if len(number) > MOST_DIGITS:
            raise ConstraintError(f"no number of one_of may be longer than {MOST_DIGITS} digits", "one_of", position)


def _as_pair(length: int | tuple[int, int]) -> tuple[int, int]:
    return length if isinstance(length, tuple) else (length, length)
