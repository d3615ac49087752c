"""The model card: what a model is, what it was trained on, and how well it reads (M. Mitchell et al., FAT* 2019)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from model_export.calibrate import table as calibration_table
from model_export.evaluate import table
from model_export.evaluation import Score
from model_training.average_checkpoints import short_name
from model_training.networks.base import Network
from recognizer import Calibration, ModelCard
from recognizer.preparation import HEIGHT, PREPARATION_VERSION
from recognizer.single_digits import WINDOW_WIDTH

_REFERENCE_WIDTH = 140
_GLYPHS = """Strings composed by `number_generator` from 54,000 of the 60,000 training digits of MNIST (Y. LeCun,
C. Cortes, C. Burges)"""
_PEN = """ and from the pen strokes of 24 of the 30 training writers of Pen-Based Recognition of
Handwritten Digits (E. Alpaydin, F. Alimoglu, UCI, CC BY 4.0)"""


def count_parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def count_multiply_adds(network: nn.Module, width: int = _REFERENCE_WIDTH) -> int:
    """Of convolutions, matrices and LSTMs for one picture of HEIGHT x width."""
    of_lstms = 0

    def count(lstm: nn.Module, inputs: tuple[Tensor, ...], _: object) -> None:
        nonlocal of_lstms  # what torch's counter leaves out: each weight once a step
        weights = sum(weight.numel() for name, weight in lstm.named_parameters() if "weight" in name)
        of_lstms += weights * inputs[0].shape[1]

    lstms = [module for module in network.modules() if isinstance(module, nn.LSTM)]
    handles = [lstm.register_forward_hook(count) for lstm in lstms]
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network(torch.zeros(1, HEIGHT, width, dtype=torch.uint8))
    for handle in handles:
        handle.remove()
    counted: int = counter.get_total_flops() // 2
    return counted + of_lstms


class TrainedNetwork(NamedTuple):
    """A network, and the checkpoint that it was loaded from."""

    network: Network
    checkpoint: Mapping[str, Any]


def render_card(
    card: ModelCard,
    calibration: Calibration,
    trained: TrainedNetwork,
    scores: Mapping[str, Score],
    blank_penalty: float = 0.0,
    single_digits: TrainedNetwork | None = None,
) -> str:
    network, checkpoint = trained
    settings = checkpoint["configuration"]
    return f"""# Model card: {card.name} {card.version}

| | |
|---|---|
| what it does | reads a string of handwritten digits, {_describe_length(network)}, out of a prepared picture |
| network | {network.description} |
| parameters | {count_parameters(network):,} |
| multiply-adds for a 32x140 picture | {count_multiply_adds(network) / 1e6:.0f} million |
| trained from commit | {card.training_commit} |
| weights to begin with | {describe_initial(settings["initial"])} |
| training | {describe_training(checkpoint)} |
| learning rate, seed | {settings["system"]["learning_rate"]}, {settings["seed"]} |
| preparation version | {PREPARATION_VERSION} |
| blank penalty | {blank_penalty:g} |
{"" if single_digits is None else _describe_single_digits(single_digits)}
## Data
{_describe_data(settings["data"])}

MNIST's test split was used for this table only. The sets of pen strokes are of the six writers who were not trained on,
the same who helped to choose the checkpoint.

## Scores
{table(scores)}

Made by `python -m model_export CHECKPOINT`, repeated by `python -m model_export.evaluate --sets all`.

## Calibration
{calibration_table(calibration)}

A confidence below {calibration.number_threshold:.2f} is taken for no number: 99% of these strings have more. By
`python -m model_export.calibrate`; [what is promised and how](../docs/adr/0007-acting-on-a-reading.md).

![How often strings are right, by confidence](../docs/reliability.png)
![Wrong strings among those accepted, by how many are accepted](../docs/risk-coverage.png)

Drawn by `python -m model_export.evaluate --sets predecessor,drawn,photographed,forms --pictures FOLDER`.

## Known limits
- One calibration serves all kinds of pictures: confidence is a little too high on forms, too low on clean strings.
- Letters that look like digits (O, l, S, Z, B), and empty boxes and combs, can still be read as digits.
- Dense or faint grids, separate boxes and dashed frames stay in the prepared picture; uprights can be taken for 1.
- Bits of other writing at the left or right edge are read as digits where they look like some.
- Tightly overlapping digits, and strings of more than 20, are read less well.
- Pictures turned by more than about ten degrees are not turned back.

The most confident errors of 300 strings a set: [on forms](../docs/errors-forms.png),
[photographed](../docs/errors-photographed.png), [touching](../docs/errors-touching.png)
(`python -m model_export.evaluate --sets forms,photographed,touching --count 300 --pictures FOLDER`).
"""


def _describe_single_digits(trained: TrainedNetwork) -> str:
    network, checkpoint = trained
    data = checkpoint["configuration"]["data"]
    return f"""
## Single digits
Each digit of what is read in doubt is looked at once more by a {network.description} of {count_parameters(network):,}
parameters, {count_multiply_adds(network, WINDOW_WIDTH) / 1e6:.0f} million multiply-adds a digit
([ADR 12](../docs/adr/0012-single-digits.md)). It was trained on digits out of strings like those below,
{data["pen_share"]:.0%} of pen strokes, {data["photograph_share"]:.0%} photographed, {data["form_share"]:.0%} on forms:
{describe_training(checkpoint)}, from commit {checkpoint["commit"]}.
"""


def describe_training(checkpoint: Mapping[str, Any]) -> str:
    """How long a checkpoint was trained, and on what."""
    device = checkpoint.get("device", "a device that was not noted down")  # checkpoints of earlier versions
    run = f"{checkpoint['global_step']:,} steps in {checkpoint['seconds'] / 60:.0f} minutes on {device}"
    shares = [f"{share:.2f} of {name}" for name, share in checkpoint.get("average", ())]
    return f"{run}; the average of {', '.join(shares)}" if shares else run


def describe_initial(path: str | None) -> str:
    """What weights training began with."""
    return "random ones" if path is None else short_name(Path(path))


def _describe_data(data: Mapping[str, Any]) -> str:
    if "num_train" in data:
        strings = f"{data['digits']} digits side by side" if data["digits"] else "1 to 5 overlapping digits"
        return f"""{_GLYPHS}: {data["num_train"]:,} of {strings}, {data["augmentation"]:.0%} of them
drawn as people write instead. The other 6,000 digits chose the checkpoint."""
    return f"""{_GLYPHS}{_PEN if data["pen_file"] else ""}. The others of these chose the checkpoint.
Of all strings {data["pen_share"]:.0%} are of pen strokes, {data.get("traced_share", 0):.0%} of strokes that
MNIST glyphs are traced to; {data["photograph_share"]:.0%} are photographed,
{data["form_share"]:.0%} stand on photographed forms, {data.get("surrounded_share", 0):.0%} among other things (a
desk, a box, a margin line, other writing); {data.get("other_share", 0):.0%} are no numbers at all (scribbles,
signatures, letters, words, empty forms), in which there is nothing to read."""


def _describe_length(network: Network) -> str:
    return "of any length" if network.fixed_length is None else f"of {network.fixed_length} digits and no others"
