import pytest
import torch

from model_training.trocr.vocabulary import END, IGNORED, PADDING, START, make_tokenizer, to_labels, to_string

STRINGS = [
    "",  # no number
    "7",
    "0",
    "007",  # leading zeros
    "1111111",  # repeated
    *("9081726354" * 2)[:20:7],
    *("0123456789" * 2,),  # 20 digits, the longest trained on and more than a TrOCR tells of itself
    *("5" * length for length in range(1, 21)),
]


def labels_of(strings: list[str]) -> torch.Tensor:
    targets = torch.tensor([int(digit) for string in strings for digit in string], dtype=torch.int64)
    return to_labels(targets, torch.tensor([len(string) for string in strings]))


@pytest.mark.parametrize("string", STRINGS)
def test_no_label_is_cut_off(string: str) -> None:
    (label,) = labels_of([string])
    assert to_string(label) == string
    assert len(label) == len(string) + 1
    assert label[-1] == END
    assert START not in label  # the model puts it before the label; a second one would have to be told


def test_labels_of_unlike_lengths_are_filled_up_with_what_the_loss_ignores() -> None:
    labels = labels_of(STRINGS)
    assert labels.shape == (len(STRINGS), 21)
    assert PADDING not in labels
    for label, string in zip(labels, STRINGS, strict=True):
        assert (label == IGNORED).sum() == 20 - len(string)
        assert to_string(label) == string


@pytest.mark.parametrize("string", ["0", "007", "1111111", "01234567890123456789"])
def test_the_tokenizer_of_the_folder_makes_the_same_labels(string: str) -> None:
    tokenizer = make_tokenizer()
    tokens = tokenizer(string).input_ids
    assert [*tokens, END] == labels_of([string])[0].tolist()
    assert tokenizer.decode([START, *tokens, END, PADDING], skip_special_tokens=True) == string
