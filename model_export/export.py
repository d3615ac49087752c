"""A checkpoint -> a checked ONNX file with calibration and scores, and its model card."""

import argparse
import base64
import logging
import math
import tempfile
from collections.abc import Mapping
from pathlib import Path

from model_export.calibrate import HELD_OUT_COUNT, calibrate_held_out
from model_export.calibration import UNCALIBRATED
from model_export.card import TrainedNetwork, describe_training, render_card
from model_export.evaluate import evaluate_sets
from model_export.evaluation import Score
from model_export.labelled import CannotCalibrate
from model_export.metadata import Identity, write_metadata
from model_export.onnx_file import ExportError, export, load_network
from model_export.test_sets import TEST_SETS, Sources, side_by_side_set
from model_training.networks.base import Network
from recognizer import Calibration, Recognizer
from recognizer.session import Session

logger = logging.getLogger("model_export")


def export_checkpoint(options: argparse.Namespace) -> None:
    """By the command line. The former model stays until all checks are passed and the scores are known.

    Raises:
        ExportError: the checkpoint is missing, or cannot be exported.
        GeneratorError: the digits cannot be read. ModelError, OSError: of the files.
    """
    network, checkpoint = load_network(options.checkpoint)
    if network.reason_not_to_export:
        raise ExportError(f"{options.checkpoint} is not exported: {network.reason_not_to_export}")
    try:
        network.penalize_blank(options.blank_penalty)
    except ValueError as error:
        raise ExportError(f"--blank-penalty: {error}") from error
    single_digits = None if options.single_digits is None else _load_single_digits(options.single_digits)
    identity = Identity(
        options.name,
        options.model_version,
        checkpoint["commit"],
        describe_training(checkpoint),
        network.fixed_length,
        None if single_digits is None else _pack(single_digits.network),
    )
    sources = Sources(options.mnist_folder, options.pen_file)
    sets = [test_set for test_set in TEST_SETS.values() if sources.has(test_set.needs)]
    if network.fixed_length is not None:  # of other strings it can read none
        sets = [side_by_side_set(network.fixed_length)]
    options.output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.output.parent, prefix=".export-") as folder:
        draft = Path(folder) / options.output.name
        difference = export(network, draft)
        logger.info("the ONNX file gives torch's logits within %.1e", difference)
        write_metadata(draft, identity, {}, UNCALIBRATED)
        calibration = _calibrate(Session(draft), options, network.fixed_length)
        write_metadata(draft, identity, {}, calibration)
        scores = evaluate_sets(Recognizer(draft), sources, sets, options.count)
        write_metadata(draft, identity, _figures(scores), calibration)
        card = options.output.with_suffix(".md")
        trained = TrainedNetwork(network, checkpoint)
        facts = render_card(Recognizer(draft).card, calibration, trained, scores, options.blank_penalty, single_digits)
        card.write_text(facts)
        draft.replace(options.output)
    logger.info("wrote %s (%.1f MB) and %s", options.output, options.output.stat().st_size / 1e6, card)


def _load_single_digits(checkpoint: Path) -> TrainedNetwork:
    trained = TrainedNetwork(*load_network(checkpoint))
    if trained.network.fixed_length != 1:
        raise ExportError(f"--single-digits {checkpoint} is of a {trained.network.description}: no digit classifier")
    return trained


def _pack(network: Network) -> str:
    """A network as an ONNX file in base64."""
    with tempfile.TemporaryDirectory(prefix="single-digits-") as folder:
        draft = Path(folder) / "single_digits.onnx"
        difference = export(network, draft)
        logger.info("the ONNX file of single digits gives torch's logits within %.1e", difference)
        return base64.b64encode(draft.read_bytes()).decode()


def _calibrate(session: Session, options: argparse.Namespace, fixed_length: int | None) -> Calibration:
    try:
        count = options.count or HELD_OUT_COUNT
        return calibrate_held_out(session, options.mnist_folder, options.pen_file, count, fixed_length)
    except CannotCalibrate as error:  # a network that reads nothing yet may still be exported
        logger.warning("left without a calibration, so that no reading is accepted: %s", error)
        return UNCALIBRATED


def _figures(scores: Mapping[str, Score]) -> dict[str, float]:
    exact = {f"{name}_exact": round(score.exact, 4) for name, score in scores.items()}
    return exact | {f"{name}_cer": round(score.cer, 4) for name, score in scores.items() if not math.isnan(score.cer)}
