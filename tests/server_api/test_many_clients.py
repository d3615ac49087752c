"""Everybody gets an answer of their own, however many ask at once."""

import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx
import pytest
from PIL import Image, ImageDraw

from tests.handwriting import strokes_of
from tests.server_api.pictures import encoded, kinds, packed
from tests.server_api.serving import serving

pytestmark = pytest.mark.contract

CLIENTS = 100
ROUNDS = 5
PATIENCE = "120"  # seconds, for busy machines
BAD = [*(picture[: len(picture) // 2] for picture in kinds().values()), b"", b"GIF89a", bytes(1000)]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Of a server with room for all."""
    settings = {"NUMBERS_QUEUE_SECONDS": PATIENCE, "NUMBERS_REQUEST_SECONDS": PATIENCE}
    with (
        serving(tmp_path_factory.mktemp("crowded") / "log", NUMBERS_QUEUE_LENGTH="256", **settings) as address,
        httpx.Client(base_url=address, timeout=float(PATIENCE), trust_env=False) as many,
    ):
        yield many


@pytest.fixture(scope="module")
def questions() -> list[dict[str, Any]]:
    """Each of another number, and of as many alternatives as no neighbour asks for."""
    chance = random.Random(0)
    numbers = [number for digits in (2, 3, 5, 6) for number in chance.sample(range(10 ** (digits - 1), 10**digits), 25)]
    chance.shuffle(numbers)
    return [{"image": written(str(number)), "alternatives": index % 7} for index, number in enumerate(numbers)]


def written(number: str) -> str:
    image = Image.new("L", (60 * len(number) + 40, 110), 255)
    for stroke in strokes_of(number, left=20, top=20, height=65):
        ImageDraw.Draw(image).line(stroke, fill=20, width=5, joint="curve")
    return encoded(packed(image))


def ask_at_once(client: httpx.Client, bodies: list[dict[str, Any]]) -> list[list[httpx.Response]]:
    """The answers to each body, which is asked ROUNDS times; each round begins with all together."""
    together = Barrier(len(bodies))

    def ask(body: dict[str, Any]) -> list[httpx.Response]:
        answers = []
        for _ in range(ROUNDS):
            together.wait(float(PATIENCE))
            answers.append(client.post("/predict", json=body))
        return answers

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(ask, bodies))


@pytest.mark.timeout(600)
def test_nobody_gets_the_answer_of_another(client: httpx.Client, questions: list[dict[str, Any]]) -> None:
    alone = [client.post("/predict", json=question).json() for question in questions]
    assert len({json.dumps(answer) for answer in alone}) == CLIENTS
    assert len({answer["prediction"] for answer in alone}) > CLIENTS / 2
    together = ask_at_once(client, questions)
    assert [[answer.json() for answer in answers] for answers in together] == [[answer] * ROUNDS for answer in alone]


@pytest.mark.timeout(600)
def test_bad_pictures_harm_no_good_one(client: httpx.Client, questions: list[dict[str, Any]]) -> None:
    good = questions[: CLIENTS // 2]
    bad = [{"image": encoded(BAD[index % len(BAD)])} for index in range(len(good))]
    alone = [client.post("/predict", json=question).json() for question in good]
    mixed = [body for pair in zip(good, bad, strict=True) for body in pair]
    answers = ask_at_once(client, mixed)
    assert [[answer.json() for answer in asked] for asked in answers[::2]] == [[answer] * ROUNDS for answer in alone]
    assert {answer.status_code for asked in answers[1::2] for answer in asked} == {422}
