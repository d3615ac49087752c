from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from PIL import Image

from server_api.schemas import Prediction
from tests.server_api.pictures import drawn, encoded, packed, transparent

pytestmark = pytest.mark.contract


@pytest.mark.parametrize("mode", ["L", "1", "RGB", "RGBA"])
def test_nothing_drawn_is_an_empty_prediction(mode: str, api: httpx.Client) -> None:
    response = api.post("/predict", json={"image": encoded(packed(Image.new(mode, (300, 100))))})
    assert response.status_code == 200
    assert (response.json()["prediction"], response.json()["digits"]) == ("", [])


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
