"""The most probable strings of a CTC lattice, among all strings or those that an automaton accepts; exact.

Best first over prefixes, as in section 3.2 of A. Graves et al., Connectionist Temporal Classification, ICML 2006: a
prefix is worth all the strings together that begin with it, which none of them surpasses. Here legal strings alone
count: the probability of all legal ends after each time step comes from one pass backwards over the product of
automaton and lattice. So nothing is cut off, and no prefix is followed in vain.
"""

from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush
from itertools import count
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recognizer.automaton import DEAD, Automaton
from recognizer.contract import BLANK
from recognizer.ctc import AlignedLabel, Logits, best_path

Values = npt.NDArray[np.float64]

LEAST_PROBABILITY = 1e-9
"""A less probable string is as good as none."""

_LOWEST = -1000.0  # for minus infinity, of which differences cannot be taken
_NEGLIGIBLE = -35.0  # a logarithm, far below that of LEAST_PROBABILITY
_LARGEST_PRODUCT = 4_000_000  # time steps x states x digits: 35 MB, with a blank a state
_UNEXPLORED = 1e-4  # probability that may be left unexplored where the product is larger than that
_MOST_PREFIXES = 2_000  # a lattice in which no string stands out is no number; it must not cost a second
_PREFIXES_A_STRING = 100


@dataclass(frozen=True)
class Candidate:
    """probability: exact, the sum over all alignments."""

    labels: tuple[int, ...]
    probability: float


@dataclass(frozen=True)
class Candidates:
    """strings: the most probable first. legal_mass: the probability of all legal strings together."""

    strings: tuple[Candidate, ...]
    legal_mass: float


class Lattice:
    """Log probabilities, float64 (time steps, classes), their sums along time, and what is read in them at once."""

    def __init__(self, log_probabilities: Logits) -> None:
        self.log = np.maximum(log_probabilities.astype(np.float64), _LOWEST)
        self.sums = np.ascontiguousarray(np.cumsum(self.log, axis=0).T)  # (classes, time steps)
        self.steps = len(self.log)

    @cached_property
    def probabilities(self) -> Values:
        """(time steps, classes)."""
        return np.exp(self.log)

    @cached_property
    def path(self) -> list[AlignedLabel]:
        """Of the most probable path."""
        return best_path(self.log)

    @cached_property
    def path_string(self) -> Candidate:
        """The string of the most probable path, mostly the most probable string: surely where it has more than half."""
        labels = tuple(label.label for label in self.path)
        written = in_blank = self.sums[BLANK]
        first, previous = 0.0, None
        for label in labels:
            before = _shifted(in_blank if label == previous else written, first)
            written, in_blank = self.end(label, self.log[:, label] + before)
            first, previous = -np.inf, label
        return Candidate(labels, min(1.0, float(np.exp(written[-1]))))

    def stay(self, label: int, starts: Values) -> Values:
        """Log probabilities of being in a run of one label at each time step, by those of having begun it.

        Of as many last time steps as there are starts.
        """
        sums = self.sums[label, self.steps - len(starts) :]
        return np.asarray(np.logaddexp.accumulate(starts - sums) + sums)

    def end(self, label: int, starts: Values) -> tuple[Values, Values]:
        """By the starts of a last digit, at each time step: of having written all so far, and of a blank after it."""
        in_digit = self.stay(label, starts)
        in_blank = self.stay(BLANK, _shifted(in_digit) + self.log[self.steps - len(starts) :, BLANK])
        return np.logaddexp(in_digit, in_blank), in_blank


def search(
    lattice: Lattice, automaton: Automaton | None = None, wanted: int = 1, best: Candidate | None = None
) -> Candidates:
    """The `wanted` most probable strings of a lattice; fewer where there are fewer.

    automaton: which strings are legal; None for all. With a very large one, such as a list of thousands, there is no
    pass backwards: prefixes are worth what they are without it, and `legal_mass` may be 0.0001 too small.
    best: the most probable of all strings, if it is known; where it is legal it need not be searched again.

    Where no string stands out of very many, there is the best path's without an automaton, and none with one.
    """
    if automaton is None and wanted == 1 and lattice.path_string.probability > 0.5:
        return Candidates((lattice.path_string,), 1.0)
    ends = None
    if automaton is not None and automaton.transitions.size * lattice.steps <= _LARGEST_PRODUCT:
        ends = _Ends(lattice, automaton)
        if best is not None and wanted == 1 and automaton.accepts("".join(map(str, best.labels))):
            return Candidates((best,), min(1.0, ends.legal_mass))
    frontier = _Frontier(lattice, automaton, ends)
    found: list[Candidate] = []
    for _ in range(_MOST_PREFIXES + _PREFIXES_A_STRING * wanted):
        is_mass_known = automaton is None or ends is not None or frontier.mass < _UNEXPLORED
        item = None if len(found) >= wanted and is_mass_known else frontier.pop()
        if item is None:
            break
        if isinstance(item, _Prefix):
            frontier.follow(item)
            continue
        found.append(item)
    if automaton is None and not found:
        found.append(lattice.path_string)
    legal_mass = 1.0 if automaton is None else frontier.finished_mass if ends is None else ends.legal_mass
    return Candidates(tuple(found[:wanted]), min(1.0, legal_mass))


