import numpy as np
import pytest

from number_generator import neat_line, random_line


@pytest.mark.parametrize("count", [1, 2, 20])
def test_a_line_has_a_value_a_digit(count: int, generator: np.random.Generator) -> None:
    for _ in range(50):
        line = random_line(count, generator)
        assert len(line.gaps) == len(line.touching) == len(line.sizes) == len(line.drops) == count
        assert abs(line.slope) <= np.radians(6.1)


def test_digits_touch_when_asked_to_and_never_on_a_neat_line(generator: np.random.Generator) -> None:
    assert all(random_line(5, generator, touching=True).touching[:-1].any() for _ in range(20))
    assert not neat_line(5, generator).touching.any()
