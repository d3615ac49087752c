r"""Regular expressions over digits -> automata.

The subset: digits, `.` and `\d` (any digit), classes (`[0-9]`, `[13579]`, `[^0]`), groups `( )` and `(?: )`, choices
`|`, and the quantifiers `*`, `+`, `?`, `{n}`, `{n,}`, `{n,m}`. What is in it means what it means to `re.fullmatch`: a
pattern is always held against the whole string, so a `^` at its start and a `$` at its end change nothing.

No look-around, back references, anchors inside, lazy or possessive quantifiers, names or flags.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from recognizer.automaton import DEAD, Automaton, build, too_complex
from recognizer.errors import ConstraintError

MOST_CHARACTERS = 1_000
MOST_REPETITIONS = 1_000
MOST_POSITIONS = 1_000  # digits of the pattern, once its repetitions are written out
MOST_NESTED = 50
MOST_PATTERN_STATES = 20_000
_MOST_STEPS = 500_000  # of the subset construction; a fifth of a second
_ANY = (1 << 10) - 1
_COUNTS = re.compile(r"\{([0-9]+)(?:(,)([0-9]*))?\}")


@dataclass(frozen=True)
class _Fragment:
    """Part of a pattern, by its positions: the places in it where a digit is matched.

    V. M. Glushkov, The abstract theory of automata, 1961. Sets of digits and of positions are the bits of integers.
    symbols: the digits that each position matches; follow: the positions that may come right after each; first, last:
    those that may come at the start and at the end; nullable: whether no digit at all is a match.
    """

    symbols: tuple[int, ...] = ()
    follow: tuple[int, ...] = ()
    nullable: bool = True
    first: int = 0
    last: int = 0


def compile_pattern(pattern: str) -> Automaton:
    """Raises ConstraintError that tells the position of what is wrong; None for a pattern too complex as a whole."""
    if not pattern:
        raise ConstraintError("the pattern is empty: leave it out to allow any digits", "pattern")
    if len(pattern) > MOST_CHARACTERS:
        raise ConstraintError(f"the pattern is longer than {MOST_CHARACTERS:,} characters", "pattern", MOST_CHARACTERS)
    return _determinise(_Parser(pattern).parse())


class _Parser:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.place = 0
        self.positions = 0

    def parse(self) -> _Fragment:
        self._take("^")
        fragment = self._choice(0)
        if self.place < len(self.pattern):  # only this ends a choice early
            raise self._error("this ) closes no group: write a ( before it or take it away")
        return fragment

    def _choice(self, depth: int) -> _Fragment:
        choices = [self._sequence(depth)]
        while self._take("|"):
            choices.append(self._sequence(depth))
        return _either(choices)

    def _sequence(self, depth: int) -> _Fragment:
        parts = []
        while self.place < len(self.pattern) and self.pattern[self.place] not in "|)":
            if depth == 0 and self.pattern[self.place :] == "$":
                self.place += 1
            else:
                parts.append(self._quantified(self._atom(depth)))
        return _chain(parts)

    def _atom(self, depth: int) -> _Fragment:
        start = self.place
        self.place += 1
        match self.pattern[start]:
            case "(":
                return self._group(start, depth)
            case "[":
                return self._symbol(self._class(start), start)
            case ".":
                return self._symbol(_ANY, start)
            case "\\":
                self.place = start
                return self._symbol(self._escape(), start)
            case "*" | "+" | "?" | "{":
                raise self._error("there is nothing to repeat here: write a digit or a group before it", start)
            case "^" | "$":
                raise self._error("the whole number is always matched: take this ^ or $ away", start)
            case sign if sign in "0123456789":
                return self._symbol(1 << int(sign), start)
            case _:
                raise self._error(r"only digits can be matched: write digits, . or \d, classes and groups", start)

    def _group(self, start: int, depth: int) -> _Fragment:
        if not self._take("?:") and self._peek() == "?":
            raise self._error("of (?...) only (?:...) is known: no look-around, names or flags", start)
        if depth == MOST_NESTED:
            raise self._error(f"groups are nested more than {MOST_NESTED} deep", start)
        inside = self._choice(depth + 1)
        if not self._take(")"):
            raise self._error("this ( is never closed: write a )", start)
        return inside

    def _class(self, start: int) -> int:
        negated, digits = self._take("^"), 0
        while not digits or not self._take("]"):
            if self.place >= len(self.pattern):
                raise self._error("this [ is never closed: write a ]", start)
            digits |= self._escape() if self._peek() == "\\" else self._class_range()
        return _ANY & ~digits if negated else digits

    def _class_range(self) -> int:
        low = high = self._class_digit()
        if self._take("-"):
            high = self._class_digit()
            if high < low:
                raise self._error("the range goes down: write the lower digit first", self.place - 3)
        return sum(1 << digit for digit in range(low, high + 1))

    def _class_digit(self) -> int:
        sign = self._peek()
        if not sign or sign not in "0123456789":
            raise self._error(r"a class holds digits, ranges such as 0-9, and \d only")
        self.place += 1
        return int(sign)

    def _escape(self) -> int:
        if not self._take("\\d"):
            raise self._error(r"of escapes only \d is known: no back references, letters or signs")
        return _ANY

    def _quantified(self, part: _Fragment) -> _Fragment:
        start = self.place
        if self._peek() == "{":
            least, most = self._counts()
        elif sign := self._take("*") or self._take("+") or self._take("?"):
            least, most = int(sign == "+"), 1 if sign == "?" else None
        else:
            return part
        if self._peek() and self._peek() in "*+?{":
            raise self._error("one quantifier is enough: no lazy, possessive or second one")
        self._count(len(part.symbols) * ((least if most is None else most) - 1), start)
        return _repeat(part, least, most)

    def _counts(self) -> tuple[int, int | None]:
        start = self.place
        found = _COUNTS.match(self.pattern, start)
        if found is None:
            raise self._error("repetitions are written {n}, {n,} or {n,m}")
        self.place = found.end()
        least = int(found[1])
        most = int(found[3]) if found[3] else None if found[2] else least
        if max(least, most or 0) > MOST_REPETITIONS:
            raise self._error(f"repeated more than {MOST_REPETITIONS:,} times", start)
        if most is not None and most < least:
            raise self._error("the repetitions go down: write the lower number first", start)
        return least, most

    def _symbol(self, digits: int, start: int) -> _Fragment:
        self._count(1, start)
        return _Fragment((digits,), (0,), nullable=False, first=1, last=1)

    def _count(self, more: int, start: int) -> None:
        """Before anything of that size is built."""
        self.positions += max(more, 0)
        if self.positions > MOST_POSITIONS:
            raise too_complex("pattern", start)

    def _peek(self) -> str:
        return self.pattern[self.place : self.place + 1]

    def _take(self, sign: str) -> str:
        if not self.pattern.startswith(sign, self.place):
            return ""
        self.place += len(sign)
        return sign

    def _error(self, message: str, place: int | None = None) -> ConstraintError:
        return ConstraintError(message, "pattern", self.place if place is None else place)


def _either(choices: Sequence[_Fragment]) -> _Fragment:
    if len(choices) == 1:
        return choices[0]
    symbols: list[int] = []
    follow: list[int] = []
    first = last = 0
    for choice in choices:
        first |= choice.first << len(symbols)
        last |= choice.last << len(symbols)
        follow += [after << len(symbols) for after in choice.follow]
        symbols += choice.symbols
    return _Fragment(tuple(symbols), tuple(follow), any(choice.nullable for choice in choices), first, last)


def _chain(parts: Sequence[_Fragment], needed: int | None = None) -> _Fragment:
    """One after the other, of which the first `needed` must come, and each after them only if all before it do."""
    if len(parts) == 1 and needed is None:
        return parts[0]
    symbols = tuple(digits for part in parts for digits in part.symbols)
    follow = [0] * len(symbols)
    offset = len(symbols)
    nullable, first, last = True, 0, 0  # of the parts from here on
    for index in reversed(range(len(parts))):
        part = parts[index]
        offset -= len(part.symbols)
        for place, after in enumerate(part.follow):
            follow[offset + place] = after << offset | (first if part.last >> place & 1 else 0)
        if nullable:
            last |= part.last << offset
        first = part.first << offset | (first if part.nullable else 0)
        nullable = (nullable and part.nullable) or (needed is not None and index >= needed)
    return _Fragment(symbols, tuple(follow), nullable, first, last)


def _repeat(part: _Fragment, least: int, most: int | None) -> _Fragment:
    if not part.symbols or most == 0:
        return _Fragment()
    if most is not None:
        return _chain([part] * most, least)
    follow = (after | (part.first if part.last >> place & 1 else 0) for place, after in enumerate(part.follow))
    loop = replace(part, follow=tuple(follow))
    return _chain([part] * (least - 1) + [loop], max(least, 1) if least else 0)


def _determinise(fragment: _Fragment) -> Automaton:
    """The subset construction: a state is the set of positions that may have matched the last digit."""
    count = len(fragment.symbols)
    follow = [*fragment.follow, fragment.first]  # one more position, the start
    last = fragment.last | fragment.nullable << count
    matching = [
        sum(1 << place for place, set_ in enumerate(fragment.symbols) if set_ >> digit & 1) for digit in range(10)
    ]
    states = {1 << count: 0}
    waiting, rows, steps = [1 << count], [], 0
    for positions in waiting:  # grows
        after, left = 0, positions
        while left:
            lowest = left & -left
            after |= follow[lowest.bit_length() - 1]
            left ^= lowest
            steps += 1
        row = []
        for digits in matching:
            target = after & digits
            if target and target not in states:
                states[target] = len(states)
                waiting.append(target)
            row.append(states[target] if target else DEAD)
        rows.append(row)
        if len(states) > MOST_PATTERN_STATES or steps > _MOST_STEPS:
            raise too_complex("pattern")
    accepting = np.array([positions & last != 0 for positions in waiting])
    return build(np.array(rows, np.int32), accepting, "pattern")
