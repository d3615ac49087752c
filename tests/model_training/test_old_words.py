import pytest
from hydra import compose, initialize_config_module

from model_training.old_words import choose_data, translate_trainer

PREDECESSOR = [
    "trainer.gpus=1",
    "trainer.max_epochs=100",
    "trainer.auto_lr_find=True",
    "data.batch_size=128",
    "data.num_workers=2",
    "data.pin_memory=True",
    "data.num_train=20000",
    "data.num_val=2000",
    "data.num_test=2000",
]
"""As its README has it."""


@pytest.mark.parametrize(
    ("arguments", "chosen"),
    [
        (PREDECESSOR, ["data=kept", *PREDECESSOR]),
        (["trainer.max_epochs=3"], ["data=kept", "trainer.max_epochs=3"]),  # epochs have an end
        (["+data.num_train=5"], ["data=kept", "+data.num_train=5"]),
        (["data=endless", "data.batch_size=3"], ["data=endless", "data.batch_size=3"]),  # what is said is done
        (["data.pen_share=0.1", "system.minutes=3"], ["data.pen_share=0.1", "system.minutes=3"]),
        ([], []),
    ],
)
def test_words_of_finite_sets_choose_them(arguments: list[str], chosen: list[str]) -> None:
    assert choose_data(arguments) == chosen


@pytest.mark.parametrize(
    ("gpus", "has_gpu", "accelerator", "devices"),
    [
        ("null", True, "auto", 1),
        ("2", True, "gpu", 2),
        ("0", True, "cpu", 1),
        ("1", False, "cpu", 1),  # as its README says, on a machine without one
    ],
)
def test_the_trainers_old_words_are_translated(
    gpus: str, has_gpu: bool, accelerator: str, devices: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: has_gpu)
    with initialize_config_module("model_training.configs", version_base="1.3"):
        config = compose("train", [f"trainer.gpus={gpus}", "trainer.auto_lr_find=True"])
    translate_trainer(config)
    assert (config.trainer.accelerator, config.trainer.devices) == (accelerator, devices)
    assert config.find_learning_rate is True
    assert not {"gpus", "auto_lr_find"} & set(config.trainer)
