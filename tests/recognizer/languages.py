"""Brute force over automata: what they accept among all short strings, and whether they keep their word."""

from itertools import product

import numpy as np

from recognizer.automaton import Automaton, to_rows

STRINGS = ["".join(digits) for count in range(5) for digits in product("0123456789", repeat=count)]
ROWS = to_rows(STRINGS)


def accepted(automaton: Automaton) -> list[str]:
    return [STRINGS[index] for index in np.flatnonzero(automaton.accepts_each(ROWS))]


def is_trimmed(automaton: Automaton) -> bool:
    """Each state is reached from 0 and reaches an accepting one; told by walking, state by state."""
    targets = [{target for target in row if target >= 0} for row in automaton.transitions.tolist()]
    reached, waiting = {0}, [0]
    for state in waiting:  # grows
        waiting += targets[state] - reached
        reached |= targets[state]
    alive = set(np.flatnonzero(automaton.accepting).tolist())
    before = 0
    while len(alive) > before:
        before = len(alive)
        alive |= {state for state, ways in enumerate(targets) if ways & alive}
    return reached == alive == set(range(len(automaton)))
