import time
from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizer import search as search_module
from recognizer.automaton import Automaton
from recognizer.constraint import Constraint, NumberRange, compile_constraint
from recognizer.contract import BLANK, CLASS_COUNT
from recognizer.ctc import Logits, log_softmax
from recognizer.search import LEAST_PROBABILITY, Lattice, search

CONSTRAINTS = [
    None,
    Constraint(length=2),
    Constraint(length=(1, 3)),
    Constraint(pattern=r"(1|2)\d*"),
    Constraint(pattern=r"0?[1-9]+"),
    Constraint(one_of=("7", "12", "121", "000", "4095")),
    Constraint(range=NumberRange(3, 250)),
    Constraint(range=NumberRange(0, 99, leading_zeros=True), length=3),
    Constraint(checksum="luhn"),
    Constraint(checksum="mod97"),
    Constraint(pattern=r"\d{3}", checksum="iso7064_mod11_10", range=NumberRange(0, 700, leading_zeros=True)),
]


def random_lattice(seed: int, steps: int, sharpness: float) -> Logits:
    return log_softmax(np.random.default_rng(seed).normal(0, sharpness, (steps, CLASS_COUNT)).astype(np.float32))


def brute_force(log_probabilities: Logits) -> dict[str, float]:
    """Every string with its probability, by every path."""
    steps = len(log_probabilities)
    paths = np.array(list(product(range(CLASS_COUNT), repeat=steps)))
    probabilities = np.exp(log_probabilities.astype(np.float64)[np.arange(steps), paths].sum(axis=1))
    strings: dict[str, float] = {}
    for path, probability in zip(paths.tolist(), probabilities.tolist(), strict=True):
        string = "".join(str(key) for key, _ in groupby(path) if key != BLANK)
        strings[string] = strings.get(string, 0.0) + probability
    return strings


@pytest.mark.timeout(300)
@pytest.mark.parametrize("constraint", CONSTRAINTS, ids=str)
@pytest.mark.parametrize("has_pass_backwards", [True, False])
@given(seed=st.integers(0, 10**6), steps=st.integers(1, 4), sharpness=st.sampled_from([0.5, 2.0, 8.0]))
@settings(max_examples=6, deadline=None)
def test_the_best_strings_and_their_mass_are_those_of_brute_force(
    constraint: Constraint | None, has_pass_backwards: bool, seed: int, steps: int, sharpness: float
) -> None:
    log_probabilities = random_lattice(seed, steps, sharpness)
    automaton = None if constraint is None else compile_constraint(constraint)
    legal = {
        string: probability
        for string, probability in brute_force(log_probabilities).items()
        if automaton is None or automaton.accepts(string)
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search_module, "_MOST_PREFIXES", 10**6)  # strings of a flat lattice are many
        if not has_pass_backwards:
            patch.setattr(search_module, "_LARGEST_PRODUCT", 0)
        found = search(Lattice(log_probabilities), automaton, 5)
    best = sorted((p for p in legal.values() if p > 2 * LEAST_PROBABILITY), reverse=True)[:5]
    assert [string.probability for string in found.strings][: len(best)] == pytest.approx(best, rel=1e-4, abs=1e-8)
    for string in found.strings:
        text = "".join(map(str, string.labels))
        assert string.probability == pytest.approx(legal[text], rel=1e-5)
    assert found.legal_mass == pytest.approx(sum(legal.values()), abs=1e-5 if has_pass_backwards else 2e-4)


@pytest.mark.timeout(600)
def test_no_illegal_string_in_100_000_random_lattices() -> None:
    """Of 1 to 5 time steps, sure and less sure ones; every automaton in turn."""
    generator = np.random.default_rng(0)
    automata = [compile_constraint(constraint) for constraint in CONSTRAINTS if constraint is not None]
    logits = generator.normal(0, 1, (100_000, 5, CLASS_COUNT)) * generator.choice([5, 12], (100_000, 1, 1))
    for index, lattice in enumerate(log_softmax(logits.astype(np.float32))):
        automaton = automata[index % len(automata)]
        for string in search(Lattice(lattice[: 1 + index % 5]), automaton).strings:
            assert automaton.accepts("".join(map(str, string.labels)))


def test_a_long_number_with_a_list_of_thousands_is_found_among_them() -> None:
    generator = np.random.default_rng(1)
    numbers = tuple(f"{number:011d}" for number in generator.integers(0, 10**11, 5_000))
    logits = generator.normal(0, 1, (170, CLASS_COUNT)).astype(np.float32)
    logits[:, BLANK] += 11
    for place, digit in enumerate(numbers[77]):
        logits[5 + 14 * place, [BLANK, int(digit)]] += (-14, 9)
    logits[5, :BLANK] = 0  # the first digit cannot be read
    found = search(Lattice(log_softmax(logits)), compile_constraint(Constraint(one_of=numbers)))
    assert "".join(map(str, found.strings[0].labels)) == numbers[77]
    assert found.legal_mass < 0.5


def test_an_automaton_that_accepts_nothing_likely_has_no_strings() -> None:
    logits = np.full((10, CLASS_COUNT), -40, np.float32)
    logits[:, BLANK] = 0
    nothing = search(Lattice(log_softmax(logits)), Automaton(np.zeros((1, 10), np.int32) - 1, np.array([False])))
    assert nothing.strings == ()
    assert nothing.legal_mass == 0


@pytest.mark.parametrize("wanted", [1, 100])
def test_a_lattice_where_nothing_stands_out_is_given_up_soon(wanted: int) -> None:
    flat = Lattice(log_softmax(np.random.default_rng(0).normal(0, 0.3, (300, CLASS_COUNT)).astype(np.float32)))
    start = time.process_time()
    free, legal = search(flat, None, wanted), search(flat, compile_constraint(Constraint(length=(1, 100))), wanted)
    assert time.process_time() - start < 10
    assert len(free.strings) == 1  # the best path's
    assert free.strings[0].probability < LEAST_PROBABILITY
    assert legal.strings == ()


def test_the_best_path_s_string_has_its_exact_probability(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_module, "LEAST_PROBABILITY", 2.0)  # as if no string stood out
    for seed in range(30):
        log_probabilities = random_lattice(seed, 4, 3.0)
        (string,) = search(Lattice(log_probabilities)).strings
        expected = brute_force(log_probabilities)["".join(map(str, string.labels))]
        assert string.probability == pytest.approx(expected, rel=1e-5)
