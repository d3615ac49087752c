"""Deterministic automata over digits: which strings are legal, told digit by digit."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recognizer.errors import ConstraintError
from recognizer.states import MOST_LEVELS, Accepting, Entangled, Transitions, minimise, trim

DEAD = -1
MOST_STATES = 200_000  # in any step of a construction

_ORD_ZERO = ord("0")
NO_DIGIT = 10  # fills up rows of digits

Digits = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Automaton:
    """The start is state 0. Made by `build`, it is trimmed: each state is reached from 0 and reaches an accepting one.

    So a string is known to be illegal at its first digit that no legal string shares. The one exception is the
    automaton without any legal string: a single state, not accepting, and no transitions.

    transitions: int32 (states, 10), DEAD where no legal string goes on; accepting: bool (states,). Both read-only.
    """

    transitions: Transitions
    accepting: Accepting

    def __post_init__(self) -> None:
        self.transitions.setflags(write=False)  # compiled automata are shared
        self.accepting.setflags(write=False)

    def __len__(self) -> int:
        """How many states there are."""
        return len(self.accepting)

    @property
    def is_empty(self) -> bool:
        """Whether no string at all is legal."""
        return not self.accepting.any()

    def accepts(self, digits: str) -> bool:
        """Whether a string is legal; one with anything but ASCII digits never is."""
        if not (digits.isascii() and (digits.isdigit() or not digits)):
            return False
        state = 0
        for digit in digits:
            state = int(self.transitions[state, int(digit)])
            if state == DEAD:
                return False
        return bool(self.accepting[state])

    def accepts_each(self, rows: Digits) -> npt.NDArray[np.bool_]:
        """Whether each string of `to_rows` is legal: bool (strings,)."""
        dead = len(self)
        table = np.full((dead + 1, 11), dead, np.int32)
        table[:-1, :10] = np.where(self.transitions == DEAD, dead, self.transitions)
        table[:, NO_DIGIT] = np.arange(dead + 1)
        states = np.zeros(len(rows), np.int32)
        for column in rows.T:
            states = table[states, column]
        return np.append(self.accepting, False)[states]


def to_rows(strings: list[str]) -> Digits:
    """Strings of digits -> uint8 (strings, longest), filled up with NO_DIGIT on the right."""
    longest = max(map(len, strings), default=0)
    text = "".join(string.ljust(longest, chr(_ORD_ZERO + NO_DIGIT)) for string in strings)
    return (np.frombuffer(text.encode("ascii"), np.uint8) - _ORD_ZERO).reshape(len(strings), longest)


def build(transitions: Transitions, accepting: Accepting, field: str = "constraint") -> Automaton:
    """Trims and, where it is cheap, minimises. Shapes are those of `Automaton`; any states may be out of reach.

    Raises ConstraintError, told of the field, where there are more than MOST_STATES.
    """
    if len(accepting) > MOST_STATES:
        raise too_complex(field)
    try:
        return Automaton(*minimise(*trim(transitions, accepting)))
    except Entangled as error:
        raise too_complex(field) from error


def intersect(first: Automaton, second: Automaton, field: str = "constraint") -> Automaton:
    """What both accept: the pairs of states that a string can reach, trimmed.

    Raises ConstraintError, told of the field, where there are more than MOST_STATES pairs.
    """
    numbers, rows = {0: 0}, []
    levels = [np.zeros(1, np.int64)]  # pairs, as first * len(second) + second
    while len(levels[-1]):
        ones = first.transitions[levels[-1] // len(second)].astype(np.int64)
        twos = second.transitions[levels[-1] % len(second)]
        legal = (ones != DEAD) & (twos != DEAD)
        pairs, places = np.unique((ones * len(second) + twos)[legal], return_inverse=True)
        if len(pairs) > MOST_STATES or len(levels) > MOST_LEVELS:
            raise too_complex(field)
        known = len(numbers)
        states = np.array([numbers.setdefault(pair, len(numbers)) for pair in pairs.tolist()], np.int32)
        if len(numbers) > MOST_STATES:
            raise too_complex(field)
        row = np.full(legal.shape, DEAD, np.int32)
        row[legal] = states[places]
        rows.append(row)
        levels.append(pairs[states >= known])
    pairs = np.concatenate(levels)
    accepting = first.accepting[pairs // len(second)] & second.accepting[pairs % len(second)]
    return build(np.concatenate(rows), accepting, field)


def too_complex(field: str, position: int | None = None) -> ConstraintError:
    """field: one or several, parted by ", "."""
    verb = "are together" if "," in field else "is"
    return ConstraintError(f"{field} {verb} too complex: make it simpler or shorter", field, position)
