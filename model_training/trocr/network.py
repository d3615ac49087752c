"""TrOCR as a network of this project: prepared pictures in, strings of digits out.

M. Li et al., TrOCR: Transformer-based Optical Character Recognition with Pre-trained Models, 2021, arXiv 2109.10282.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.nn.functional import pad

from model_training.batches import Batch
from model_training.networks.base import Losses, Network, measure_ctc_loss
from model_training.trocr.errors import CannotLoad
from recognizer.contract import CLASS_COUNT
from recognizer.preparation import HEIGHT

try:
    from model_training.trocr.folder import load, save
    from model_training.trocr.vocabulary import PADDING, to_labels, to_string
except ModuleNotFoundError as error:
    raise CannotLoad(f"TrOCR needs {error.name}: pip install 'handwritten-numbers[trocr]'") from error


class TrOCR(Network):
    """Hugging Face's VisionEncoderDecoderModel, trained on the tokens of a string, read one digit after another."""

    description = "TrOCR: a vision transformer, and a transformer that tells one digit after another"
    is_trained_by_ctc = False
    reason_not_to_export = (
        "TrOCR tells digit after digit, in as many steps as there are digits; a model of the recognizer tells all "
        "time steps at once. python -m model_training.trocr save makes a folder that transformers opens"
    )

    def __init__(self, model: str = "microsoft/trocr-small-printed") -> None:
        """Load a model: a folder, or a name on the Hugging Face hub.

        Raises:
            CannotLoad: there is none, or the libraries for it are not installed.
        """
        super().__init__()
        self.model, self.processor = load(model)
        self.model.train()  # as every new module is; transformers loads for reading

    def to_pixel_values(self, pictures: Tensor) -> Tensor:
        """Prepared pictures, uint8 (batch, HEIGHT, width) -> what the encoder sees, float32 (batch, 3, height, width).

        Dark ink on white paper, as pretrained models know it. A picture of another shape than the encoder's is brought
        to it: by paper on the right where it is narrower, else squeezed by the processor.
        """
        height, width = _both(self.model.config.encoder.image_size)
        missing = HEIGHT * width // height - pictures.shape[2]
        paper = 255 - pad(pictures, (0, max(0, missing)))
        colour = paper.unsqueeze(3).expand(-1, -1, -1, 3).cpu().numpy()  # (batch, HEIGHT, width, 3)
        pixels: Tensor = self.processor(images=list(colour), return_tensors="pt").pixel_values
        return pixels.to(pictures.device)

    def make_local_head(self) -> nn.Module | None:
        """A layer on the encoder, where its tokens are columns of the picture, as in a small model from nothing."""
        encoder = self.model.config.encoder
        rows = _both(encoder.image_size)[0] // _both(encoder.patch_size)[0]
        return nn.Linear(encoder.hidden_size, CLASS_COUNT) if rows == 1 else None

    def measure_losses(self, batch: Batch, local_head: nn.Module | None = None) -> Losses:
        """Cross-entropy of the decoder, a token; it knows the string up to each. And a CTC loss of the encoder.

        A decoder that begins with nothing is slow to find out where to look; CTC tells the encoder what stands where.
        S. Kim, T. Hori, S. Watanabe, Joint CTC-Attention based End-to-End Speech Recognition, 2017, arXiv 1609.06773.
        """
        encoded = self.model.encoder(pixel_values=self.to_pixel_values(batch.pictures))
        loss = self.model(encoder_outputs=encoded, labels=to_labels(batch.targets, batch.lengths)).loss
        if local_head is None:
            return Losses(loss)
        encoder = self.model.config.encoder
        columns = _both(encoder.image_size)[1] // _both(encoder.patch_size)[1]
        tokens = encoded.last_hidden_state[:, -columns:]  # without the one that stands for the whole picture
        return Losses(loss, measure_ctc_loss(local_head(tokens), batch))

    def read_strings(self, pictures: Tensor) -> list[str]:
        return [string for string, _ in self.read_with_confidence(pictures)]

    def read_with_confidence(self, pictures: Tensor) -> list[tuple[str, float]]:
        """Strings, each with the probability that the model gives it, end included; that is not calibrated."""
        found: Any = self.model.generate(
            self.to_pixel_values(pictures), return_dict_in_generate=True, output_scores=True
        )
        scores = self.model.compute_transition_scores(found.sequences, found.scores, normalize_logits=True)
        # What follows the end of a string was forced to be padding.
        told = found.sequences[:, -scores.shape[1] :] != PADDING
        probabilities = scores.masked_fill(~told, 0.0).sum(dim=1).exp()
        strings = [to_string(tokens) for tokens in found.sequences]
        return list(zip(strings, probabilities.tolist(), strict=True))

    def save(self, target: Path) -> None:
        """Into a folder that transformers opens, with or without this project."""
        save(self.model, self.processor, target)


def _both(size: int | Sequence[int]) -> tuple[int, int]:
    """Height and width, which a configuration gives as one number where they are the same."""
    height, width = (size, size) if isinstance(size, int) else size
    return height, width
