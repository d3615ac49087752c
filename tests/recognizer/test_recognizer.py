import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image

from recognizer import (
    ModelContractError,
    ModelFileError,
    NotAPicture,
    Recognition,
    Recognizer,
)
from recognizer.session import SHIPPED_MODEL
from tests.conftest import ROOT

SAMPLE = ROOT / "docs" / "sample.png"
SAMPLE_DIGITS = "40950"


def encode(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    packed = io.BytesIO()
    image.save(packed, kind, **options)
    return packed.getvalue()


def grey() -> Image.Image:
    return Image.open(SAMPLE).convert("L")


def in_a_corner(image: Image.Image) -> Image.Image:
    picture = Image.new("L", (2400, 1500), image.getpixel((0, 0)))
    picture.paste(image, (picture.width - image.width, picture.height - image.height))
    return picture


def turned(image: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # stored on its side
    return encode(image.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=90, exif=exif)


def transparent(image: Image.Image) -> bytes:
    ink = Image.new("RGBA", image.size, (20, 30, 120, 0))
    ink.putalpha(image.point(lambda level: 255 - level))
    return encode(ink)


WAYS_TO_SEND_IT: dict[str, Callable[[Image.Image], bytes]] = {
    "grey PNG": encode,
    "light on dark": lambda image: encode(image.point(lambda level: 255 - level)),
    "JPEG": lambda image: encode(image, "JPEG", quality=60),
    "palette": lambda image: encode(image.convert("P")),
    "16-bit": lambda image: encode(Image.fromarray(np.asarray(image).astype(np.uint16) * 257)),
    "one bit": lambda image: encode(image.convert("1", dither=Image.Dither.NONE)),
    "transparent": transparent,
    "EXIF": turned,
    "low contrast": lambda image: encode(image.point(lambda level: 150 + level // 4)),
    "small": lambda image: encode(image.resize((image.width // 4, image.height // 4), Image.Resampling.BOX)),
    "large": lambda image: encode(image.resize((image.width * 3, image.height * 3), Image.Resampling.BICUBIC)),
    "in a corner": lambda image: encode(in_a_corner(image)),
}


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer()


@pytest.mark.parametrize("way", WAYS_TO_SEND_IT)
def test_reads_the_sample_however_it_is_sent(way: str, recognizer: Recognizer) -> None:
    reading = recognizer.read(WAYS_TO_SEND_IT[way](grey()))
    assert reading.prediction == SAMPLE_DIGITS
    assert [digit.digit for digit in reading.digits] == list(SAMPLE_DIGITS)
    assert 0.5 < reading.confidence <= 1


def test_boxes_follow_one_another_and_hold_the_ink(recognizer: Recognizer) -> None:
    boxes = [digit.box for digit in recognizer.read(SAMPLE).digits]
    ink = np.asarray(grey())
    ink = np.abs(ink.astype(int) - int(ink[0, 0])) > 100
    inside = np.zeros_like(ink)
    for box in boxes:
        inside[box.top : box.bottom, box.left : box.right] = True
        assert ink[box.top : box.bottom, box.left : box.right].sum() > 100
    assert [box.left for box in boxes] == sorted(box.left for box in boxes)
    assert (ink & inside).sum() > 0.98 * ink.sum()


def test_boxes_of_a_turned_photo_lie_in_the_upright_picture(recognizer: Recognizer) -> None:
    upright = recognizer.read(SAMPLE).digits
    for digit, other in zip(upright, recognizer.read(turned(grey())).digits, strict=True):
        assert (digit.box.left, digit.box.top) == pytest.approx((other.box.left, other.box.top), abs=4)


def test_nothing_drawn_is_an_empty_reading(recognizer: Recognizer) -> None:
    assert recognizer.read(encode(Image.new("L", (700, 160), 255))) == Recognition("", 1.0, (), "reject", "blank")


def test_a_picture_reads_the_same_alone_and_in_any_batch(recognizer: Recognizer) -> None:
    generator = np.random.default_rng(0)
    sample = grey()
    pictures = []
    for index in range(70):
        angle = float(generator.uniform(-6, 6))
        picture = sample.rotate(angle, fillcolor=sample.getpixel((0, 0)))
        pictures.append(encode(picture.crop((0, 0, sample.width - 4 * (index % 40), sample.height))))
    pictures[7] = encode(Image.new("L", (50, 50)))
    alone = [recognizer.read(picture) for picture in pictures]
    assert recognizer.read_many(pictures) == alone
    assert recognizer.read_many(pictures[::-3]) == alone[::-3]


def test_a_bad_picture_is_answered_by_its_error_and_harms_no_other(recognizer: Recognizer) -> None:
    first, second, third = recognizer.read_many([SAMPLE, b"no picture", SAMPLE.read_bytes()])
    assert isinstance(second, NotAPicture)
    assert first == third == recognizer.read(SAMPLE)


def test_no_pictures_give_no_readings(recognizer: Recognizer) -> None:
    assert recognizer.read_many([]) == []


def test_the_card_names_the_shipped_model(recognizer: Recognizer) -> None:
    card = recognizer.card
    assert card.name == "crnn"
    assert len(card.sha256) == 64


def test_a_missing_model_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"none\.onnx"):
        Recognizer(tmp_path / "none.onnx")


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"no model")
    with pytest.raises(ModelFileError):
        Recognizer(path)


@pytest.mark.parametrize(("key", "value"), [("charset", "abc"), ("preparation_version", "0"), ("blank", "0")])
def test_a_model_made_for_something_else_is_refused(key: str, value: str, tmp_path: Path) -> None:
    model = onnx.load(SHIPPED_MODEL)
    for entry in model.metadata_props:
        if entry.key == key:
            entry.value = value
    onnx.save(model, tmp_path / "model.onnx")
    with pytest.raises(ModelContractError, match=key):
        Recognizer(tmp_path / "model.onnx")