class _Ends:
    """The probability of all legal ends of a string after each time step and state."""

    def __init__(self, lattice: Lattice, automaton: Automaton) -> None:
        states, classes = len(automaton.transitions), BLANK + 1
        # Flat places of (next state, digit), and of (state, blank); illegal ones point behind the last, to a zero.
        places = np.arange(states * classes).reshape(states, classes)
        targets = automaton.transitions.astype(np.int64)
        places[:, :BLANK] = np.where(targets == DEAD, states * classes, targets * classes + np.arange(BLANK))
        ends = np.zeros((lattice.steps + 1, states * classes + 1))  # of having been in a state's run of a class
        ends[-1, :-1] = np.repeat(automaton.accepting.astype(np.float64), classes)
        runs = ends[:, :-1].reshape(-1, states, classes)  # a view
        begun = np.empty((states, classes))  # of what a state may go on by
        outside = np.empty(states)
        column = outside[:, None]
        # Lists, as a few bytes are gone through thousands of times.
        rows, runs_by_step = list(ends), list(runs)
        for step, probability in zip(range(lattice.steps - 1, -1, -1), lattice.probabilities[::-1], strict=True):
            rows[step + 1].take(places, None, begun, "clip")
            np.dot(begun, probability, outside)  # whatever comes next, no run of a digit goes on
            # In a run: it goes on, or ends in a blank or another digit; the same one needs a blank first.
            now = np.subtract(runs_by_step[step + 1], begun, runs_by_step[step])
            now *= probability
            now += column
        self.legal_mass = float(runs[0, 0, BLANK])
        self._in_digit = ends[1:]
        self._places = places[:, :BLANK]
        self._probabilities = lattice.probabilities[:, :BLANK]
        self._worths: dict[int, Values] = {}  # many prefixes end in the same state

    def worth(self, state: int) -> Values:
        """Of a digit from a state that begins at each time step, with all ends after it: (time steps, digits)."""
        if state not in self._worths:
            self._worths[state] = self._probabilities * self._in_digit[:, self._places[state]]
        return self._worths[state]


class _Prefix(NamedTuple):
    """before: log probabilities of what is before the last digit, starting at each time step from `first` on."""

    labels: tuple[int, ...]
    state: int
    first: int
    before: Values


class _Frontier:
    """A heap of strings and of prefixes that are not followed yet, by what they are worth."""

    def __init__(self, lattice: Lattice, automaton: Automaton | None, ends: _Ends | None) -> None:
        self._lattice, self._automaton, self._ends = lattice, automaton, ends
        self._probabilities = lattice.probabilities[:, :BLANK]
        self._heap: list[tuple[float, int, Any]] = []
        self._order = count()  # parts equal ones
        self.mass = 0.0  # of the prefixes
        self.finished_mass = 0.0  # of all legal strings that were reached
        blanks = lattice.sums[BLANK]
        before = _shifted(blanks, 0.0)
        self._branch((), 0, before, before)
        self._finish((), 0, float(blanks[-1]))

    def pop(self) -> Candidate | _Prefix | None:
        """What is worth most; None where there is nothing more."""
        if not self._heap or -self._heap[0][0] < LEAST_PROBABILITY:
            return None
        worth, _, item = heappop(self._heap)
        if isinstance(item, _Prefix):
            self.mass += worth
        return item  # type: ignore[no-any-return]

    def follow(self, prefix: _Prefix) -> None:
        """Put the prefix itself as a string, and all its legal continuations by a digit, on the heap."""
        label, stop = prefix.labels[-1], len(prefix.before)
        starts = np.full(self._lattice.steps - prefix.first, -np.inf)
        np.add(self._lattice.log[prefix.first : prefix.first + stop, label], prefix.before, out=starts[:stop])
        written, in_blank = self._lattice.end(label, starts)
        self._finish(prefix.labels, prefix.state, float(written[-1]))
        self._branch(prefix.labels, prefix.state, _shifted(written), _shifted(in_blank))

    def _finish(self, labels: tuple[int, ...], state: int, log_probability: float) -> None:
        if self._automaton is None or self._automaton.accepting[state]:
            probability = min(1.0, float(np.exp(log_probability)))
            self.finished_mass += probability
            heappush(self._heap, (-probability, next(self._order), Candidate(labels, probability)))

    def _branch(self, labels: tuple[int, ...], state: int, before: Values, after_blank: Values) -> None:
        """before: log probabilities of the prefix just before each time step; after_blank: of those that end so.

        Of as many last time steps as they have.
        """
        written = np.flatnonzero(before > _NEGLIGIBLE)  # earlier the prefix is not there yet, later there is more
        if not len(written):
            return
        first, last = int(written[0]), int(written[-1]) + 1
        skipped = self._lattice.steps - len(before)
        window = slice(skipped + first, skipped + last)
        worth = (self._probabilities if self._ends is None else self._ends.worth(state))[window]
        befores = [before[first:last]] * BLANK
        totals = np.dot(np.exp(befores[0]), worth).tolist()
        if labels:  # the same digit again needs a blank first
            befores[labels[-1]] = after_blank[first:last]
            totals[labels[-1]] = float(np.dot(np.exp(after_blank[first:last]), worth[:, labels[-1]]))
        states = [0] * BLANK if self._automaton is None else self._automaton.transitions[state].tolist()
        for digit, (total, target) in enumerate(zip(totals, states, strict=True)):
            if target != DEAD and total >= LEAST_PROBABILITY:
                self.mass += total
                prefix = _Prefix((*labels, digit), target, window.start, befores[digit])
                heappush(self._heap, (-total, next(self._order), prefix))


def _shifted(values: Values, first: float = -np.inf) -> Values:
    """A time step later."""
    shifted = np.empty_like(values)
    shifted[0], shifted[1:] = first, values[:-1]
    return shifted
