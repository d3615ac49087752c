from pathlib import Path

import numpy as np

from model_training.label_errors import without_wrong_glyphs, without_wrong_strokes
from number_generator import load_mnist, part_training_glyphs, part_writers, read_unipen


def test_wrong_labels_are_left_out_and_nothing_else(mnist_folder: Path) -> None:
    glyphs = load_mnist("train", mnist_folder)
    wrong = np.zeros(len(glyphs), np.bool_)
    wrong[[7080, 26560, 35310, 49960]] = True
    assert glyphs.labels[wrong].tolist() == [3, 7, 5, 6]
    _, held_out = part_training_glyphs(glyphs)
    kept = without_wrong_glyphs(held_out)
    assert len(kept) == len(held_out) - 4
    assert (kept.images == held_out.images[~wrong[::10]]).all()
    assert (kept.labels == held_out.labels[~wrong[::10]]).all()


def test_a_wrong_label_of_a_writer_is_left_out(pen_file: Path) -> None:
    _, held_out = part_writers(read_unipen(pen_file))
    kept = without_wrong_strokes(held_out)
    (missing,) = [digit for digit in held_out if not any(digit is other for other in kept)]
    assert (missing.label, missing.writer) == (3, 30)
