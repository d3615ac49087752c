"""Damaged pictures: never a failure of the server, and never a wait.

FUZZ_CASES: how many in all (`make fuzz` sends 20,000). FUZZ_SEED: for others than ever.
"""

import os
import random
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest

from tests.conftest import ROOT
from tests.picture_files import PNG_SIGNATURE, compressed_zeros, mended, png, png_chunk, with_chunks, with_segments
from tests.server_api.pictures import drawn, encoded, kinds, packed

pytestmark = pytest.mark.contract

SAMPLE = encoded((ROOT / "docs" / "sample.png").read_bytes())  # 40950
SECONDS = 30.0
"""For each answer, on a machine with other things to do."""
CLIENTS = 8
CODES = {"not_a_picture", "picture_truncated", "picture_corrupt", "picture_too_small", "picture_too_large"}
WHOLE = kinds()
SEEDS = WHOLE | {
    # Of these the pixels themselves can be hit, as nothing is compressed.
    "uncompressed": packed(drawn(), compress_level=0),
    "uncompressed and interlaced": png(np.asarray(drawn()), interlaced=True, compression=0),
    "with text and a profile": with_chunks(
        WHOLE["grey PNG"],
        *[png_chunk(name, b"a\0\0" + compressed_zeros(2**20)) for name in (b"zTXt", b"iCCP", b"eXIf")],
    ),
    "two JPEGs": with_segments(WHOLE["progressive JPEG"], WHOLE["CMYK JPEG"]),
    "truncated PNG": WHOLE["colour PNG"][:-500],
    "truncated JPEG": WHOLE["progressive JPEG"][:-500],
}


def damaged(data: bytes, chance: random.Random) -> bytes:
    broken = bytearray(data)
    for _ in range(chance.choice([1, 1, 3, 20])):
        # Headers decide more than pixels, so half of the damage is done to them.
        hit(broken, chance.randrange(chance.choice([min(64, len(broken)), len(broken)])), chance)
        if len(broken) < 8:
            break
    # Else hardly any damage would get past the checksums.
    return mended(bytes(broken)) if broken.startswith(PNG_SIGNATURE) and chance.random() < 0.8 else bytes(broken)


def hit(broken: bytearray, place: int, chance: random.Random) -> None:
    match chance.randrange(6):
        case 0:
            broken[place] = chance.choice([0, 1, 127, 128, 255, chance.randrange(256)])
        case 1:
            broken[place] ^= 1 << chance.randrange(8)
        case 2:
            del broken[place : place + chance.choice([1, 4, 100, 10_000])]
        case 3:
            broken[place:place] = broken[place : place + 50]
        case 4:
            broken[place : place + 8] = chance.randbytes(8)
        case 5:
            other = chance.choice(list(SEEDS.values()))
            start = chance.randrange(len(other))
            broken[place : place + chance.choice([0, 100])] = other[start : start + 100]


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", SEEDS)
def test_no_damage_makes_the_server_fail_or_hang(seed: str, api: httpx.Client) -> None:
    chance = random.Random(f"{seed} {os.environ.get('FUZZ_SEED', '0')}")
    cases = -(-int(os.environ.get("FUZZ_CASES", "2000")) // len(SEEDS))
    pictures = [encoded(damaged(SEEDS[seed], chance)) for _ in range(cases)]

    def send(picture: str) -> httpx.Response:
        return api.post("/predict", json={"image": picture}, timeout=SECONDS)

    outcomes = set()
    with ThreadPoolExecutor(CLIENTS) as pool:
        for picture, response in zip(pictures, pool.map(send, pictures), strict=True):
            outcome = "read" if response.status_code == 200 else response.json().get("code")
            assert outcome in {"read", *CODES}, f"{response.text}: {picture}"
            outcomes.add(outcome)
    assert len(outcomes) > 1  # it is neither all harmless nor all stopped at the door
    assert send(SAMPLE).json()["prediction"] == "40950"
