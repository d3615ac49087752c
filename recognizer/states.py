"""Trimming and minimising the bare tables of automata over digits, in numpy.

Everywhere: transitions, int32 (states, 10), is negative where no way goes on; accepting is bool (states,).
"""

import numpy as np
import numpy.typing as npt

Transitions = npt.NDArray[np.int32]
Accepting = npt.NDArray[np.bool_]
States = npt.NDArray[np.int64]

MOST_LEVELS = 2_000  # digits that a state may be away from the start or from the end: no picture holds as many
_MOST_REFINEMENTS = 500_000  # states times rounds; beyond that a smaller table is not worth the time


class Entangled(Exception):
    """A state is more than MOST_LEVELS digits away."""


class _Incoming:
    """The transitions turned round: whence a state can be reached."""

    def __init__(self, transitions: Transitions) -> None:
        sources, digits = np.nonzero(transitions >= 0)
        targets = transitions[sources, digits]
        self._sources = sources[np.argsort(targets, kind="stable")]
        self._stops = np.cumsum(np.bincount(targets, minlength=len(transitions)))
        self._counts = np.diff(self._stops, prepend=0)

    def of(self, states: States) -> States:
        """The sources of all transitions into states, one entry a transition."""
        counts = self._counts[states]
        shifts = self._stops[states] - np.cumsum(counts)
        return self._sources[np.repeat(shifts, counts) + np.arange(counts.sum())]  # type: ignore[no-any-return]


def trim(transitions: Transitions, accepting: Accepting) -> tuple[Transitions, Accepting]:
    """Only the states that lie on a way from state 0 to an accepting one, nearest first.

    Where there is no such way, state 0 alone is left, without transitions. Raises Entangled.
    """
    order = _reachable(transitions)
    alive = _alive(transitions, accepting)
    if not alive[0]:
        return np.full((1, 10), -1, np.int32), np.zeros(1, np.bool_)
    order = order[alive[order]]
    numbers = np.full(len(transitions) + 1, -1, np.int32)  # one more: -1 stays -1
    numbers[order] = np.arange(len(order))
    return numbers[transitions[order]], accepting[order]


def _reachable(transitions: Transitions) -> States:
    seen = np.zeros(len(transitions), np.bool_)
    seen[0] = True
    levels = [np.zeros(1, np.int64)]
    while len(levels[-1]):
        if len(levels) > MOST_LEVELS:
            raise Entangled
        targets = transitions[levels[-1]].ravel()
        targets = targets[targets >= 0]
        fresh = np.unique(targets[~seen[targets]]).astype(np.int64)
        seen[fresh] = True
        levels.append(fresh)
    return np.concatenate(levels)


def _alive(transitions: Transitions, accepting: Accepting) -> Accepting:
    incoming, alive = _Incoming(transitions), accepting.copy()
    level = np.flatnonzero(accepting)
    for _ in range(MOST_LEVELS):
        if len(level) == 0:
            return alive
        sources = incoming.of(level)
        level = np.unique(sources[~alive[sources]])
        alive[level] = True
    raise Entangled


def minimise(transitions: Transitions, accepting: Accepting) -> tuple[Transitions, Accepting]:
    """A trimmed table with the states that nothing tells apart made one; unchanged where that would take long.

    States from which no cycle can be reached are compared once, those nearest to the end first (D. Revuz, Minimisation
    of acyclic deterministic automata in linear time, 1992); the others by refinement (E. F. Moore, Gedanken-experiments
    on sequential machines, 1956).
    """
    classes = np.zeros(len(transitions) + 1, np.int64)  # from 1; the last, of no transition, is 0
    count = 0
    levels = _levels(transitions)
    for level in levels:
        groups = _groups(np.column_stack([accepting[level], classes[transitions[level]]]))
        classes[level] = count + 1 + groups
        count += int(groups.max()) + 1
    others = np.setdiff1d(np.arange(len(transitions)), np.concatenate(levels)) if levels else np.arange(len(accepting))
    if not _refine(transitions, accepting, classes, others, count):
        return transitions, accepting
    _, firsts = np.unique(classes[:-1], return_index=True)
    firsts = np.sort(firsts)  # keeps the order, and so the start at 0
    numbers = np.full(int(classes.max()) + 1, -1, np.int32)
    numbers[classes[firsts]] = np.arange(len(firsts))
    return numbers[classes[transitions[firsts]]], accepting[firsts]


def _levels(transitions: Transitions) -> list[States]:
    """States from which no cycle is reached, by the longest way that goes on from them: 0, 1, 2, ... digits."""
    incoming, left = _Incoming(transitions), (transitions >= 0).sum(axis=1)
    levels: list[States] = []
    level = np.flatnonzero(left == 0)
    while len(level) and len(levels) < MOST_LEVELS:
        levels.append(level)
        sources, counts = np.unique(incoming.of(level), return_counts=True)
        left[sources] -= counts
        level = sources[left[sources] == 0]
    return levels


def _refine(transitions: Transitions, accepting: Accepting, classes: States, states: States, count: int) -> bool:
    """Fills in the classes of states, from count + 1 on, given those of all others; False where it takes too long."""
    if len(states) == 0:
        return True
    found = 0
    groups = _groups(accepting[states, None].astype(np.int64))  # from 0 on, even where all are alike
    for _ in range(_MOST_REFINEMENTS // len(states)):
        classes[states] = count + 1 + groups
        if found == (found := int(groups.max()) + 1):
            return True
        groups = _groups(np.column_stack([groups, classes[transitions[states]]]))
    return False


def _groups(rows: States) -> States:
    """Equal rows of (rows, columns), none negative, get an equal number, from 0 on: (rows,)."""
    groups = np.zeros(len(rows), np.int64)
    if len(rows) == 1:
        return groups
    for column in rows.T:
        _, groups = np.unique(groups * (int(column.max()) + 1) + column, return_inverse=True)
    return groups
