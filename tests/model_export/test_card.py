"""What the model card says of the training."""

import pytest

from model_export.card import describe_initial, describe_training

RUN = {"global_step": 6729, "seconds": 4200.0, "device": "CPU (x86_64), 2 x 1 thread"}


def test_the_parts_of_an_average_are_told() -> None:
    run = "6,729 steps in 70 minutes on CPU (x86_64), 2 x 1 thread"
    assert describe_training(RUN) == run
    average = {"average": [("second/best.ckpt", 0.3), ("first/best.ckpt", 0.7)]}
    told = describe_training(RUN | average)
    assert told == f"{run}; the average of 0.30 of second/best.ckpt, 0.70 of first/best.ckpt"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (None, "random ones"),
        ("model_export/crnn.onnx", "model_export/crnn.onnx"),
        ("/home/somebody/runs/crnn/best.ckpt", "crnn/best.ckpt"),
    ],
)
def test_the_machine_s_folders_are_not(path: str | None, told: str) -> None:
    assert describe_initial(path) == told
