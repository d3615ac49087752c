import numpy as np
import pytest
import torch
from torch import Tensor

from model_training.batches import Batch, collate
from model_training.trocr.network import TrOCR
from number_generator import Glyphs, compose_mnist_string
from number_generator.strings import parse_digits
from recognizer.preparation import HEIGHT


def random_pictures(count: int, width: int) -> Tensor:
    generator = np.random.default_rng(0)
    return torch.from_numpy(generator.integers(0, 256, (count, HEIGHT, width), dtype=np.uint8))


@pytest.mark.parametrize(
    "width",
    [
        64,  # narrower than the encoder's pictures
        128,
        512,  # wider
    ],
)
def test_pictures_of_any_width_take_the_encoders_shape(tiny: TrOCR, width: int) -> None:
    pixels = tiny.to_pixel_values(random_pictures(2, width))
    assert pixels.shape == (2, 3, HEIGHT, 128)
    assert pixels.dtype == torch.float32


def test_ink_is_dark_on_paper_and_narrow_pictures_are_not_stretched(tiny: TrOCR) -> None:
    pictures = torch.zeros(1, HEIGHT, 64, dtype=torch.uint8)
    pictures[:, :, 32:] = 255
    pixels = tiny.to_pixel_values(pictures)[0, 0]
    assert (pixels[:, 32:64] == -1).all()
    assert (pixels[:, :32] == 1).all()
    assert (pixels[:, 64:] == 1).all()


def test_a_model_that_knows_nothing_tells_nothing_but_digits(tiny: TrOCR) -> None:
    torch.manual_seed(0)
    tiny.model.generation_config.update(
        max_new_tokens=12, do_sample=True
    )  # any token that it may tell, sooner or later
    read = tiny.read_with_confidence(random_pictures(32, 128))
    assert set("".join(digits for digits, _ in read)) == set("0123456789")
    assert len({len(digits) for digits, _ in read}) > 3
    assert all(0 < probability < 1 for _, probability in read)


def test_the_loss_does_not_hang_on_the_length_of_its_neighbours(tiny: TrOCR) -> None:
    pictures = random_pictures(2, 128).numpy()
    short, long = (pictures[0], "12"), (pictures[1], "345678")
    alone = [tiny.measure_losses(collate([sample])).main for sample in (short, long)]
    together = tiny.measure_losses(collate([short, long])).main
    torch.testing.assert_close(together, (3 * alone[0] + 7 * alone[1]) / 10)  # 3 and 7 tokens, ends included


def test_an_encoder_of_columns_has_a_loss_of_its_own(tiny: TrOCR) -> None:
    head, batch = tiny.make_local_head(), collate([(random_pictures(1, 128)[0].numpy(), "12")])
    assert head is not None
    main, local, _ = tiny.measure_losses(batch, head)
    assert local is not None
    torch.testing.assert_close(main, tiny.measure_losses(batch).main)
    local.backward()  # type: ignore[no-untyped-call]
    assert all(parameter.grad is None for parameter in tiny.model.decoder.parameters())
    projection = tiny.model.encoder.embeddings.patch_embeddings.projection
    assert projection.weight.grad.abs().sum() > 0


def test_overfits_one_batch_and_stops_where_the_strings_do(tiny: TrOCR, glyphs: Glyphs) -> None:
    torch.manual_seed(0)
    strings = ["409", "111", "0", "0007"]
    batch = collate([(draw(string, glyphs), string) for string in strings])
    overfit(tiny.train(), batch)
    read = tiny.eval().read_with_confidence(batch.pictures)
    assert [digits for digits, _ in read] == strings
    assert all(probability > 0.5 for _, probability in read)
    ((alone, probability),) = tiny.read_with_confidence(batch.pictures[2:3])
    assert (alone, round(probability, 3)) == ("0", round(read[2][1], 3))  # with no longer neighbours beside it


def draw(string: str, glyphs: Glyphs) -> np.ndarray:
    digits = parse_digits(string)
    return compose_mnist_string(digits, glyphs, np.random.default_rng(0), size=HEIGHT, image_width=128)


def overfit(network: TrOCR, batch: Batch) -> None:
    optimizer = torch.optim.AdamW(network.parameters(), 3e-3)
    for _ in range(300):
        loss = network.measure_losses(batch).main
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if loss < 0.03:
            return
