import numpy as np
import pytest
import torch

from model_training.batches import collate
from model_training.networks.cnn import FixedCountCNN, JointHead, stretch_ink


@pytest.mark.parametrize(
    ("digits", "head", "told"),
    [
        (0, "positions", "1 to 16 digits"),
        (17, "positions", "1 to 16 digits"),
        (5, "joint", "1 to 4 digits"),  # a hundred thousand classes
    ],
)
def test_a_count_of_digits_that_cannot_be_is_refused(digits: int, head: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        FixedCountCNN(digits, head=head)  # type: ignore[arg-type]


def test_sides_that_cannot_be_halved_are_refused() -> None:
    with pytest.raises(ValueError, match="digit_width=20"):
        FixedCountCNN(2, digit_width=20)


def test_strings_of_another_count_are_refused() -> None:
    batch = collate([(np.zeros((32, 64), np.uint8), "12")])
    with pytest.raises(ValueError, match="strings of 3 digits"):
        FixedCountCNN(3).measure_losses(batch)


@pytest.mark.parametrize("digits", [1, 2, 5, 9, 16])
@pytest.mark.parametrize("width", [64, 160, 2048])
def test_each_position_has_a_time_step_of_its_own_with_blanks_between(digits: int, width: int) -> None:
    network = FixedCountCNN(digits, channels=(4, 4, 4), hidden=4).eval()
    with torch.inference_mode():
        classes = network(torch.zeros(1, 32, width, dtype=torch.uint8)).argmax(2)[0]
    places = torch.nonzero(classes != 10).flatten()
    assert len(places) == digits
    assert digits == 1 or int(places.diff().min()) >= 2


def test_a_joint_heads_marginals_choose_its_best_number() -> None:
    torch.manual_seed(0)
    head, features = JointHead(8, 16, 3, 0.0), torch.randn(5, 8, 1, 1)
    with torch.inference_mode():
        numbers = head.layers(features).argmax(1).tolist()
        digits = head.marginals(features).argmax(2).tolist()
    assert ["".join(map(str, row)) for row in digits] == [f"{number:03d}" for number in numbers]


def test_ink_fills_the_width_wherever_it_stands() -> None:
    picture = torch.zeros(2, 4, 200)
    picture[0, :, 10:130] = 1
    picture[1, :, 60:180] = 1
    stretched = stretch_ink(picture, 60)
    assert stretched.shape == (2, 4, 60)
    torch.testing.assert_close(stretched[0], stretched[1])
    assert float(stretched[0, :, 2:-2].min()) > 0.95


def test_a_narrow_stroke_stays_narrow_and_an_empty_picture_empty() -> None:
    picture = torch.zeros(2, 4, 64)
    picture[0, :, 20:24] = 1
    stretched = stretch_ink(picture, 48)
    assert float(stretched[0].sum(1).max()) == pytest.approx(4 * 1.25, abs=0.1)
    assert float(stretched[0].argmax(1).float().mean()) == pytest.approx(23.5, abs=3)
    assert stretched[1].isfinite().all()
    assert not stretched[1].any()


def test_weights_for_another_count_of_digits_are_begun_with() -> None:
    trained, network = FixedCountCNN(4), FixedCountCNN(6)
    network.begin_with(trained.state_dict())
    state, source = network.state_dict(), trained.state_dict()
    assert torch.equal(state["stages.0.weight"], source["stages.0.weight"])
    assert torch.equal(state["head.last.5.weight"], source["head.last.1.weight"])
    same = FixedCountCNN(4)
    same.begin_with(source)
    assert all(torch.equal(value, source[key]) for key, value in same.state_dict().items())
