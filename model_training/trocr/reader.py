"""A TrOCR made to look like a recognizer.Recognizer: the bytes of a picture in, a reading out."""

from pathlib import Path

import torch

from model_training.trocr.network import TrOCR
from recognizer import Recognition
from recognizer.picture_io import read_picture
from recognizer.preparation import prepare
from recognizer.recognition import NOTHING


class TrOCRReader:
    """Reads PNG and JPEG files by the one preparation.

    Its confidence is not calibrated, it knows no boxes, and so every reading is one to review.
    """

    def __init__(self, model: str | Path) -> None:
        """Load a folder, or a name on the Hugging Face hub. Raises CannotLoad."""
        self._network = TrOCR(str(model)).eval()

    def read(self, picture: bytes | Path) -> Recognition:
        """Read one picture: the bytes of a PNG or JPEG file, or its path.

        Raises:
            PictureError: it cannot be decoded, or its size is out of the limits. OSError: the path cannot be read.
        """
        found = prepare(read_picture(picture.read_bytes() if isinstance(picture, Path) else picture))
        if found is None:
            return NOTHING
        with torch.inference_mode():
            ((digits, probability),) = self._network.read_with_confidence(torch.from_numpy(found.pixels).unsqueeze(0))
        return Recognition(digits, probability, digits=(), mask=digits)
