import io
import struct
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from recognizer import CorruptPicture, PictureError
from recognizer.containers import MOST_PARTS, MOST_SCANS, contents
from recognizer.picture_io import read_picture
from tests.picture_files import jpeg_segment, png_chunk, with_chunks, with_scans, with_segments

LEVELS = (np.indices((24, 16)).sum(axis=0) * 6).astype(np.uint8)
ORIENTATION = 0x0112


def encode(kind: str, **options: Any) -> bytes:
    packed = io.BytesIO()
    Image.fromarray(LEVELS).save(packed, kind, **options)
    return packed.getvalue()


def exif(*fields: tuple[int, int], order: str = "<") -> bytes:
    """Fields of one short number each."""
    start = b"II*\0\x08\0\0\0" if order == "<" else b"MM\0*\0\0\0\x08"
    entries = b"".join(struct.pack(f"{order}HHIHxx", tag, 3, 1, value) for tag, value in fields)
    return start + struct.pack(f"{order}H", len(fields)) + entries


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_turns_the_picture_upright_as_pillow_does(orientation: int, kind: str) -> None:
    options = Image.Exif()
    options[0x010F] = "maker"
    options[ORIENTATION] = orientation
    data = encode(kind, exif=options)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    np.testing.assert_array_equal(read_picture(data), np.asarray(upright))


@pytest.mark.parametrize(
    ("block", "orientation"),
    [
        (exif((0x0100, 5), (ORIENTATION, 6)), 6),
        (exif((0x0100, 5), (ORIENTATION, 6), order=">"), 6),
        (exif((ORIENTATION, 6), (ORIENTATION, 3)), 6),
        (exif((0x0100, 5)), 1),
        (exif((ORIENTATION, 0)), 1),
        (exif((ORIENTATION, 9)), 1),
        (exif((ORIENTATION, 6))[:-4], 1),  # cut off
        (b"II*\0\xff\xff\xff\xff", 1),  # begins nowhere
        (b"II*\0\x08\0\0\0\xff\xff", 1),  # so many fields, and none
        (b"", 1),
        (b"no block at all", 1),
    ],
)
def test_a_broken_exif_block_costs_the_rotation_not_the_picture(block: bytes, orientation: int) -> None:
    in_png = with_chunks(encode("PNG"), png_chunk(b"eXIf", block))
    in_jpeg = with_segments(encode("JPEG"), jpeg_segment(0xE1, b"Exif\0\0" + block))
    assert [contents(data).orientation for data in (in_png, in_jpeg)] == [orientation, orientation]


def test_only_what_makes_pixels_is_kept() -> None:
    png = with_chunks(encode("PNG"), *(png_chunk(name, b"a\0b") for name in (b"tEXt", b"zTXt", b"iCCP", b"abCd")))
    assert contents(png).data == encode("PNG")
    others = [jpeg_segment(marker, b"Exif\0\0") for marker in (0xE1, 0xE2, 0xED, 0xFE)]
    jpeg = with_segments(encode("JPEG"), *others) + b"behind the end"
    assert contents(jpeg).data == encode("JPEG")


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 1}, {"optimize": True}])
def test_a_jpeg_keeps_all_its_scans_and_restarts(options: dict[str, Any]) -> None:
    data = encode("JPEG", **options)
    assert contents(data).data == data


@pytest.mark.parametrize(
    ("most", "one_more"),
    [
        (
            with_chunks(encode("PNG"), *[png_chunk(b"tEXt")] * (MOST_PARTS - 3)),
            with_chunks(encode("PNG"), *[png_chunk(b"tEXt")] * (MOST_PARTS - 2)),
        ),
        (
            with_scans(encode("JPEG", progressive=True), MOST_SCANS - 6),  # it has 6
            with_scans(encode("JPEG", progressive=True), MOST_SCANS - 5),
        ),
    ],
)
def test_a_file_of_too_many_parts_is_refused(most: bytes, one_more: bytes) -> None:
    assert read_picture(most).shape == LEVELS.shape
    with pytest.raises(CorruptPicture, match="parts"):
        read_picture(one_more)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_file_cut_off_anywhere_is_read_whole_or_refused(kind: str) -> None:
    data = encode(kind)
    for end in range(len(data)):
        with suppress(PictureError):
            np.testing.assert_array_equal(read_picture(data[:end]), read_picture(data))
