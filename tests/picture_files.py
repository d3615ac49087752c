"""Picture files put together by hand, as no program writes them."""

import struct
import zlib
from functools import cache

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER_END = 33  # bytes: the signature and IHDR
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # by channels
_WHOLE = [(0, 0, 1, 1)]
_ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
"""The passes of https://www.w3.org/TR/png-3/#8Interlace: first column and row, steps to the next."""


def png_chunk(name: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_header(width: int, height: int, depth: int = 8, colour: int = 0, interlace: int = 0) -> bytes:
    """A PNG file up to where its pixels would begin; 8-bit grey if nothing else is said."""
    return PNG_SIGNATURE + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))


def png(pixels: Pixels, *, interlaced: bool = False, compression: int = 9) -> bytes:
    """pixels: (height, width) or (height, width, channels) of 8 or 16 bits. Pillow writes neither Adam7 nor 16-bit
    colour.
    """
    height, width = pixels.shape[:2]
    channels = pixels.reshape(height, width, -1).astype(pixels.dtype.newbyteorder(">"))
    rows = bytearray()
    for column, row, columns, step in _ADAM7 if interlaced else _WHOLE:
        for line in channels[row::step, column::columns]:
            if line.size:
                rows += b"\0" + line.tobytes()  # 0: no filter
    header = png_header(width, height, 8 * pixels.itemsize, _COLOUR_TYPES[channels.shape[2]], int(interlaced))
    return header + png_chunk(b"IDAT", zlib.compress(bytes(rows), compression)) + png_chunk(b"IEND")


def mended(file: bytes) -> bytes:
    """A damaged PNG file with checksums as if it were meant so."""
    chunks, place = [file[: len(PNG_SIGNATURE)]], len(PNG_SIGNATURE)
    while place + 12 <= len(file):
        (length,) = struct.unpack_from(">I", file, place)
        content = file[place + 8 : place + 8 + length]
        chunks.append(png_chunk(file[place + 4 : place + 8], content) if len(content) == length else file[place:])
        place += 12 + length
    return b"".join(chunks)


def with_chunks(file: bytes, *chunks: bytes) -> bytes:
    """A PNG file with these chunks behind its header."""
    return file[:_HEADER_END] + b"".join(chunks) + file[_HEADER_END:]


def jpeg_segment(marker: int, content: bytes = b"") -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def with_segments(file: bytes, *segments: bytes) -> bytes:
    """A JPEG file with these segments before all others."""
    return file[:2] + b"".join(segments) + file[2:]


def with_scans(file: bytes, count: int) -> bytes:
    """A progressive JPEG file whose last scan comes so many times more."""
    last = file[file.rindex(b"\xff\xda") : -2]
    return file[:-2] + count * last + file[-2:]


@cache
def compressed_zeros(size: int) -> bytes:
    """A thousandth of their size."""
    compressor, piece = zlib.compressobj(9), bytes(2**20)
    return b"".join(compressor.compress(piece) for _ in range(size // len(piece))) + compressor.flush()
