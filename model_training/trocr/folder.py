"""TrOCR in the layout of Hugging Face: a folder, or a name on its hub, with a model and its processor."""

from pathlib import Path
from typing import Any

from transformers import (
    TrOCRConfig,
    TrOCRProcessor,
    VisionEncoderDecoderConfig,
    VisionEncoderDecoderModel,
    ViTConfig,
    ViTImageProcessorPil,
)

from model_training.trocr.errors import CannotLoad
from model_training.trocr.vocabulary import LONGEST_STRING, TOKENS, make_tokenizer, restrict_to_digits, use_tokens
from recognizer.preparation import HEIGHT

_HINT = "give a folder of a VisionEncoderDecoderModel and its processor (python -m model_training.trocr create FOLDER)"


def load(source: str | Path) -> tuple[VisionEncoderDecoderModel, Any]:
    """A model that tells nothing but digits and its processor, of a folder or of the hub.

    One of another vocabulary, such as microsoft/trocr-small-printed, is brought down to the digits.

    Raises:
        CannotLoad: there is none, the hub cannot be reached, or it is another kind of model.
    """
    path = Path(source)
    if not path.is_dir() and (path.is_absolute() or str(source).count("/") != 1):
        raise CannotLoad(f"no folder {source}; {_HINT}, or a name on the Hugging Face hub")
    try:
        model = VisionEncoderDecoderModel.from_pretrained(str(source))
        processor = TrOCRProcessor.from_pretrained(str(source))
    except Exception as error:  # transformers, safetensors and tokenizers raise many kinds
        place = "this folder" if path.is_dir() else "the Hugging Face hub"
        reason = str(error).strip().split("\n")[0]
        raise CannotLoad(f"cannot load {source} from {place}: {reason}\n{_HINT}") from error
    if processor.tokenizer.get_vocab() != {token: index for index, token in enumerate(TOKENS)}:
        restrict_to_digits(model, processor.tokenizer)
        processor = TrOCRProcessor(processor.image_processor, make_tokenizer())
    return model, processor


def create(
    folder: Path,
    *,
    width: int = 224,
    patch: tuple[int, int] = (HEIGHT, 8),
    channels: int = 128,
    encoder_layers: int = 4,
    decoder_layers: int = 2,
    heads: int = 4,
) -> VisionEncoderDecoderModel:
    """Write a small model with random weights, and its processor, into a folder.

    width: of the pictures that it sees, HEIGHT high, in pixels; patch: height and width of what becomes a token.
    """
    encoder = ViTConfig(
        image_size=(HEIGHT, width),
        patch_size=patch,
        hidden_size=channels,
        num_hidden_layers=encoder_layers,
        num_attention_heads=heads,
        intermediate_size=4 * channels,
    )
    decoder = TrOCRConfig(
        vocab_size=len(TOKENS),
        d_model=channels,
        decoder_layers=decoder_layers,
        decoder_attention_heads=heads,
        decoder_ffn_dim=4 * channels,
        max_position_embeddings=LONGEST_STRING + 2,
    )
    model = VisionEncoderDecoderModel(VisionEncoderDecoderConfig.from_encoder_decoder_configs(encoder, decoder))
    use_tokens(model)
    save(model, TrOCRProcessor(ViTImageProcessorPil(size={"height": HEIGHT, "width": width}), make_tokenizer()), folder)
    return model


def save(model: VisionEncoderDecoderModel, processor: Any, folder: Path) -> None:
    """Write both into a folder that transformers opens, with or without this project."""
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
