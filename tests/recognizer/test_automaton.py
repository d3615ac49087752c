import numpy as np
import pytest

from recognizer.automaton import DEAD, MOST_STATES, Automaton, build, intersect
from recognizer.errors import ConstraintError
from tests.recognizer.languages import accepted, is_trimmed


def of_chance(generator: np.random.Generator) -> Automaton:
    """Up to 8 states with few digits told apart, neither trimmed nor minimal."""
    count = int(generator.integers(1, 9))
    transitions = generator.integers(-2, count, (count, 3)).clip(DEAD)[:, generator.integers(0, 3, 10)]
    return Automaton(transitions.astype(np.int32), generator.random(count) < generator.random())


def is_minimal(automaton: Automaton) -> bool:
    """No two states accept the same strings: parted as often as there are states, each is of a kind of its own."""
    kinds: list[int] = automaton.accepting.tolist()
    for _ in range(len(automaton)):
        seen: dict[tuple[int, ...], int] = {}
        signatures = [
            (kind, *(DEAD if target == DEAD else kinds[target] for target in row))
            for kind, row in zip(kinds, automaton.transitions.tolist(), strict=True)
        ]
        kinds = [seen.setdefault(signature, len(seen)) for signature in signatures]
    return len(set(kinds)) == len(automaton)


def test_building_keeps_what_is_accepted_and_drops_the_rest(generator: np.random.Generator) -> None:
    for _ in range(150):
        raw = of_chance(generator)
        built = build(raw.transitions, raw.accepting)
        assert set(accepted(built)) ^ set(accepted(raw)) == set()
        assert is_trimmed(built) or (len(built) == 1 and built.is_empty and (built.transitions == DEAD).all())
        assert is_minimal(built)


def test_an_intersection_accepts_what_both_do(generator: np.random.Generator) -> None:
    for _ in range(150):
        first, second = of_chance(generator), of_chance(generator)
        both = intersect(first, second)
        assert set(accepted(both)) ^ (set(accepted(first)) & set(accepted(second))) == set()
        assert both.is_empty or is_trimmed(both)


def test_too_many_states_are_refused() -> None:
    count = MOST_STATES + 1
    with pytest.raises(ConstraintError, match="too complex") as caught:
        build(np.zeros((count, 10), np.int32), np.ones(count, np.bool_), "pattern")
    assert caught.value.field == "pattern"


def test_too_long_a_way_is_refused() -> None:
    """A chain of 3,000 digits."""
    transitions = np.repeat(np.arange(1, 3002, dtype=np.int32)[:, None], 10, axis=1)
    transitions[-1] = DEAD
    with pytest.raises(ConstraintError, match="too complex"):
        build(transitions, np.arange(3001) == 3000)
