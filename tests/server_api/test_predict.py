import base64
import json
import textwrap
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import httpx
import pytest
from PIL import Image

from recognizer import Recognizer
from server_api.schemas import Prediction
from tests.server_api.pictures import drawn, encoded, kinds, packed, transparent

KINDS = kinds()
PICTURE = KINDS["grey PNG"]

WAYS_TO_WRITE_IT = {
    "bare base64": encoded(PICTURE),
    "data URL": f"data:image/png;base64,{encoded(PICTURE)}",
    # The bytes decide, not the label.
    "data URL with another label": f"data:text/plain;charset=utf-8;base64,{encoded(PICTURE)}",
    "data URL without a label": f"data:;base64,{encoded(PICTURE)}",
    "data URL in capitals": f"DATA:IMAGE/PNG;BASE64,{encoded(PICTURE)}",
    "as the base64 command prints it": base64.encodebytes(PICTURE).decode(),
    "data URL in lines": f"data:image/png;base64,\r\n{textwrap.fill(encoded(PICTURE), 64)}\r\n",
}


def expected(recognizer: Recognizer, picture: bytes) -> object:
    model = {"name": recognizer.card.name, "version": recognizer.card.version}
    return json.loads(json.dumps({**asdict(recognizer.read(picture)), "model": model}))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_picture_is_read_as_the_recognizer_reads_it(
    kind: str, api: httpx.Client, recognizer: Recognizer
) -> None:
    response = api.post("/predict", json={"image": encoded(KINDS[kind])})

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json() == expected(recognizer, KINDS[kind])
    assert response.json()["digits"]


@pytest.mark.parametrize("way", WAYS_TO_WRITE_IT)
def test_base64_may_be_written_in_many_ways(way: str, api: httpx.Client, recognizer: Recognizer) -> None:
    response = api.post("/predict", json={"image": WAYS_TO_WRITE_IT[way]})
    assert response.json() == expected(recognizer, PICTURE)


def test_the_content_type_may_have_parameters(api: httpx.Client) -> None:
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    content = json.dumps({"image": encoded(PICTURE)})
    assert api.post("/predict", content=content, headers=headers).status_code == 200


@pytest.mark.parametrize("mode", ["L", "1", "RGB", "RGBA"])
def test_nothing_drawn_is_an_empty_prediction(mode: str, api: httpx.Client) -> None:
    response = api.post("/predict", json={"image": encoded(packed(Image.new(mode, (300, 100))))})
    assert response.status_code == 200
    assert (response.json()["prediction"], response.json()["digits"]) == ("", [])


def test_many_at_once_are_read_as_each_alone(api: httpx.Client, recognizer: Recognizer) -> None:
    pictures = [packed(drawn().rotate(angle, fillcolor=255)) for angle in range(-8, 8)]
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda picture: api.post("/predict", json={"image": encoded(picture)}), pictures))
    assert [response.json() for response in responses] == [expected(recognizer, picture) for picture in pictures]


def test_the_server_answers_others_while_it_reads_a_large_picture(api: httpx.Client) -> None:
    image = transparent(drawn()).resize((4000, 2000))
    body = {"image": encoded(packed(image, compress_level=1))}
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(api.post, "/predict", json=body)
        answers = 0
        while not slow.done():
            assert api.get("/livez").status_code == 200
            answers += 1
    assert Prediction.model_validate_json(slow.result().content).digits
    assert answers >= 1
