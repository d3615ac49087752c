"""A PNG or JPEG file -> those of its parts that make its pixels, told without decoding anything.

Comments, profiles, thumbnails and further frames never reach the decoder: no digit is in them, but whatever makes a
decoder run for minutes or fill the memory is. What is no part at all is left out too.
"""

import re
import struct
import zlib
from dataclasses import dataclass

from recognizer.errors import CorruptPicture, NotAPicture, TruncatedPicture

PNG, JPEG = "PNG", "JPEG"
MOST_PARTS = 50_000
"""Of a file: chunks or segments. One of 25 megapixels in 16-bit colour, in chunks of 8 KB, has 25,000."""
MOST_SCANS = 100
"""Of a progressive JPEG: each goes over all its pixels, and can be 20 bytes short. Programs write about ten."""

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_JPEG_SIGNATURE = b"\xff\xd8\xff"
_PNG_PIXELS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}

# https://www.w3.org/Graphics/JPEG/itu-t81.pdf, table B.1
_START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_START_OF_SCAN, _END_OF_IMAGE, _EXIF_SEGMENT = 0xDA, 0xD9, 0xE1
_ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a segment
# Tables, frames, scans, JFIF's and Adobe's segments: the last two tell the colours.
_JPEG_PIXELS = _START_OF_FRAME | {0xC4, 0xCC, _START_OF_SCAN, 0xDB, 0xDC, 0xDD, 0xE0, 0xEE}
_MARKER = re.compile(rb"\xff+([^\x00\xff])")
_END_OF_SCAN = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")

_CUT_OFF = "the picture file ends within its header; send the whole file"
_ORIENTATION = 0x0112


@dataclass(frozen=True)
class Contents:
    """format: PNG or JPEG. data: a file of that format. width, height: pixels, as stored.

    orientation: EXIF's, from 1, upright, to 8.
    """

    format: str
    data: bytes
    width: int
    height: int
    orientation: int


def contents(data: bytes) -> Contents:
    """Raises NotAPicture, TruncatedPicture, CorruptPicture."""
    if data.startswith(_PNG_SIGNATURE):
        return _png(data)
    if data.startswith(_JPEG_SIGNATURE):
        return _jpeg(data)
    raise NotAPicture("the data are neither a PNG nor a JPEG picture")


def _png(data: bytes) -> Contents:
    """https://www.w3.org/TR/png-3/#5DataRep"""
    kept, orientation, place, count = [_PNG_SIGNATURE], 1, len(_PNG_SIGNATURE), 0
    while place + 8 <= len(data):
        count = _one_more(count, MOST_PARTS)
        length, name = struct.unpack_from(">I4s", data, place)
        chunk = data[place : place + 12 + length]  # length, name, content, checksum
        place += 12 + length
        if (len(kept) == 1) != (name == b"IHDR"):
            raise CorruptPicture("the picture file is damaged: it has no header, or two")
        if name in _PNG_PIXELS:
            _check_sum(chunk, length)
            kept.append(chunk)
        elif name == b"eXIf":
            orientation = _orientation(chunk[8:-4])
        if name == b"IEND":
            break
    if len(kept) < 3 or len(kept[1]) < 25:  # the header and at least one chunk more
        raise TruncatedPicture(_CUT_OFF)
    width, height = struct.unpack_from(">II", kept[1], 8)
    return Contents(PNG, b"".join(kept), width, height, orientation)


def _check_sum(chunk: bytes, length: int) -> None:
    """A chunk that is cut off passes: the decoder says so better."""
    if len(chunk) == 12 + length and zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:]):
        raise CorruptPicture("the picture file is damaged: a checksum is wrong")


def _jpeg(data: bytes) -> Contents:
    kept, orientation, place, count, scans = [data[:2]], 1, 2, 0, 0
    frame = b""
    while found := _MARKER.search(data, place):
        count = _one_more(count, MOST_PARTS)
        marker, place = found[1][0], found.end()
        if marker in _ALONE:
            continue
        if marker == _END_OF_IMAGE:
            kept.append(b"\xff\xd9")
            break
        start, place = place, place + max(2, int.from_bytes(data[place : place + 2]))
        segment = data[start:place]
        if marker == _START_OF_SCAN:
            scans = _one_more(scans, MOST_SCANS)
            end = _END_OF_SCAN.search(data, place)
            place = end.start() if end else len(data)
        elif marker in _START_OF_FRAME:
            frame = frame or segment
        elif marker == _EXIF_SEGMENT and segment[2:8] == b"Exif\0\0" and orientation == 1:
            orientation = _orientation(segment[8:])
        if marker in _JPEG_PIXELS:
            kept.append(b"\xff" + found[1] + data[start:place])
    if not scans:
        raise TruncatedPicture(_CUT_OFF)
    if len(frame) < 7:
        raise CorruptPicture("the picture file is damaged: it has no header")
    height, width = struct.unpack_from(">HH", frame, 3)
    return Contents(JPEG, b"".join(kept), width, height, orientation)


def _one_more(count: int, most: int) -> int:
    if count == most:
        raise CorruptPicture("the picture file is in more parts than any program writes")
    return count + 1


def _orientation(exif: bytes) -> int:
    """1 where there is none that makes sense.

    Read by hand, as Pillow reads all of a block that a sender can make very large.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return 1
    try:
        (directory,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, directory)
        for entry in range(count):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", exif, directory + 2 + 12 * entry)
            if tag == _ORIENTATION:
                return value if 1 <= value <= 8 else 1
    except struct.error:  # a broken EXIF block costs the rotation, not the picture
        pass
    return 1
