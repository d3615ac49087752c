"""Numbers of a length, in a range, out of a list, as automata."""

import numpy as np

from recognizer.automaton import DEAD, MOST_STATES, NO_DIGIT, Automaton, Digits, build, too_complex


def any_digits() -> Automaton:
    """Every string of digits, the one without any too."""
    return build(np.zeros((1, 10), np.int32), np.ones(1, np.bool_))


def of_length(least: int, most: int) -> Automaton:
    """least to most digits, both included."""
    transitions = np.repeat(np.arange(1, most + 2, dtype=np.int32)[:, None], 10, axis=1)
    transitions[most] = DEAD
    return build(transitions, np.arange(most + 1) >= least, "length")


def in_range(low: int, high: int, leading_zeros: bool) -> Automaton:
    """Decimal numerals of low to high, both included; with any number of zeros before them, or with none.

    A state holds how many digits were read from the first that is not 0, and how they compare with as many of low's and
    of high's (-1 below, 0 equal, 1 above): longer and shorter numerals need no comparison.
    """
    lows, highs = ([int(digit) for digit in str(bound)] for bound in (low, high))
    states: dict[tuple[int, int, int] | str, int] = {"start": 0, "zero": 1}
    rows, accepting = [[DEAD] * 10, [DEAD] * 10], [False, low == 0]
    rows[0][0] = 1
    if leading_zeros:
        rows[1][0] = 1
    waiting: list[tuple[int, int, int]] = [(0, 0, 0)]
    while waiting:
        count, to_low, to_high = waiting.pop()
        row = [DEAD] * 10
        for digit in range(1 if count == 0 else 0, 10 if count < len(highs) else 0):
            state = (count + 1, _compare(to_low, digit, lows, count), _compare(to_high, digit, highs, count))
            if state not in states:
                states[state] = len(rows)
                rows.append(row)  # a place to keep until its own is known
                accepting.append(_is_within(state, len(lows), len(highs)))
                waiting.append(state)
            row[digit] = states[state]
        if count == 0:
            starts = [0, 1] if leading_zeros else [0]
            for start in starts:
                rows[start][1:] = row[1:]
        else:
            rows[states[count, to_low, to_high]] = row
    return build(np.array(rows, np.int32), np.array(accepting), "range")


def _compare(before: int, digit: int, digits: list[int], place: int) -> int:
    if before or place >= len(digits):
        return before
    return (digit > digits[place]) - (digit < digits[place])


def _is_within(state: tuple[int, int, int], low_count: int, high_count: int) -> bool:
    count, to_low, to_high = state
    above = count > low_count or (count == low_count and to_low >= 0)
    return above and (count < high_count or (count == high_count and to_high <= 0))


def out_of(rows: Digits) -> Automaton:
    """The strings of `to_rows`. Raises ConstraintError where their prefixes are more than MOST_STATES."""
    keys, states = [], 1
    standing = np.zeros(len(rows), np.int64)  # the state that each string has come to
    for column in rows.T:
        on = np.flatnonzero(column != NO_DIGIT)
        prefixes, places = np.unique(standing[on] * 10 + column[on], return_inverse=True)
        standing[on] = states + places
        keys.append(prefixes)
        states += len(prefixes)
        if states > MOST_STATES:
            raise too_complex("one_of")
    transitions = np.full((states, 10), DEAD, np.int32)
    accepting = np.zeros(states, np.bool_)
    accepting[standing] = True
    if keys:
        transitions.ravel()[np.concatenate(keys)] = np.arange(1, states)
    return build(transitions, accepting, "one_of")
