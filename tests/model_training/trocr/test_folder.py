import json
from pathlib import Path

import huggingface_hub
import pytest
import sentencepiece
import torch
from transformers import (
    DeiTConfig,
    DeiTModel,
    GenerationConfig,
    TrOCRConfig,
    TrOCRForCausalLM,
    TrOCRProcessor,
    VisionEncoderDecoderModel,
    XLMRobertaTokenizer,
)

from model_training.trocr.__main__ import main
from model_training.trocr.errors import CannotLoad
from model_training.trocr.folder import load
from model_training.trocr.network import TrOCR
from model_training.trocr.vocabulary import END, LONGEST_STRING, PADDING, START, TOKENS

PICTURE = torch.zeros(1, 32, 96, dtype=torch.uint8)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the files and classes of microsoft/trocr-small-printed (DeiT, TrOCR, SentencePiece), but small."""
    folder = tmp_path_factory.mktemp("published")
    sentences = [f"room {number} of {number * 7919 % 100_000}" for number in range(3000)]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences),
        model_prefix=str(folder / "sentencepiece.bpe"),
        vocab_size=200,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    (folder / "sentencepiece.bpe.vocab").unlink()
    vocabulary = XLMRobertaTokenizer.from_pretrained(folder)
    encoder = DeiTConfig(
        image_size=64, hidden_size=24, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
    )
    decoder = TrOCRConfig(
        vocab_size=len(vocabulary), d_model=16, decoder_layers=1, decoder_attention_heads=2, decoder_ffn_dim=32
    )
    decoder.update({"is_decoder": True, "add_cross_attention": True, "cross_attention_hidden_size": 24})
    torch.manual_seed(0)
    model = VisionEncoderDecoderModel(encoder=DeiTModel(encoder), decoder=TrOCRForCausalLM(decoder))
    model.config.update({"decoder_start_token_id": 2, "pad_token_id": 1, "eos_token_id": 2})
    model.generation_config = GenerationConfig(  # what suits sentences
        decoder_start_token_id=2, pad_token_id=1, eos_token_id=2, max_length=20, no_repeat_ngram_size=3, num_beams=4
    )
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(
        json.dumps({"feature_extractor_type": "DeiTFeatureExtractor", "size": 64, "do_center_crop": False})
    )
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "XLMRobertaTokenizer"}))
    return folder


def test_a_published_model_keeps_what_it_knows_of_the_digits(published: Path) -> None:
    before = VisionEncoderDecoderModel.from_pretrained(published).decoder
    vocabulary = TrOCRProcessor.from_pretrained(published).tokenizer.get_vocab()
    model, processor = load(published)
    rows = model.decoder.get_input_embeddings().weight
    assert rows.shape == (len(TOKENS), 16)
    old = before.get_input_embeddings().weight
    assert torch.equal(rows[START], old[2])  # it starts with what also ends a string
    assert torch.equal(rows[END], old[2])
    assert torch.equal(rows[PADDING], old[1])
    for digit in "0123456789":
        token = processor.tokenizer.get_vocab()[digit]
        assert torch.equal(rows[token], old[vocabulary[digit]])
        head, old_head = (decoder.get_output_embeddings().weight for decoder in (model.decoder, before))
        assert torch.equal(head[token], old_head[vocabulary[digit]])


def test_a_published_model_reads_digits_without_the_limits_of_sentences(published: Path) -> None:
    network = TrOCR(str(published)).eval()
    assert network.make_local_head() is None  # its encoder sees squares, not columns
    assert network.to_pixel_values(PICTURE).shape == (1, 3, 64, 64)
    network.model.generation_config.suppress_tokens += [END]  # it never comes to an end by itself
    (read,) = network.read_strings(PICTURE)
    assert len(read) == LONGEST_STRING + 1
    assert set(read) <= set("0123456789")


def test_what_is_saved_is_loaded_as_it_is(published: Path, tmp_path: Path) -> None:
    network = TrOCR(str(published)).eval()
    network.save(tmp_path)
    again = TrOCR(str(tmp_path)).eval()
    assert again.read_with_confidence(PICTURE) == network.read_with_confidence(PICTURE)
    assert again.model.generation_config.suppress_tokens == [START, PADDING]
    for key, value in network.state_dict().items():
        assert torch.equal(again.state_dict()[key], value)


def test_a_missing_folder_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(CannotLoad, match=r"nothing.*create FOLDER"):
        load(tmp_path / "nothing")


def test_a_folder_with_something_else_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(CannotLoad, match=r"from this folder"):
        load(tmp_path)


def test_no_hub_is_one_line_on_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert main(["predict", "--model", "microsoft/trocr-none", "a.png"]) == 1
    assert "cannot load microsoft/trocr-none from the Hugging Face hub" in capsys.readouterr().err


def test_a_loaded_model_is_ready_to_train(published: Path) -> None:
    assert all(module.training for module in TrOCR(str(published)).modules())
