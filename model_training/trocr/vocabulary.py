"""The 13 tokens of a decoder that tells nothing but digits, and how a pretrained decoder is brought down to them.

A pretrained TrOCR knows 64,000 pieces of words, "12" and "2021" among them. Here a token is a digit, so that a number
is as many steps as it has digits, and the head is a five-thousandth of what it was.
"""

from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import GenerationConfig, PreTrainedTokenizerFast, VisionEncoderDecoderModel

from model_training.trocr.errors import CannotLoad
from recognizer.contract import CHARSET

_SPECIAL_TOKENS = ("<s>", "<pad>", "</s>")
START, PADDING, END = range(len(_SPECIAL_TOKENS))
_FIRST_DIGIT = len(_SPECIAL_TOKENS)
TOKENS = (*_SPECIAL_TOKENS, *CHARSET)
IGNORED = -100
"""The label of a token that the loss leaves out."""
LONGEST_STRING = 100
"""Digits; no picture that is prepared holds more."""


def make_tokenizer() -> PreTrainedTokenizerFast:
    """A token a digit; whoever opens the saved folder by transformers alone gets strings out of it."""
    tokenizer = Tokenizer(models.WordLevel({token: index for index, token in enumerate(TOKENS)}))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.decoder = decoders.Fuse()
    start, padding, end = _SPECIAL_TOKENS
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token=start, pad_token=padding, eos_token=end)


def to_labels(targets: Tensor, lengths: Tensor) -> Tensor:
    """Digits one after another, int64 (sum of lengths,), -> int64 (batch, longest + 1): each string, its end, IGNORED.

    There is no start in it: the model puts that before the labels itself, and a second one would be a token to tell.
    """
    end = torch.full((1,), END, device=targets.device)
    strings = [torch.cat([string + _FIRST_DIGIT, end]) for string in torch.split(targets, lengths.tolist())]
    return pad_sequence(strings, batch_first=True, padding_value=IGNORED)


def to_string(tokens: Tensor) -> str:
    """The digits among the tokens of one string, int64 (tokens,); labels or what was generated."""
    return "".join(CHARSET[token - _FIRST_DIGIT] for token in tokens.tolist() if token >= _FIRST_DIGIT)


def restrict_to_digits(model: VisionEncoderDecoderModel, tokenizer: Any) -> None:
    """Leave a pretrained decoder the rows of TOKENS only, in its embedding and its head, as they were learnt.

    tokenizer: the one that it was pretrained with.

    Raises:
        CannotLoad: that has no token for a digit.
    """
    decoder = model.decoder
    start, end, padding = _special_tokens(model, tokenizer)
    digits = [tokenizer.get_vocab().get(digit) for digit in CHARSET]
    if None in digits:
        raise CannotLoad(
            f"the tokenizer has no tokens for {CHARSET}; take a TrOCR, such as microsoft/trocr-small-printed"
        )
    kept = torch.tensor([start, padding, end, *digits])
    embedding, head = decoder.get_input_embeddings(), decoder.get_output_embeddings()
    rows = {id(rows): rows for rows in (embedding.weight, head.weight, head.bias) if rows is not None}  # may be shared
    for parameter in rows.values():
        parameter.data[: len(kept)] = parameter.data[kept]
    decoder.resize_token_embeddings(len(TOKENS))
    use_tokens(model)


def _special_tokens(model: VisionEncoderDecoderModel, tokenizer: Any) -> tuple[int, int, int]:
    """Start, end and padding as the model was pretrained with them; some TrOCR start with what also ends a string."""
    configurations = (model.config, model.generation_config, model.config.decoder)
    starts = [getattr(configuration, "decoder_start_token_id", None) for configuration in configurations]
    start = next((token for token in starts if token is not None), tokenizer.bos_token_id)
    end, padding = tokenizer.eos_token_id, tokenizer.pad_token_id
    if start is None or end is None or padding is None:
        raise CannotLoad("the tokenizer has no token for the start, the end or the padding of a string")
    return int(start), int(end), int(padding)


def use_tokens(model: VisionEncoderDecoderModel) -> None:
    """Tell a model of TOKENS about them, and how to generate: digit by digit, whatever was set for sentences.

    What suits words harms numbers: a limit of 20 tokens cuts long ones off, and 0000 is a repeated trigram.
    """
    special = {"bos_token_id": START, "pad_token_id": PADDING, "eos_token_id": END, "decoder_start_token_id": START}
    for configuration in (model.config, model.config.decoder):
        configuration.vocab_size = len(TOKENS)
        for name, token in special.items():
            setattr(configuration, name, token)
    room = model.config.decoder.max_position_embeddings - 1
    model.generation_config = GenerationConfig(
        **special,
        suppress_tokens=[START, PADDING],
        max_new_tokens=min(LONGEST_STRING + 1, room),
        num_beams=1,
        do_sample=False,
    )
