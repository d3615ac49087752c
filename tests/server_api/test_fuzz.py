"""Damaged pictures: never a failure of the server."""

import random

import httpx
import pytest

from tests.server_api.pictures import encoded, kinds

PICTURES = kinds()
DAMAGED_PER_KIND = 30


def damaged(data: bytes, chance: random.Random) -> bytes:
    broken = bytearray(data)
    for _ in range(chance.choice([1, 1, 3, 20])):
        # Headers decide more than pixels, so half of the damage is done to them.
        place = chance.randrange(chance.choice([min(64, len(broken)), len(broken)]))
        match chance.randrange(5):
            case 0:
                broken[place] = chance.choice([0, 1, 127, 128, 255, chance.randrange(256)])
            case 1:
                broken[place] ^= 1 << chance.randrange(8)
            case 2:
                del broken[place : place + chance.choice([1, 4, 100])]
            case 3:
                broken[place:place] = broken[place : place + 50]
            case 4:
                broken[place : place + 8] = chance.randbytes(8)
        if len(broken) < 8:
            break
    return bytes(broken)


@pytest.mark.parametrize("kind", PICTURES)
def test_no_damage_makes_the_server_fail(kind: str, api: httpx.Client) -> None:
    chance = random.Random(kind)
    for _ in range(DAMAGED_PER_KIND):
        picture = encoded(damaged(PICTURES[kind], chance))
        response = api.post("/predict", json={"image": picture})
        assert response.status_code in {200, 413, 422}, picture
