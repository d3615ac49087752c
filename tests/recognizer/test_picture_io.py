import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from recognizer import CorruptPicture, NotAPicture, PictureError, PictureTooLarge, PictureTooSmall, TruncatedPicture
from recognizer.picture_io import read_picture
from tests.picture_files import png_chunk, png_header

GREY = np.tile(np.arange(0, 256, 8, dtype=np.uint8), (16, 1))  # 16 high, 32 wide


def encode(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    packed = io.BytesIO()
    image.save(packed, kind, **options)
    return packed.getvalue()


@pytest.mark.parametrize(
    "image",
    [
        Image.fromarray(GREY),
        Image.fromarray(GREY).convert("RGB"),
        Image.fromarray(GREY).convert("RGBA"),
        Image.fromarray(GREY).convert("P"),
        Image.fromarray(GREY.astype(np.uint16) * 257),
    ],
    ids=lambda image: image.mode,
)
def test_every_mode_of_png_gives_the_same_grey_levels(image: Image.Image) -> None:
    np.testing.assert_array_equal(read_picture(encode(image)), GREY)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_gives_nearly_the_same_grey_levels(mode: str) -> None:
    grey = read_picture(encode(Image.fromarray(GREY).convert(mode), "JPEG", quality=95))
    assert np.abs(grey.astype(int) - GREY).mean() < 4


def test_one_bit_pictures_are_black_and_white() -> None:
    assert set(np.unique(read_picture(encode(Image.fromarray(GREY > 127))))) == {0, 255}


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0)])
def test_ink_on_nothing_is_laid_on_paper_that_shows_it(ink: int, paper: int) -> None:
    pixels = np.zeros((20, 20, 4), np.uint8)
    pixels[5:15, 9:11] = (ink, ink, ink, 255)
    grey = read_picture(encode(Image.fromarray(pixels)))
    assert grey[10, 10] == ink
    assert grey[0, 0] == paper


def test_transparent_corners_go_on_as_the_paper_is() -> None:
    pixels = np.full((20, 20, 4), 230, np.uint8)
    pixels[..., 3] = 255
    pixels[8:12, 4:16, :3] = 0
    pixels[:3, :3, 3] = 0
    assert read_picture(encode(Image.fromarray(pixels)))[0, 0] == 230


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", NotAPicture),
        (b"no picture", NotAPicture),
        (encode(Image.fromarray(GREY), "GIF"), NotAPicture),
        (encode(Image.fromarray(GREY), "BMP"), NotAPicture),
        (encode(Image.fromarray(GREY))[:10], TruncatedPicture),
        (encode(Image.fromarray(GREY))[:-30], TruncatedPicture),
        (encode(Image.fromarray(GREY), "JPEG")[:-30], TruncatedPicture),
        (png_header(32, 16) + png_chunk(b"IDAT", b"no zlib") + png_chunk(b"IEND", b""), CorruptPicture),
        (encode(Image.fromarray(GREY[:7])), PictureTooSmall),
        (encode(Image.fromarray(GREY[:, :7])), PictureTooSmall),
        (
            png_header(5_001, 5_000) + png_chunk(b"IDAT", b""),
            PictureTooLarge,
        ),  # told from the header: there are no pixels at all
        (png_header(60_000, 60_000) + png_chunk(b"IDAT", b""), PictureTooLarge),
    ],
)
def test_refuses_what_it_cannot_read(data: bytes, error: type[PictureError]) -> None:
    with pytest.raises(error):
        read_picture(data)


def test_damaged_files_raise_nothing_but_picture_errors(generator: np.random.Generator) -> None:
    whole = [encode(Image.fromarray(GREY).convert(mode), kind) for mode, kind in [("P", "PNG"), ("RGB", "JPEG")]]
    refused = 0
    for _ in range(400):
        data = bytearray(whole[generator.integers(2)])
        for place in generator.integers(0, len(data), generator.integers(1, 6)):
            data[place] = generator.integers(256)
        try:
            read_picture(bytes(data))
        except PictureError:
            refused += 1
    assert 0 < refused < 400
